import type { EchoCall } from "../echo/echo-call.ts";

/** One server without a socket: from the text of a call's body to the text of its reply. */
export type Answerer = (call: EchoCall) => Promise<string>;

/** What a server made of the web's own requests and responses is asked through. */
export function fetchAnswerer(respond: (request: Request) => Promise<Response>): Answerer {
  return async ({ headers, body }) => {
    const response = await respond(new Request("http://127.0.0.1/mcp", { method: "POST", headers, body }));
    return response.text();
  };
}

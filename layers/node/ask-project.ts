import { request as ask, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";

export interface ProjectRequest {
  readonly host: string;
  readonly port: number;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** All of them, `Host` too. */
  readonly headers: OutgoingHttpHeaders;
  readonly replyHeaderBytesMax: number;
  /** Until the head of the reply. */
  readonly replyTimeoutMs: number;
  /** For a connection; left out, as long as for a reply. */
  readonly connectTimeoutMs?: number;
  /** Ends the request and its reply, however far they are. */
  readonly signal: AbortSignal;
  /** Writes the body, and ends the request. */
  readonly sendBody: (asking: ClientRequest) => void;
}

/**
 * `not_listening`: nobody takes connections there. `unreachable`: there is no way there, or nobody who so much as refuses.
 * In both cases nothing was sent. `broken`: it ended without an answer, or answered with what is no HTTP.
 */
export type Unanswered = "not_listening" | "unreachable" | "broken" | "timed_out";

const UNREACHABLE: readonly unknown[] = ["EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN", "ETIMEDOUT"];

/** One request over a connection of its own. The head of its reply, whose body is still to be read, or why there is none. */
export function askProject(request: ProjectRequest): Promise<IncomingMessage | Unanswered> {
  const { host, port, method, path, headers, signal, replyTimeoutMs, connectTimeoutMs } = request;
  return new Promise((resolve) => {
    const asking = ask({
      ...{ host, port, method, path, headers, signal, agent: false, setHost: false },
      maxHeaderSize: request.replyHeaderBytesMax,
    });
    const giveUp = (why: Unanswered): void => {
      resolve(why);
      asking.destroy();
    };
    const timers = [setTimeout(() => giveUp("timed_out"), replyTimeoutMs)];
    const settle = (): void => timers.forEach(clearTimeout);
    if (connectTimeoutMs !== undefined) {
      const connecting = setTimeout(() => giveUp("unreachable"), connectTimeoutMs);
      timers.push(connecting);
      asking.on("socket", (socket) => socket.once("connect", () => clearTimeout(connecting)));
    }
    asking.on("close", settle);
    asking.on("response", (answer) => {
      settle();
      resolve(answer);
    });
    asking.on("error", ({ code }: NodeJS.ErrnoException) => resolve(unansweredFor(code)));
    request.sendBody(asking);
  });
}

function unansweredFor(code: string | undefined): Unanswered {
  if (code === "ECONNREFUSED") return "not_listening";
  return UNREACHABLE.includes(code) ? "unreachable" : "broken";
}

import { echoToolName } from "./echo-tool-name.js";

/** One `tools/call` of MCP 2026-07-28, as it is on its way to a server, and how its answer is known. */
export interface EchoCall {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly id: string;
  readonly message: string;
}

/** So many digits that no id is the start of another. */
const FIRST_ID = 1_000_000_000;

/**
 * Each number makes a call of its own, so that no answer can be an earlier one.
 *
 * @param calledCount so many of the server's tools are called, in turn.
 */
export function echoCall(number: number, calledCount: number): EchoCall {
  const name = echoToolName(number % calledCount);
  const id = FIRST_ID + number;
  const message = `message ${id}`;
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "bench", version: "1.0.0" },
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  return {
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": name,
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id,
      method: "tools/call",
      params: { name, arguments: { message }, _meta },
    }),
    id: `"id":${id}`,
    message: `"text":"${message}"`,
  };
}

/** Whether a reply, JSON or an event, answers this very call. */
export function isAnswer(reply: string, call: EchoCall): boolean {
  return reply.includes(call.id) && reply.includes(call.message);
}

export class AnswerWrong extends Error {
  readonly code = "answer_wrong";
  constructor(reply: string) {
    super(`not the answer to the call: ${reply.slice(0, 500)}`);
    this.name = "AnswerWrong";
  }
}

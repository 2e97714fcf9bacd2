import type { EnvironmentPool } from "../../layers/local/lambda/environment-pool.ts";
import type { InvocationOutcome } from "../../layers/local/lambda/invocation.ts";
import { restEvent } from "../../layers/local/lambda/rest-event.ts";
import { AnswerWrong } from "../echo/echo-call.ts";

/** What a function is asked, and what its answer has to hold. */
export interface ColdCall {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly answer: string;
}

export const LIST_TOOLS: ColdCall = {
  method: "POST",
  path: "/mcp",
  query: "",
  headers: {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "tools/list",
  },
  body: JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "tools/list",
    params: {
      _meta: {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { name: "bench", version: "1.0.0" },
        "io.modelcontextprotocol/clientCapabilities": {},
      },
    },
  }),
  answer: '"tools":[',
};

export const OPEN_SESSION: ColdCall = {
  method: "GET",
  path: "/api/sessions",
  query: "",
  headers: {},
  body: "",
  answer: "sessionId",
};

export const PROBE: ColdCall = {
  method: "GET",
  path: "/health/ready",
  query: "",
  headers: {},
  body: "",
  answer: "ready",
};

let callCount = 0;

/** @returns how long it took from the call to the last byte of its answer. */
export async function tookMs(pool: EnvironmentPool, call: ColdCall, accessKey: string): Promise<number> {
  const requestId = `00000000-0000-4000-8000-${String(++callCount).padStart(12, "0")}`;
  const request = {
    ...call,
    headers: { ...call.headers, host: "127.0.0.1", authorization: `Bearer ${accessKey}` },
    body: Buffer.from(call.body),
    remoteAddress: "127.0.0.1",
    tls: false,
  };
  const event = JSON.stringify(restEvent(request, { resource: call.path, requestId, atEpochMs: Date.now() }));
  const startedMs = performance.now();
  const reply = await textOf(await pool.invoke({ requestId, event }));
  const took = performance.now() - startedMs;
  // In a whole reply the body is a text in JSON.
  if (!reply.replaceAll("\\", "").includes(call.answer)) throw new AnswerWrong(reply);
  return took;
}

async function textOf(outcome: InvocationOutcome): Promise<string> {
  if (outcome.kind === "error") return JSON.stringify(outcome.error);
  if (outcome.kind === "whole") return outcome.body.toString();
  const chunks: Buffer[] = [];
  for await (const chunk of outcome.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

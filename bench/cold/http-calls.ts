import { restEvent } from "../../layers/local/lambda/rest-event.ts";
import type { ColdCall } from "./calls.ts";

/** A request as it comes through a REST API. */
export interface HttpAsked {
  readonly method: string;
  readonly path: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly answer: string;
}

export function httpCall({ answer, query = "", headers, body = "", ...asked }: HttpAsked, accessKey: string): ColdCall {
  const request = {
    ...{ ...asked, query },
    headers: { ...headers, host: "127.0.0.1", authorization: `Bearer ${accessKey}` },
    body: Buffer.from(body),
    remoteAddress: "127.0.0.1",
    tls: false,
  };
  return {
    event: (requestId) =>
      JSON.stringify(restEvent(request, { resource: asked.path, requestId, atEpochMs: Date.now() })),
    answer,
  };
}

const JSON_BODY = { "content-type": "application/json" };

export const postJson = (path: string, json: object, answer: string): HttpAsked => ({
  ...{ method: "POST", path, headers: JSON_BODY, body: JSON.stringify(json), answer },
});

export const LIST_TOOLS: HttpAsked = {
  ...postJson(
    "/mcp",
    {
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
    },
    '"tools":[',
  ),
  headers: {
    ...JSON_BODY,
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "tools/list",
  },
};

export const PROBE: HttpAsked = { method: "GET", path: "/health/ready", answer: "ready" };

/** Each asks what lies in the stores. */
export const READINGS = {
  sessions: { method: "GET", path: "/api/sessions", answer: "sessionId" },
  health: PROBE,
  jobs: { method: "GET", path: "/api/jobs", answer: '"jobs":[' },
  people: { method: "GET", path: "/api/messages", query: "channel=everyone", answer: '"messages":[' },
  tenants: { method: "GET", path: "/api/tenants/self", answer: '"tenantId":' },
} as const satisfies Readonly<Record<string, HttpAsked>>;

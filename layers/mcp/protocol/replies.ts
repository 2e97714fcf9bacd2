import { EVENT_STREAM_HEADERS } from "../../core/http/event-stream.ts";
import type { CallLog, HttpReply } from "../../core/http/http-message.ts";
import { errorJson, type RequestId, type RpcError } from "./json-rpc.ts";

const JSON_HEADERS = { "content-type": "application/json" } as const;
const NO_HEADERS = {} as const;

export function jsonReply(
  body: string,
  log: CallLog,
  headers: Readonly<Record<string, string>> = JSON_HEADERS,
): HttpReply {
  return { status: 200, headers, body, log };
}

export function errorReply(
  id: RequestId | undefined,
  error: RpcError,
  operation: string,
  status = error.status,
): HttpReply {
  return { status, headers: JSON_HEADERS, body: errorJson(id, error), log: { operation, outcome: String(error.code) } };
}

export function acceptedReply(operation: string): HttpReply {
  return { status: 202, headers: NO_HEADERS, body: "", log: { operation, outcome: "ok" } };
}

export function streamReply(body: AsyncIterable<string>, log: CallLog): HttpReply {
  return { status: 200, headers: EVENT_STREAM_HEADERS, body, log };
}

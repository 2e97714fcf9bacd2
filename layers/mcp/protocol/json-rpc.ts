import { JSON_DEPTH_MAX } from "../../core/parsed-json.ts";
import { ok, type Result, refused } from "../../core/result.ts";

export type RequestId = string | number;
export type Params = Readonly<Record<string, unknown>>;

export interface RpcRequest {
  readonly kind: "request";
  readonly id: RequestId;
  readonly method: string;
  readonly params: Params;
}

export interface RpcNotification {
  readonly kind: "notification";
  readonly method: string;
  readonly params: Params;
}

/** A client's answer to a request of ours: `result` or `error`. */
export interface RpcResponse {
  readonly kind: "response";
  readonly id: RequestId;
  readonly result?: unknown;
  readonly error?: unknown;
}

export type RpcMessage = RpcRequest | RpcNotification | RpcResponse;

/** An error as it goes on the wire, with the HTTP status that 2026-07-28 gives it. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
  readonly status: number;
}

export const NO_PARAMS: Params = Object.freeze({});

/** Reads one JSON-RPC message (JSON-RPC 2.0 as MCP narrows it: ids are strings or integers, params are objects). */
export function readMessage(raw: unknown): Result<RpcMessage, RpcError> {
  if (!isRecord(raw)) return refused(invalidRequest("the body is not a JSON-RPC message"));
  if (raw.jsonrpc !== "2.0") return refused(invalidRequest('jsonrpc is not "2.0"'));
  const { id, method, params } = raw;
  if (id !== undefined && !isRequestId(id)) return refused(invalidRequest("id is neither a string nor an integer"));
  if (method === undefined) return readResponse(raw, id);
  if (typeof method !== "string") return refused(invalidRequest("method is not a string"));
  if (params !== undefined && !isRecord(params)) return refused(invalidRequest("params is not an object"));
  const given = params ?? NO_PARAMS;
  return ok(
    id === undefined ? { kind: "notification", method, params: given } : { kind: "request", id, method, params: given },
  );
}

function readResponse(raw: Record<string, unknown>, id: RequestId | undefined): Result<RpcMessage, RpcError> {
  if (id === undefined || (raw.result === undefined) === (raw.error === undefined)) {
    return refused(invalidRequest("neither a request, nor a notification, nor a response"));
  }
  return ok(
    raw.error === undefined ? { kind: "response", id, result: raw.result } : { kind: "response", id, error: raw.error },
  );
}

export function isRequestId(raw: unknown): raw is RequestId {
  return typeof raw === "string" || (typeof raw === "number" && Number.isSafeInteger(raw));
}

export function isRecord(raw: unknown): raw is Record<string, unknown> {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw);
}

export function resultJson(id: RequestId, result: unknown): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${JSON.stringify(result)}}`;
}

/** Without an id where the request's own could not be read: the field is then left out, not null (2026-07-28). */
export function errorJson(id: RequestId | undefined, error: RpcError): string {
  const { code, message, data } = error;
  return JSON.stringify({ jsonrpc: "2.0", id, error: { code, message, data } });
}

export function notificationJson(method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: "2.0", method, params });
}

export function requestJson(id: RequestId, method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: "2.0", id, method, params });
}

export function parseError(): RpcError {
  const message = `Parse error: the body is not JSON in UTF-8, or is nested more than ${JSON_DEPTH_MAX} deep`;
  return { code: -32700, message, status: 400 };
}

export function invalidRequest(why: string): RpcError {
  return { code: -32600, message: `Invalid request: ${why}`, status: 400 };
}

export function methodNotFound(method: string): RpcError {
  return { code: -32601, message: `Method not found: ${method}`, status: 404 };
}

/** Answered with 200: the request was understood, its params were not. */
export function invalidParams(why: string, data?: unknown): RpcError {
  return { code: -32602, message: `Invalid params: ${why}`, status: 200, ...(data === undefined ? {} : { data }) };
}

export function internalError(reference: string): RpcError {
  return { code: -32603, message: `Internal error; the operator finds it under ${reference}`, status: 500 };
}

/** MCP 2026-07-28, Streamable HTTP, "Server Validation". */
export function headerMismatch(why: string): RpcError {
  return { code: -32020, message: `Header mismatch: ${why}`, status: 400 };
}

/** MCP 2026-07-28, schema.ts, MissingRequiredClientCapabilityError. */
export function missingCapability(requiredCapabilities: Readonly<Record<string, unknown>>): RpcError {
  const names = Object.keys(requiredCapabilities).join(", ");
  return {
    code: -32021,
    message: `This call asks the client for something it did not declare: ${names}`,
    data: { requiredCapabilities },
    status: 400,
  };
}

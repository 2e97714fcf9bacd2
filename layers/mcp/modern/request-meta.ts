import { ok, type Result, refused } from "../../core/result.ts";
import { type Capabilities, isLogLevel } from "../call/caller.ts";
import { invalidParams, isRecord, type RpcError, type RpcRequest } from "../protocol/json-rpc.ts";
import type { LogLevel } from "../toolkit/tool.ts";

/** What each request of 2026-07-28 says of its client (basic, "_meta"). */
export interface RequestMeta {
  readonly protocolVersion: string;
  readonly capabilities: Capabilities;
  readonly logLevel: LogLevel | undefined;
  readonly progressToken: string | number | undefined;
}

const PREFIX = "io.modelcontextprotocol";

/** Whether a message claims to be of the modern era, rightly or not. */
export function claimsModern(params: unknown): boolean {
  return isRecord(params) && isRecord(params._meta) && `${PREFIX}/protocolVersion` in params._meta;
}

/** @returns -32602 with status 400 for what is missing or malformed. */
export function readRequestMeta({ params }: RpcRequest): Result<RequestMeta, RpcError> {
  const meta = params._meta;
  if (!isRecord(meta)) return wrong("params._meta is missing");
  const protocolVersion = meta[`${PREFIX}/protocolVersion`];
  const capabilities = meta[`${PREFIX}/clientCapabilities`];
  const logLevel = meta[`${PREFIX}/logLevel`];
  const { progressToken } = meta;
  if (typeof protocolVersion !== "string") return wrong(`_meta["${PREFIX}/protocolVersion"] is not a string`);
  if (!isRecord(capabilities)) return wrong(`_meta["${PREFIX}/clientCapabilities"] is not an object`);
  if (logLevel !== undefined && !isLogLevel(logLevel)) return wrong(`_meta["${PREFIX}/logLevel"] is not a level`);
  if (progressToken !== undefined && typeof progressToken !== "string" && typeof progressToken !== "number") {
    return wrong("_meta.progressToken is neither a string nor a number");
  }
  return ok({ protocolVersion, capabilities, logLevel, progressToken });
}

function wrong(why: string) {
  return refused<RpcError>({ ...invalidParams(why), status: 400 });
}

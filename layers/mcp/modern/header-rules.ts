import type { HttpRequest } from "../../core/http/http-message.ts";
import type { CatalogueTool } from "../catalogue/catalogue.ts";
import type { ParamHeader } from "../catalogue/param-headers.ts";
import { headerMismatch, isRecord, type RpcError, type RpcRequest } from "../protocol/json-rpc.ts";
import { MODERN_VERSION } from "../protocol/versions.ts";

/**
 * Which param `Mcp-Name` repeats (MCP 2026-07-28, Streamable HTTP, "Standard Request Headers"; of the tasks extension,
 * "Streamable HTTP: Routing Headers").
 */
const NAMED_BY: ReadonlyMap<string, "name" | "uri" | "taskId"> = new Map([
  ["tools/call", "name"],
  ["prompts/get", "name"],
  ["resources/read", "uri"],
  ["tasks/get", "taskId"],
  ["tasks/update", "taskId"],
  ["tasks/cancel", "taskId"],
]);

/** Visible ASCII, space and tab (RFC 9110, section 5.5, as MCP narrows it). */
const PLAIN = /^[\t\x20-\x7e]*$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** A number as JSON writes it: not hexadecimal, not empty, which `Number` would take too. */
const DECIMAL = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const SENTINEL_START = "=?base64?";
const SENTINEL_END = "?=";

/** Compares what a client said in headers with what it said in the body. */
export function checkStandardHeaders(
  http: HttpRequest,
  request: RpcRequest,
  protocolVersion: string,
): RpcError | undefined {
  const version = http.headers["mcp-protocol-version"]?.trim();
  if (version === undefined) return headerMismatch("MCP-Protocol-Version is missing");
  if (version !== protocolVersion) return headerMismatch(`MCP-Protocol-Version is not the body's ${protocolVersion}`);
  if (protocolVersion !== MODERN_VERSION) return unsupportedVersion(protocolVersion);
  const method = http.headers["mcp-method"]?.trim();
  if (method === undefined) return headerMismatch("Mcp-Method is missing");
  if (method !== request.method) return headerMismatch(`Mcp-Method is not the body's ${request.method}`);
  const param = NAMED_BY.get(request.method);
  return param === undefined ? undefined : checkName(http.headers["mcp-name"], request.params[param]);
}

function unsupportedVersion(requested: string): RpcError {
  return {
    code: -32022,
    message: "Unsupported protocol version",
    data: { supported: [MODERN_VERSION], requested },
    status: 400,
  };
}

function checkName(header: string | undefined, name: unknown): RpcError | undefined {
  if (header === undefined) return headerMismatch("Mcp-Name is missing");
  const decoded = decodeHeader(header);
  if (decoded === undefined) return headerMismatch("Mcp-Name holds characters that a header may not");
  return decoded === name ? undefined : headerMismatch("Mcp-Name is not the name in the body");
}

/** The arguments that a tool wants repeated in `Mcp-Param-…` headers. */
export function checkParamHeaders(http: HttpRequest, tool: CatalogueTool, args: unknown): RpcError | undefined {
  for (const param of tool.paramHeaders) {
    const problem = checkParam(http.headers[param.header], param, valueAt(args, param.path));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function checkParam(header: string | undefined, param: ParamHeader, value: unknown): RpcError | undefined {
  const isGiven = value !== undefined && value !== null;
  if (header === undefined) return isGiven ? headerMismatch(`${param.header} is missing`) : undefined;
  if (!isGiven) return headerMismatch(`${param.header} is given, but the argument is not`);
  const decoded = decodeHeader(header);
  if (decoded === undefined) return headerMismatch(`${param.header} holds characters that a header may not`);
  return isSame(param, decoded, value) ? undefined : headerMismatch(`${param.header} is not the argument in the body`);
}

/** Integers compare as numbers, so that `42.0` is `42`. */
function isSame({ type }: ParamHeader, decoded: string, value: unknown): boolean {
  if (type === "integer" && typeof value === "number") return DECIMAL.test(decoded) && Number(decoded) === value;
  return typeof value !== "object" && decoded === String(value);
}

function valueAt(args: unknown, path: readonly string[]): unknown {
  let value = args;
  for (const name of path) value = isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return value;
}

/** MCP 2026-07-28, Streamable HTTP, "Value Encoding". */
function decodeHeader(raw: string): string | undefined {
  const value = raw.trim();
  if (!PLAIN.test(value)) return undefined;
  if (!value.startsWith(SENTINEL_START) || !value.endsWith(SENTINEL_END)) return value;
  const encoded = value.slice(SENTINEL_START.length, -SENTINEL_END.length);
  if (!BASE64.test(encoded)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(encoded, "base64"));
  } catch {
    return undefined; // not UTF-8
  }
}

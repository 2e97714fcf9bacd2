import type { CallContext, HttpHandler, HttpReply, HttpRequest } from "../../layers/core/http/http-message.ts";
import { LegacyEra, methodNotAllowed } from "../../layers/mcp/legacy/legacy-era.ts";
import { type McpDependencies, makeMcpServer } from "../../layers/mcp/mcp-server.ts";
import { ModernEra } from "../../layers/mcp/modern/modern-era.ts";
import { claimsModern } from "../../layers/mcp/modern/request-meta.ts";
import {
  internalError,
  invalidRequest,
  isRecord,
  isRequestId,
  parseError,
  type RequestId,
  readMessage,
} from "../../layers/mcp/protocol/json-rpc.ts";
import { errorReply } from "../../layers/mcp/protocol/replies.ts";
import { isLegacyVersion } from "../../layers/mcp/protocol/versions.ts";

/**
 * `/mcp`: one URL for clients of every revision. Who asks is in the context; the door has checked Origin, Host and size.
 *
 * @throws ToolkitInvalid where the toolkits can't be served together.
 */
export function mcpHandler(dependencies: McpDependencies): HttpHandler {
  const server = makeMcpServer(dependencies);
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  const parts = { modern: new ModernEra(server), legacy: new LegacyEra(server), utf8 };
  return async (request, context) => {
    try {
      return await answer(parts, request, context);
    } catch (fault) {
      server.report(fault, context.requestId);
      return isStoreFault(fault)
        ? unavailable(context)
        : errorReply(undefined, internalError(context.requestId), "fault");
    }
  };
}

type Utf8 = InstanceType<typeof TextDecoder>;

interface Parts {
  readonly modern: ModernEra;
  readonly legacy: LegacyEra;
  readonly utf8: Utf8;
}

function answer(
  { modern, legacy, utf8 }: Parts,
  http: HttpRequest,
  context: CallContext,
): Promise<HttpReply> | HttpReply {
  if (http.method === "GET" || http.method === "DELETE") {
    if (http.headers["mcp-session-id"] === undefined) return methodNotAllowed();
    return http.method === "GET" ? legacy.listen(http, context) : legacy.end(http, context);
  }
  if (http.method !== "POST") return methodNotAllowed();
  if (!isJson(http.headers["content-type"])) return unsupportedMediaType();
  const body = readJson(utf8, http.body);
  if (body === undefined) return errorReply(undefined, parseError(), "parse");
  const isLegacyHeader = isLegacyVersion(http.headers["mcp-protocol-version"]?.trim() ?? "2025-03-26");
  if (Array.isArray(body)) {
    return isLegacyHeader
      ? legacy.answerBatch(http, context, body)
      : errorReply(undefined, invalidRequest("this revision has no batches"), "batch");
  }
  const message = readMessage(body);
  if (!message.ok) return errorReply(idOf(body), message.problem, "parse");
  const isModern = !isLegacyHeader || (message.value.kind === "request" && claimsModern(message.value.params));
  return isModern ? modern.answer(http, context, message.value) : legacy.answer(http, context, message.value);
}

/** JSON-RPC wants the id back wherever it can be read. */
function idOf(body: unknown): RequestId | undefined {
  return isRecord(body) && isRequestId(body.id) ? body.id : undefined;
}

function isJson(contentType: string | undefined): boolean {
  return contentType !== undefined && /^\s*application\/json\s*(?:;|$)/i.test(contentType);
}

function readJson(utf8: Utf8, body: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(body));
  } catch {
    return undefined; // neither UTF-8 nor JSON; `undefined` itself is no JSON
  }
}

function unsupportedMediaType(): HttpReply {
  const error = { ...invalidRequest("the content type is not application/json"), status: 415 };
  return errorReply(undefined, error, "content-type");
}

function isStoreFault(fault: unknown): boolean {
  return isRecord(fault) && fault.code === "store_unavailable";
}

/** Nothing was acknowledged, so the client may send it again. */
function unavailable({ requestId }: CallContext): HttpReply {
  const error = { code: -32603, message: `A store did not answer; try again (${requestId})`, status: 503 };
  const reply = errorReply(undefined, error, "fault");
  return { ...reply, headers: { ...reply.headers, "retry-after": "5" } };
}

import type { CallContext, HttpHandler, HttpReply, HttpRequest } from "../../layers/core/http/http-message.ts";
import { parsedBody } from "../../layers/core/parsed-json.ts";
import { mayAct } from "../../layers/core/tenant/action.ts";
import { methodNotAllowed } from "../../layers/mcp/legacy/legacy-era.ts";
import { type McpDependencies, type McpServer, makeMcpServer } from "../../layers/mcp/mcp-server.ts";
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
import { forbiddenMessage } from "./forbidden-message.ts";
import { actionOf } from "./message-action.ts";
import { type Offer, Offers } from "./offers.ts";

/**
 * `/mcp`: one URL for clients of every revision. Who asks is in the context; the door has checked Origin, Host and size.
 *
 * @throws ToolkitInvalid where the toolkits can't be served together.
 */
export function mcpHandler(dependencies: McpDependencies): HttpHandler {
  return handlerOf(makeMcpServer(dependencies));
}

/** As {@link mcpHandler}, for who has made the server. */
export function handlerOf(server: McpServer): HttpHandler {
  const offers = new Offers(server);
  return async (request, context) => {
    try {
      return await answer(offers.of(context.policy.toolkits), request, context);
    } catch (fault) {
      server.report(fault, context.requestId);
      return isStoreFault(fault)
        ? unavailable(context)
        : errorReply(undefined, internalError(context.requestId), "fault");
    }
  };
}

function answer(
  { catalogue, modern, legacy }: Offer,
  http: HttpRequest,
  context: CallContext,
): Promise<HttpReply> | HttpReply {
  if (http.method === "GET" || http.method === "DELETE") {
    const right = mayAct(context.principal, "mcp.read");
    if (!right.ok) return forbiddenMessage(undefined, right.problem, context.principal);
    if (http.headers["mcp-session-id"] === undefined) return methodNotAllowed();
    return http.method === "GET" ? legacy.listen(http, context) : legacy.end(http, context);
  }
  if (http.method !== "POST") return methodNotAllowed();
  if (!isJson(http.headers["content-type"])) return unsupportedMediaType();
  const body = parsedBody(http.body);
  if (body === undefined) return errorReply(undefined, parseError(), "parse");
  const isLegacyHeader = isLegacyVersion(http.headers["mcp-protocol-version"]?.trim() ?? "2025-03-26");
  const right = mayAct(context.principal, actionOf(catalogue, body));
  if (!right.ok) return forbiddenMessage(idOf(body), right.problem, context.principal);
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

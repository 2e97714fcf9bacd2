import type { CallContext, HttpReply, HttpRequest } from "../../core/http/http-message.ts";
import { isMrtrMethod } from "../call/call-state.ts";
import type { Caller } from "../call/caller.ts";
import { calledTool } from "../catalogue/called-tool.ts";
import { isListMethod, type ListPage } from "../catalogue/lists.ts";
import { LIST_TTL_MS } from "../limits.ts";
import { CAPABILITIES, type McpServer, type ModernCapabilities, serverInfo } from "../mcp-server.ts";
import { complete } from "../protocol/completion.ts";
import {
  internalError,
  invalidRequest,
  methodNotFound,
  type RpcMessage,
  type RpcRequest,
  resultJson,
} from "../protocol/json-rpc.ts";
import { acceptedReply, errorReply, jsonReply } from "../protocol/replies.ts";
import { MODERN_VERSION } from "../protocol/versions.ts";
import { isTaskMethod, TASKS_EXTENSION, type TaskMethod } from "../task/tasks-extension.ts";
import { checkParamHeaders, checkStandardHeaders } from "./header-rules.ts";
import { listen } from "./listen.ts";
import { answerCall } from "./modern-call.ts";
import { readRequestMeta } from "./request-meta.ts";

/** What each result of this revision carries beside its own fields. */
export interface ModernShape {
  readonly complete: (result: object) => object;
  readonly meta: Readonly<Record<string, unknown>>;
}

/** MCP 2026-07-28: each request says all about itself, so nothing is remembered between two. */
export class ModernEra {
  readonly #server: McpServer;
  readonly #shape: ModernShape;
  /** A page of a long list is megabytes of JSON: made once. */
  readonly #pageJsons = new WeakMap<ListPage, string>();

  constructor(server: McpServer) {
    this.#server = server;
    const meta = { "io.modelcontextprotocol/serverInfo": serverInfo(server) };
    this.#shape = {
      meta,
      complete: (result) => ({
        ...result,
        resultType: "complete",
        _meta: "_meta" in result && result._meta !== undefined ? { ...meta, ...result._meta } : meta,
      }),
    };
  }

  answer(http: HttpRequest, context: CallContext, message: RpcMessage): Promise<HttpReply> | HttpReply {
    if (message.kind === "response")
      return errorReply(undefined, invalidRequest("responses are not sent in this revision"), "response");
    if (message.kind === "notification") return acceptedReply(message.method);
    const meta = readRequestMeta(message);
    if (!meta.ok) return errorReply(message.id, meta.problem, message.method);
    const mismatch = checkStandardHeaders(http, message, meta.value.protocolVersion);
    if (mismatch !== undefined) return errorReply(message.id, mismatch, message.method);
    const { capabilities, logLevel, progressToken } = meta.value;
    return this.#dispatch(http, message, {
      context,
      capabilities,
      logLevel,
      progressToken,
      leavingCancels: true,
      canReturn: false,
    });
  }

  #dispatch(http: HttpRequest, request: RpcRequest, caller: Caller): Promise<HttpReply> | HttpReply {
    const { id, method, params } = request;
    if (isMrtrMethod(method)) return this.#call(http, { ...request, method }, caller);
    if (isListMethod(method)) {
      const page = this.#server.lists.page(method, params.cursor);
      return page.ok ? this.#reply(request, this.#pageJson(page.value)) : errorReply(id, page.problem, method);
    }
    switch (method) {
      case "server/discover":
        return this.#reply(request, JSON.stringify(this.#shape.complete(this.#discovered())));
      case "completion/complete":
        return this.#complete(request, caller);
      case "subscriptions/listen":
        return listen(this.#server, this.#shape, request, caller);
      default:
        return isTaskMethod(method)
          ? this.#task({ ...request, method }, caller)
          : errorReply(id, methodNotFound(method), "unknown");
    }
  }

  async #task(request: RpcRequest & { readonly method: TaskMethod }, caller: Caller): Promise<HttpReply> {
    const { jobs, clock } = this.#server;
    if (jobs === undefined) return errorReply(request.id, methodNotFound(request.method), request.method);
    const { answerTaskMethod } = await import("../task/task-methods.ts");
    return answerTaskMethod({ jobs, clock }, request, { caller, complete: this.#shape.complete });
  }

  #call(http: HttpRequest, request: Parameters<typeof answerCall>[2], caller: Caller): Promise<HttpReply> | HttpReply {
    const { id, method, params } = request;
    const tool = calledTool(this.#server.catalogue, request);
    const mismatch = tool === undefined ? undefined : checkParamHeaders(http, tool, params.arguments);
    if (mismatch !== undefined) return errorReply(id, mismatch, method);
    return answerCall(this.#server, this.#shape, request, caller);
  }

  #discovered(): object {
    const { instructions } = this.#server.server;
    return {
      supportedVersions: [MODERN_VERSION],
      capabilities: this.#capabilities(),
      instructions,
      ttlMs: LIST_TTL_MS,
      cacheScope: "private",
    };
  }

  #capabilities(): ModernCapabilities {
    return this.#server.jobs === undefined ? CAPABILITIES : { ...CAPABILITIES, extensions: { [TASKS_EXTENSION]: {} } };
  }

  #pageJson(page: ListPage): string {
    const made = this.#pageJsons.get(page);
    if (made !== undefined) return made;
    const { field, entries, nextCursor } = page;
    const list = { [field]: entries, nextCursor, ttlMs: LIST_TTL_MS, cacheScope: "private" };
    const json = JSON.stringify(this.#shape.complete(list));
    this.#pageJsons.set(page, json);
    return json;
  }

  #reply({ id, method }: RpcRequest, result: string): HttpReply {
    const body = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`;
    return jsonReply(body, { operation: method, outcome: "ok" });
  }

  async #complete({ id, method, params }: RpcRequest, caller: Caller): Promise<HttpReply> {
    try {
      const completed = await complete(this.#server, params);
      if (!completed.ok) return errorReply(id, completed.problem, method);
      return jsonReply(resultJson(id, this.#shape.complete(completed.value)), { operation: method, outcome: "ok" });
    } catch (fault) {
      const reference = caller.context.requestId;
      this.#server.report(fault, reference);
      return errorReply(id, internalError(reference), method);
    }
  }
}

import type { CallContext, HttpReply, HttpRequest } from "../../core/http/http-message.ts";
import { isMrtrMethod } from "../call/call-state.ts";
import { isLogLevel } from "../call/caller.ts";
import { isListMethod } from "../catalogue/lists.ts";
import { BATCH_BYTES_MAX, BATCH_MAX, SUBSCRIPTIONS_MAX } from "../limits.ts";
import { CAPABILITIES, type McpServer, serverInfo } from "../mcp-server.ts";
import { complete } from "../protocol/completion.ts";
import {
  errorJson,
  internalError,
  invalidParams,
  invalidRequest,
  isRecord,
  isRequestId,
  methodNotFound,
  type RpcError,
  type RpcMessage,
  type RpcNotification,
  type RpcRequest,
  type RpcResponse,
  readMessage,
  resultJson,
} from "../protocol/json-rpc.ts";
import { acceptedReply, errorReply, jsonReply } from "../protocol/replies.ts";
import { isLegacyVersion, LEGACY_VERSIONS, type LegacyVersion, UNDECLARED_VERSION } from "../protocol/versions.ts";
import { parseCallEventId, parseFeedEventId } from "./event-id.ts";
import { answerLegacyCall, callInBatch, type LegacyExchange, resumeCall, takeAnswer } from "./legacy-call.ts";
import { legacyError, legacyPage } from "./legacy-shape.ts";
import {
  changeSubscriptions,
  endSession,
  findSession,
  type McpSession,
  openSession,
  type SubscriptionProblem,
  setLogLevel,
  unstoredSession,
} from "./mcp-session.ts";
import { ParkedCalls } from "./parked-calls.ts";
import { openSessionStream } from "./session-stream.ts";

/**
 * The revisions with an `initialize` handshake: 2025-11-25, 2025-06-18, 2025-03-26.
 * Whatever they expect a server to remember lies in the table, so each request may land on any process.
 */
export class LegacyEra {
  readonly #server: McpServer;

  constructor(server: McpServer) {
    this.#server = server;
  }

  async answer(http: HttpRequest, context: CallContext, message: RpcMessage): Promise<HttpReply> {
    if (message.kind === "request" && message.method === "initialize") return this.#initialize(context, message);
    const session = await this.#sessionOf(http, context);
    if ("status" in session) return session;
    const exchange = { server: this.#server, context, session };
    switch (message.kind) {
      case "request":
        return this.#request(exchange, message);
      case "notification":
        await notified(exchange, message);
        return acceptedReply(message.method);
      case "response":
        await answered(exchange, message);
        return acceptedReply("response");
    }
  }

  /** JSON-RPC batches (MCP 2025-03-26, basic, "Batching"); later revisions removed them. */
  async answerBatch(http: HttpRequest, context: CallContext, batch: readonly unknown[]): Promise<HttpReply> {
    const session = await this.#sessionOf(http, context);
    if ("status" in session) return session;
    if (session.version !== "2025-03-26") return refusedBatch("batches are of revision 2025-03-26 alone");
    if (batch.length === 0) return refusedBatch("the batch is empty");
    if (batch.length > BATCH_MAX) return refusedBatch(`a batch holds at most ${BATCH_MAX} messages`);
    const exchange = { server: this.#server, context, session };
    const replies = await Promise.all(batch.map((raw) => this.#inBatch(exchange, raw)));
    const bodies = boundedBodies(batch, replies);
    const log = { operation: "batch", outcome: "ok" };
    return bodies.length === 0 ? acceptedReply("batch") : jsonReply(`[${bodies.join(",")}]`, log);
  }

  /** GET: the session's own stream, or what a client missed of another. */
  async listen(http: HttpRequest, context: CallContext): Promise<HttpReply> {
    const session = await this.#sessionOf(http, context);
    if ("status" in session) return session;
    const { id } = session;
    if (id === undefined) return methodNotAllowed();
    const exchange = { server: this.#server, context, session: { ...session, id } };
    const lastEventId = http.headers["last-event-id"]?.trim();
    const callEvent = parseCallEventId(lastEventId);
    if (callEvent !== undefined) return resumeCall(exchange, callEvent);
    return openSessionStream(exchange, lastEventId === undefined ? undefined : parseFeedEventId(lastEventId));
  }

  async end(http: HttpRequest, context: CallContext): Promise<HttpReply> {
    const session = await this.#sessionOf(http, context);
    if ("status" in session) return session;
    if (session.id === undefined) return methodNotAllowed();
    await endSession(this.#server, context.principal, session.id);
    return { status: 204, headers: {}, body: "", log: { operation: "end", outcome: "ok" } };
  }

  /** A client that does not send a session id back is served as far as that goes; a wrong id is not. */
  async #sessionOf(http: HttpRequest, context: CallContext): Promise<McpSession | HttpReply> {
    const version = http.headers["mcp-protocol-version"]?.trim() ?? UNDECLARED_VERSION;
    if (!isLegacyVersion(version)) return unknownVersion(version);
    const id = http.headers["mcp-session-id"];
    if (id === undefined) return unstoredSession(version);
    return (await findSession(this.#server, context.principal, id)) ?? sessionNotFound();
  }

  async #initialize(context: CallContext, { id, params }: RpcRequest): Promise<HttpReply> {
    const { protocolVersion, capabilities } = params;
    if (typeof protocolVersion !== "string")
      return errorReply(id, invalidParams("protocolVersion is not a string"), "initialize");
    const version: LegacyVersion = isLegacyVersion(protocolVersion) ? protocolVersion : LEGACY_VERSIONS[0];
    const client = { version, capabilities: isRecord(capabilities) ? capabilities : {} };
    const opened = await openSession(this.#server, context.principal, client);
    if (!opened.ok) return errorReply(id, invalidParams("capabilities are too large to remember"), "initialize");
    const { instructions } = this.#server.server;
    const result = {
      protocolVersion: version,
      capabilities: CAPABILITIES,
      serverInfo: serverInfo(this.#server),
      instructions,
    };
    const headers = { "content-type": "application/json", "mcp-session-id": opened.value.id };
    return jsonReply(resultJson(id, result), { operation: "initialize", outcome: "ok" }, headers);
  }

  async #request(exchange: LegacyExchange, request: RpcRequest): Promise<HttpReply> {
    const { method } = request;
    if (isMrtrMethod(method)) return answerLegacyCall(exchange, { ...request, method });
    return jsonReply(await this.#answerUnary(exchange, request), { operation: method, outcome: "ok" });
  }

  async #inBatch(exchange: LegacyExchange, raw: unknown): Promise<string | undefined> {
    const message = readMessage(raw);
    if (!message.ok) return errorJson(undefined, message.problem);
    if (message.value.kind === "notification") return void (await notified(exchange, message.value));
    if (message.value.kind === "response") return void (await answered(exchange, message.value));
    const request = message.value;
    const { id, method } = request;
    if (method === "initialize") return errorJson(id, invalidRequest("initialize can't be part of a batch"));
    return isMrtrMethod(method) ? callInBatch(exchange, { ...request, method }) : this.#answerUnary(exchange, request);
  }

  /** The requests that are answered at once, from what is there. */
  async #answerUnary(exchange: LegacyExchange, { id, method, params }: RpcRequest): Promise<string> {
    if (isListMethod(method)) {
      const page = this.#server.lists.page(method, params.cursor);
      return page.ok ? resultJson(id, legacyPage(exchange.session.version, page.value)) : errorJson(id, page.problem);
    }
    switch (method) {
      case "ping":
        return resultJson(id, {});
      case "logging/setLevel":
        return this.#setLevel(exchange, id, params.level);
      case "resources/subscribe":
        return this.#subscribe(exchange, id, params.uri, (uris, uri) => [...new Set([...uris, uri])]);
      case "resources/unsubscribe":
        return this.#subscribe(exchange, id, params.uri, (uris, uri) => uris.filter((other) => other !== uri));
      case "completion/complete":
        return this.#complete(exchange, id, params);
      default:
        return errorJson(id, methodNotFound(method));
    }
  }

  async #setLevel({ context, session }: LegacyExchange, id: RpcRequest["id"], level: unknown): Promise<string> {
    if (!isLogLevel(level)) return errorJson(id, invalidParams("level is not one of the log levels"));
    if (session.id !== undefined) await setLogLevel(this.#server, context.principal, session.id, level);
    return resultJson(id, {});
  }

  async #subscribe(
    { context, session }: LegacyExchange,
    id: RpcRequest["id"],
    uri: unknown,
    change: (uris: readonly string[], uri: string) => readonly string[],
  ): Promise<string> {
    if (typeof uri !== "string") return errorJson(id, invalidParams("uri is not a string"));
    if (session.id === undefined) return errorJson(id, invalidRequest("a subscription needs a session"));
    const changed = await changeSubscriptions(this.#server, context.principal, session.id, (uris) => change(uris, uri));
    return changed.ok ? resultJson(id, {}) : errorJson(id, subscriptionError(changed.problem));
  }

  async #complete({ context }: LegacyExchange, id: RpcRequest["id"], params: RpcRequest["params"]): Promise<string> {
    try {
      const completed = await complete(this.#server, params);
      return completed.ok
        ? resultJson(id, completed.value)
        : errorJson(id, legacyError("completion/complete", completed.problem));
    } catch (fault) {
      this.#server.report(fault, context.requestId);
      return errorJson(id, internalError(context.requestId));
    }
  }
}

function subscriptionError({ reason }: SubscriptionProblem): RpcError {
  switch (reason) {
    case "too_many_subscriptions":
      return invalidParams(`a session subscribes to at most ${SUBSCRIPTIONS_MAX} resources, of uris of a usual length`);
    case "not_subscribed":
      return invalidRequest("the session has ended, or is being changed by too many requests at once");
  }
}

/** Only a cancellation asks for something; the others are taken note of. */
async function notified(
  { server, context, session }: LegacyExchange,
  { method, params }: RpcNotification,
): Promise<void> {
  const { requestId } = params;
  if (method !== "notifications/cancelled" || session.id === undefined) return;
  if (typeof requestId !== "string" && typeof requestId !== "number") return;
  await new ParkedCalls(server, context.principal, session.id).cancel(requestId);
}

async function answered({ session, ...exchange }: LegacyExchange, response: RpcResponse): Promise<void> {
  if (session.id !== undefined) await takeAnswer({ ...exchange, session: { ...session, id: session.id } }, response);
}

function boundedBodies(batch: readonly unknown[], replies: readonly (string | undefined)[]): readonly string[] {
  let bytes = 0;
  return replies.flatMap((body, index) => {
    if (body === undefined) return [];
    const bodyBytes = Buffer.byteLength(body);
    if (bytes + bodyBytes <= BATCH_BYTES_MAX) {
      bytes += bodyBytes;
      return [body];
    }
    const raw = batch[index];
    const id = isRecord(raw) && isRequestId(raw.id) ? raw.id : undefined;
    return [errorJson(id, invalidRequest(`the batch's replies are over ${BATCH_BYTES_MAX} bytes; ask for this alone`))];
  });
}

function refusedBatch(why: string): HttpReply {
  return errorReply(undefined, invalidRequest(why), "batch");
}

function unknownVersion(version: string): HttpReply {
  const known = LEGACY_VERSIONS.join(", ");
  return errorReply(undefined, invalidRequest(`protocol version ${version} is not one of ${known}`), "version");
}

/** The code that clients of these revisions know for it. */
function sessionNotFound(): HttpReply {
  const error = { code: -32001, message: "Session not found; initialize a new one", status: 404 };
  return errorReply(undefined, error, "session");
}

/** MCP 2026-07-28 has neither GET nor DELETE, and without a session id nothing says that this is an older client. */
export function methodNotAllowed(): HttpReply {
  const error = { ...invalidRequest("only POST is allowed without a session"), status: 405 };
  const reply = errorReply(undefined, error, "method");
  return { ...reply, headers: { ...reply.headers, allow: "POST" } };
}

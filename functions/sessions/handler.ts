import type { CallContext, HttpHandler, HttpReply, HttpRequest } from "../../layers/core/http/http-message.ts";
import { StoreFault } from "../../layers/core/ports/store-fault.ts";
import { mayAct } from "../../layers/core/tenant/action.ts";
import type { TenantId } from "../../layers/core/tenant/tenant-id.ts";
import { USER_SESSION_IDLE_SECONDS } from "../../layers/core/user-session/limits.ts";
import type { UserSessionUse } from "../../layers/core/user-session/prolonging.ts";
import type { UserSessionChange } from "../../layers/core/user-session/saving.ts";
import type { Visitor } from "../../layers/core/user-session/user-session.ts";
import { parsePatch } from "../../layers/core/user-session/user-session-content.ts";
import type { UserSessionId } from "../../layers/core/user-session/user-session-id.ts";
import { userSessionView } from "../../layers/core/user-session/user-session-view.ts";
import {
  type UserSessionParts,
  type UserSessions,
  userSessions,
} from "../../layers/core/user-session/user-sessions.ts";
import { forbiddenReply } from "../../layers/http/forbidden-reply.ts";
import { cookieId, expiredCookie, idCookie } from "./user-session-cookie.ts";
import {
  methodNotAllowed,
  refusal,
  SESSIONS_METHODS,
  type SessionsMethod,
  storeFailed,
  success,
} from "./user-session-reply.ts";
import { expectedTags, namedId, readBody, rememberedId, requiredId, visitorOf } from "./user-session-request.ts";

/** One request to the path, with what every method asks of it. */
interface Call {
  readonly sessions: UserSessions;
  readonly request: HttpRequest;
  readonly query: URLSearchParams;
  readonly context: CallContext;
  readonly tenantId: TenantId;
  readonly visitor: Visitor;
  readonly signal: AbortSignal;
}

/**
 * User sessions over HTTP: Hyperpage's `/api/sessions`.
 *
 * The session is the one named in the body (POST) or in `?sessionId=`, else the one of the `hyperpage-session` cookie.
 * A session is shared by all principals of its tenant.
 */
export function sessionsHandler(parts: UserSessionParts): HttpHandler {
  const sessions = userSessions(parts);
  return async (request, context) => {
    const method = SESSIONS_METHODS.find((candidate) => candidate === request.method);
    if (method === undefined) return methodNotAllowed();
    const { principal, requestId } = context;
    const right = mayAct(principal, method === "GET" ? "user-session.read" : "user-session.write");
    if (!right.ok) return forbiddenReply(right.problem, principal, requestId);
    const { tenantId } = principal;
    const query = new URLSearchParams(request.query);
    try {
      return await ROUTES[method]({
        sessions,
        request,
        query,
        context,
        tenantId,
        visitor: visitorOf(request),
        signal: context.signal,
      });
    } catch (fault) {
      if (fault instanceof StoreFault) return storeFailed(method);
      throw fault;
    }
  };
}

const ROUTES: Record<SessionsMethod, (call: Call) => Promise<HttpReply>> = {
  GET: readOrCreate,
  POST: saveBody,
  PATCH: mergeBody,
  DELETE: deleteSession,
};

async function readOrCreate(call: Call): Promise<HttpReply> {
  const { sessions, request, query, tenantId, visitor } = call;
  if (query.has("check")) return checkStore(call);
  const named = namedId(query.get("sessionId"));
  if (!named.ok) return refusal("GET", named.problem);
  const id = named.value ?? rememberedId(request);
  if (id === undefined) return create(call);
  const reading = await sessions.read(tenantId, { id, visitor });
  if (reading.ok) {
    const { session, degraded } = reading.value;
    const body = { sessionId: id, session: userSessionView(session), ...(degraded ? { degraded } : undefined) };
    return success("GET", body, { session, cookie: renewedCookie(request, reading.value) });
  }
  // A browser can't drop the cookie of a session that is gone, so it gets a new one.
  return named.value === undefined ? create(call) : refusal("GET", reading.problem);
}

/** For probes: whether the store answers. Creates nothing. */
async function checkStore({ sessions, query, tenantId }: Call): Promise<HttpReply> {
  if (query.get("check") !== "ready") {
    return refusal("GET", { reason: "request_invalid", message: "check takes ready" });
  }
  await sessions.checkReady(tenantId);
  return success("GET", { status: "ready" });
}

async function create({ sessions, request, context, tenantId, visitor, signal }: Call): Promise<HttpReply> {
  const { principal, requestId } = context;
  const right = mayAct(principal, "user-session.write");
  if (!right.ok) return forbiddenReply(right.problem, principal, requestId);
  const created = await sessions.create(tenantId, { visitor, sessionsMax: sessionsMaxOf(context), signal });
  if (!created.ok) return refusal("GET", created.problem);
  const { session } = created.value;
  const body = { sessionId: session.id, session: userSessionView(session), message: "New session created" };
  return success("GET", body, { session, cookie: idCookie(request, session.id, USER_SESSION_IDLE_SECONDS) });
}

async function saveBody(call: Call): Promise<HttpReply> {
  const body = readBody(call.request, ["application/json"]);
  if (!body.ok) return refusal("POST", body.problem);
  const { sessionId, updates, sessionData } = body.value;
  const id = requiredId(call.request, sessionId ?? call.query.get("sessionId"));
  if (!id.ok) return refusal("POST", id.problem);
  const given = updates ?? sessionData ?? undefined;
  if (given === undefined) {
    return refusal("POST", { reason: "request_invalid", message: "sessionData or updates required" });
  }
  const onto = (updates ?? undefined) === undefined ? "nothing" : "stored";
  const create = (sessionData ?? undefined) !== undefined;
  return save(call, { id: id.value, given, onto, create, message: "Session saved successfully" });
}

async function mergeBody(call: Call): Promise<HttpReply> {
  const id = requiredId(call.request, call.query.get("sessionId"));
  if (!id.ok) return refusal("PATCH", id.problem);
  const body = readBody(call.request, ["application/json", "application/merge-patch+json"]);
  if (!body.ok) return refusal("PATCH", body.problem);
  const message = "Session updated successfully";
  return save(call, { id: id.value, given: body.value, onto: "stored", create: false, message });
}

interface SavingRequest extends Pick<UserSessionChange, "id" | "onto" | "create"> {
  readonly given: unknown;
  readonly message: string;
}

async function save(call: Call, asked: SavingRequest): Promise<HttpReply> {
  const { sessions, request, context, tenantId, visitor, signal } = call;
  const method = request.method === "PATCH" ? "PATCH" : "POST";
  const { id, onto, create, given, message } = asked;
  const expected = expectedTags(request);
  if (!expected.ok) return refusal(method, expected.problem);
  const patch = parsePatch(given);
  if (!patch.ok) return refusal(method, patch.problem);
  const patched = { id, onto, create, patch: patch.value, expected: expected.value };
  const change = { ...patched, sessionsMax: sessionsMaxOf(context), visitor, signal };
  const saved = await sessions.save(tenantId, change);
  if (!saved.ok) return refusal(method, saved.problem);
  const { session } = saved.value;
  return success(method, { sessionId: id, message }, { session, cookie: renewedCookie(request, saved.value) });
}

const sessionsMaxOf = ({ policy }: CallContext): number => policy.limits.userSessions;

async function deleteSession(call: Call): Promise<HttpReply> {
  const { sessions, request, query, tenantId, visitor, signal } = call;
  const id = requiredId(request, query.get("sessionId"));
  if (!id.ok) return refusal("DELETE", id.problem);
  const expected = expectedTags(request);
  if (!expected.ok) return refusal("DELETE", expected.problem);
  const deleted = await sessions.delete(tenantId, { id: id.value, expected: expected.value, visitor, signal });
  if (!deleted.ok) return refusal("DELETE", deleted.problem);
  const cookie = isHeldBy(request, id.value) ? expiredCookie(request) : undefined;
  return success("DELETE", { message: "Session deleted successfully" }, { cookie });
}

/**
 * The cookie of a session whose end has moved. A GET gives none to a browser that held none:
 * another site can make a browser follow a link, and would plant a session that it knows the id of.
 */
function renewedCookie(request: HttpRequest, { session, prolonged }: UserSessionUse): string | undefined {
  if (!prolonged) return undefined;
  const mayBegin = cookieId(request) === undefined && request.method !== "GET";
  return mayBegin || isHeldBy(request, session.id)
    ? idCookie(request, session.id, USER_SESSION_IDLE_SECONDS)
    : undefined;
}

function isHeldBy(request: HttpRequest, id: UserSessionId): boolean {
  return cookieId(request) === id;
}

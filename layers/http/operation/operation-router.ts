import type { CallContext, HttpHandler, HttpReply, HttpRequest } from "../../core/http/http-message.ts";
import { mayAct } from "../../core/tenant/action.ts";
import { forbiddenReply } from "../forbidden-reply.ts";
import { problemReply } from "../problem-reply.ts";
import type { Operation, OperationOutcome } from "./operation.ts";
import { readCall } from "./read-call.ts";

interface PathOperations {
  readonly segments: readonly string[];
  readonly byMethod: ReadonlyMap<string, Operation>;
}

/** Runs the operation that a request asks for, when its caller has the right to it. */
export function operationRouter(operations: readonly Operation[]): HttpHandler {
  const paths = [...Map.groupBy(operations, ({ path }) => path)].map(
    ([path, ofPath]): PathOperations => ({
      segments: path.split("/"),
      byMethod: new Map(ofPath.map((operation) => [operation.method, operation])),
    }),
  );
  return async (request, context) => {
    const found = findPath(paths, request.path);
    if (found === undefined) {
      return problemReply({ status: 404, code: "path_unknown", detail: "there is no such path" }, context.requestId);
    }
    const operation = found.path.byMethod.get(request.method);
    return operation === undefined
      ? otherMethod([...found.path.byMethod.keys()], request, context)
      : perform(operation, { request, context, params: found.params });
  };
}

async function perform(
  operation: Operation,
  sent: {
    readonly request: HttpRequest;
    readonly context: CallContext;
    readonly params: Readonly<Record<string, string>>;
  },
): Promise<HttpReply> {
  const { principal, requestId } = sent.context;
  const { action, fleetAction = action } = operation;
  const right = mayAct(principal, principal.role === "operator" ? fleetAction : action);
  const reply = right.ok ? await answer(operation, sent) : forbiddenReply(right.problem, principal, requestId);
  return { ...reply, log: { ...reply.log, operation: `${operation.method} ${operation.path}` } };
}

async function answer(operation: Operation, sent: Parameters<typeof perform>[1]): Promise<HttpReply> {
  const call = readCall(operation, sent);
  if (!call.ok) return problemReply(call.problem, sent.context.requestId);
  // The call was read by this operation's own schemas.
  const outcome = await operation.run(call.value as never);
  return replyOf(operation, outcome, sent.context);
}

function replyOf(operation: Operation, outcome: OperationOutcome, context: CallContext): HttpReply {
  if ("problem" in outcome) return problemReply(outcome.problem, context.requestId);
  const { status } = operation.success;
  if ("text" in outcome) {
    const headers = { ...NO_STORE, "content-type": outcome.contentType, ...outcome.headers };
    return { status, headers, body: outcome.text, log: DONE };
  }
  if (outcome.json === undefined) return { status, headers: { ...NO_STORE, ...outcome.headers }, body: "", log: DONE };
  const headers = { ...NO_STORE, "content-type": "application/json", ...outcome.headers };
  return { status, headers, body: JSON.stringify(outcome.json), log: DONE };
}

/** What a tenant is and has changes, and some of it is told once. */
const NO_STORE = { "cache-control": "no-store" } as const;
const DONE = { outcome: "ok" } as const;

function otherMethod(methods: readonly string[], request: HttpRequest, { requestId }: CallContext): HttpReply {
  const allow = methods.join(", ");
  if (request.method === "OPTIONS") return { status: 204, headers: { allow }, body: "" };
  const detail = `this path takes ${allow}`;
  return problemReply({ status: 405, code: "method_not_allowed", detail, headers: { allow } }, requestId);
}

function findPath(
  paths: readonly PathOperations[],
  path: string,
): { readonly path: PathOperations; readonly params: Readonly<Record<string, string>> } | undefined {
  const segments = path.split("/");
  for (const candidate of paths) {
    const params = matched(candidate.segments, segments);
    if (params !== undefined) return { path: candidate, params };
  }
  return undefined;
}

/** The values of `{names}`, each of one segment that is not empty. */
function matched(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? "";
    const [, name] = /^\{(\w+)\}$/.exec(part) ?? [];
    const value = name === undefined ? undefined : decoded(segment);
    if (name === undefined ? part !== segment : value === undefined) return undefined;
    if (name !== undefined && value !== undefined) params[name] = value;
  }
  return params;
}

function decoded(segment: string): string | undefined {
  try {
    return segment === "" ? undefined : decodeURIComponent(segment);
  } catch {
    return undefined; // a percent sign that begins no character
  }
}

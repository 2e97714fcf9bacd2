import type { CallContext, HttpHandler, HttpReply, HttpRequest } from "../../core/http/http-message.ts";
import { mayAct } from "../../core/tenant/action.ts";
import { forbiddenReply } from "../forbidden-reply.ts";
import { problemReply } from "../problem-reply.ts";
import type { Operation, SentCall } from "./operation.ts";

/** A part of a path: what stands there, or the name of what may. */
type Segment = { readonly text: string } | { readonly name: string };

interface PathOperations {
  readonly segments: readonly Segment[];
  readonly byMethod: ReadonlyMap<string, Operation>;
}

/** Runs the operation that a request asks for, when its caller has the right to it. */
export function operationRouter(operations: readonly Operation[]): HttpHandler {
  const paths = [...Map.groupBy(operations, ({ path }) => path)].map(
    ([path, ofPath]): PathOperations => ({
      segments: path.split("/").map(segmentOf),
      byMethod: new Map(ofPath.map((operation) => [operation.method, operation])),
    }),
  );
  return async (request, context) => {
    const segments = request.path.split("/");
    for (const { segments: pattern, byMethod } of paths) {
      const params = matched(pattern, segments);
      if (params === undefined) continue;
      const operation = byMethod.get(request.method);
      if (operation === undefined) return otherMethod([...byMethod.keys()], request, context);
      const reply = await perform(operation, { request, context, params });
      return { ...reply, log: { ...reply.log, operation: `${operation.method} ${operation.path}` } };
    }
    return problemReply(PATH_UNKNOWN, context.requestId);
  };
}

const PATH_UNKNOWN = { status: 404, code: "path_unknown", detail: "there is no such path" } as const;

/** A right that is missing is told before anything is read: so the answer says nothing of what there is. */
async function perform(operation: Operation, sent: SentCall): Promise<HttpReply> {
  const { principal, requestId } = sent.context;
  const { action, fleetAction = action } = operation;
  const right = mayAct(principal, principal.role === "operator" ? fleetAction : action);
  return right.ok ? operation.answer(sent) : forbiddenReply(right.problem, principal, requestId);
}

function otherMethod(methods: readonly string[], request: HttpRequest, { requestId }: CallContext): HttpReply {
  const allow = methods.join(", ");
  if (request.method === "OPTIONS") return { status: 204, headers: { allow }, body: "" };
  const detail = `this path takes ${allow}`;
  return problemReply({ status: 405, code: "method_not_allowed", detail, headers: { allow } }, requestId);
}

function segmentOf(text: string): Segment {
  const [, name] = /^\{(\w+)\}$/.exec(text) ?? [];
  return name === undefined ? { text } : { name };
}

/** The values of `{names}`, each of one segment that is not empty; undefined where it is another path. */
function matched(pattern: readonly Segment[], given: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of pattern.entries()) {
    const text = given[index] ?? "";
    if ("text" in segment) {
      if (segment.text !== text) return undefined;
      continue;
    }
    const value = decoded(text);
    if (value === undefined) return undefined;
    params[segment.name] = value;
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

import type { DoorCall, HttpHandler, HttpReply, HttpRequest } from "../core/http/http-message.ts";
import { problemReply } from "./problem-reply.ts";

export interface Route {
  /** Compared with the path as sent. One that ends in `/` also takes every path below it. */
  readonly path: string;
  /** In the order in which a 405 tells them. */
  readonly methods: readonly string[];
  readonly handler: HttpHandler<DoorCall>;
}

/**
 * Sends each call to the handler of its path: an exact one first, then the longest that it lies below.
 * It answers itself with 404, with 405 and what is allowed, and to OPTIONS.
 */
export function router(routes: readonly Route[]): HttpHandler<DoorCall> {
  const exact = new Map(routes.map((route) => [route.path, route]));
  const prefixes = routes
    .filter((route) => route.path.endsWith("/") && route.path !== "/")
    .sort((left, right) => right.path.length - left.path.length);
  const served = routes.map((route) => route.path).join(", ");
  return async (request, context) => {
    const route = exact.get(request.path) ?? prefixes.find((prefix) => request.path.startsWith(prefix.path));
    if (route === undefined) {
      return problemReply({ status: 404, code: "path_unknown", detail: `here is ${served}` }, context.requestId);
    }
    if (!route.methods.includes(request.method)) return otherMethod(route, request, context.requestId);
    const reply = await route.handler(request, context);
    return reply.log === undefined ? { ...reply, log: { operation: `${request.method} ${route.path}` } } : reply;
  };
}

function otherMethod(route: Route, request: HttpRequest, requestId: string): HttpReply {
  const allow = route.methods.join(", ");
  if (request.method === "OPTIONS") return { status: 204, headers: { allow }, body: "" };
  const detail = `${route.path} takes ${allow}`;
  return problemReply({ status: 405, code: "method_not_allowed", detail, headers: { allow } }, requestId);
}

import type { DoorCall, HttpHandler } from "../../core/http/http-message.ts";
import { PROXY_PREFIX } from "./proxy-path.ts";

/**
 * A page of a project is in an origin of its own, `null`. It may ask for the project's parts where a credential shows who
 * sends it there, which no page can add by itself.
 */
export function admittingPages(handler: HttpHandler<DoorCall>): HttpHandler<DoorCall> {
  return async (request, call) => {
    const { origin, ...headers } = request.headers;
    const isShown = origin === "null" && headers.authorization !== undefined && request.path.startsWith(PROXY_PREFIX);
    if (!isShown) return handler(request, call);
    const reply = await handler({ ...request, headers }, call);
    return { ...reply, headers: { ...reply.headers, "access-control-allow-origin": origin } };
  };
}

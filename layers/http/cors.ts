import type { Call, HttpHandler, HttpReply, HttpRequest } from "../core/http/http-message.ts";
import { PREFLIGHT_MAX_AGE_SECONDS } from "./limits.ts";

const METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE";

/** What a page may send. MCP 2026-07-28, transports, names the `mcp-` ones; 2025-11-25 the session and the event. */
const REQUEST_HEADERS: ReadonlySet<string> = new Set([
  "accept",
  "authorization",
  "content-type",
  "if-match",
  "last-event-id",
  "mcp-method",
  "mcp-name",
  "mcp-protocol-version",
  "mcp-session-id",
]);

/** A tool's own headers (`x-mcp-header`) can't be listed ahead; CORS knows no wildcard for a part of a name. */
const TOOL_HEADER_PATTERN = /^mcp-param-[a-z0-9!#$%&'*+.^_`|~-]{1,100}$/;

/** What a page may read of a reply beside the names that every page may. */
const REPLY_HEADERS =
  "mcp-session-id, mcp-protocol-version, etag, ratelimit, ratelimit-policy, retry-after, www-authenticate, x-request-id";

/**
 * Lets the pages of allowed origins read the replies. It stands behind `admission`, which has refused all others,
 * and gives no credentials: a page names its session itself.
 */
export function cors<Passing extends Call>(handler: HttpHandler<Passing>): HttpHandler<Passing> {
  return async (request, context) => {
    const { origin } = request.headers;
    if (origin === undefined) {
      const reply = await handler(request, context);
      return request.method === "GET" ? { ...reply, headers: varied(reply.headers) } : reply;
    }
    if (request.method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined) {
      return preflight(request, origin);
    }
    const reply = await handler(request, context);
    const headers = {
      ...varied(reply.headers),
      "access-control-allow-origin": origin,
      "access-control-expose-headers": REPLY_HEADERS,
    };
    return { ...reply, headers };
  };
}

/** Without it, a cache would give one origin the permission of another. */
function varied(headers: HttpReply["headers"]): HttpReply["headers"] {
  return { ...headers, vary: headers.vary === undefined ? "origin" : `${headers.vary}, origin` };
}

function preflight(request: HttpRequest, origin: string): HttpReply {
  const asked = request.headers["access-control-request-headers"] ?? "";
  const allowed = asked
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => REQUEST_HEADERS.has(name) || TOOL_HEADER_PATTERN.test(name));
  return {
    status: 204,
    headers: {
      "access-control-allow-origin": origin,
      "access-control-allow-methods": METHODS,
      "access-control-allow-headers": allowed.join(", "),
      "access-control-max-age": String(PREFLIGHT_MAX_AGE_SECONDS),
      vary: "origin, access-control-request-method, access-control-request-headers",
    },
    body: "",
    log: { operation: "preflight" },
  };
}

import type { Call, HttpHandler, HttpRequest } from "../core/http/http-message.ts";
import { URL_BYTES_MAX } from "./limits.ts";
import { type HttpProblem, problemReply } from "./problem-reply.ts";

/** Whom a door answers beside callers on the machine itself. */
export interface Neighbourhood {
  /**
   * Host names of this server beside the loopback's own, in lower case, without a port. `any` where callers bring a key,
   * which no browser adds by itself, and something in front has matched the name.
   */
  readonly hosts: readonly string[] | "any";
  /** Origins of web pages that may call, beside those of loopback addresses: `https://app.example.com`. */
  readonly origins: readonly string[];
}

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Refuses what a web page made a browser send: a host name of its own that was pointed here (DNS rebinding), or an
 * origin that nobody listed. MCP 2026-07-28, transports, "Security": the origin is checked on every connection.
 */
export function admission<Passing extends Call>(
  allowed: Neighbourhood,
  handler: HttpHandler<Passing>,
): HttpHandler<Passing> {
  const hosts = allowed.hosts === "any" ? allowed.hosts : new Set(allowed.hosts);
  const origins = new Set(allowed.origins);
  return async (request, context) => {
    const problem = formProblem(request) ?? hostProblem(request, hosts) ?? originProblem(request, origins);
    return problem === undefined ? handler(request, context) : problemReply(problem, context.requestId);
  };
}

function formProblem(request: HttpRequest): HttpProblem | undefined {
  if (!request.path.startsWith("/")) {
    return { status: 400, code: "path_malformed", detail: "the request target must be a path that starts with /" };
  }
  if (request.path.length + request.query.length <= URL_BYTES_MAX) return undefined;
  return { status: 414, code: "url_too_long", detail: `path and query may have ${URL_BYTES_MAX} bytes together` };
}

function hostProblem(request: HttpRequest, hosts: ReadonlySet<string> | "any"): HttpProblem | undefined {
  if (hosts === "any") return undefined;
  const name = hostName(request.headers.host ?? "");
  if (name !== undefined && (LOOPBACK_HOSTS.has(name) || hosts.has(name))) return undefined;
  return { status: 403, code: "host_forbidden", detail: "the Host header names no host of this server" };
}

/** Pages of the machine itself, and those that are listed. What sends no origin is no page. */
export function isOriginAllowed(origin: string | undefined, origins: ReadonlySet<string>): boolean {
  return origin === undefined || origins.has(origin) || isLoopbackOrigin(origin);
}

function originProblem(request: HttpRequest, origins: ReadonlySet<string>): HttpProblem | undefined {
  if (isOriginAllowed(request.headers.origin, origins)) return undefined;
  return { status: 403, code: "origin_forbidden", detail: "pages of this origin may not call this server" };
}

function isLoopbackOrigin(origin: string): boolean {
  const scheme = ["http://", "https://"].find((candidate) => origin.startsWith(candidate));
  if (scheme === undefined) return false;
  const name = hostName(origin.slice(scheme.length));
  return name !== undefined && LOOPBACK_HOSTS.has(name);
}

/** The name before the port, in lower case; undefined when what follows the name is no port. */
function hostName(authority: string): string | undefined {
  const nameEnd = authority.startsWith("[") ? authority.indexOf("]") + 1 : authority.indexOf(":");
  if (nameEnd <= 0) return authority.toLowerCase();
  const rest = authority.slice(nameEnd);
  return rest === "" || /^:\d{1,5}$/.test(rest) ? authority.slice(0, nameEnd).toLowerCase() : undefined;
}

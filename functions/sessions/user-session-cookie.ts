import type { HttpRequest } from "../../layers/core/http/http-message.ts";

/** The name that Hyperpage's pages read. */
const COOKIE_NAME = "hyperpage-session";

/** The id as the browser sent it; undefined when it sent none. */
export function cookieId(request: HttpRequest): string | undefined {
  for (const pair of (request.headers.cookie ?? "").split(";")) {
    const [name, ...value] = pair.split("=");
    if (name?.trim() === COOKIE_NAME) return value.join("=").trim();
  }
  return undefined;
}

/** Kept from scripts, and by the browser from other sites' requests but for plain links to here (RFC 6265bis). */
export function idCookie(request: HttpRequest, id: string, maxAgeSeconds: number): string {
  const secure = request.tls ? "; Secure" : "";
  return `${COOKIE_NAME}=${id}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly${secure}; SameSite=Lax`;
}

export function expiredCookie(request: HttpRequest): string {
  return idCookie(request, "", 0);
}

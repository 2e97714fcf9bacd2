/** As Node reads a head: names in lower case, repeated ones joined, and a list of cookies that are set. */
export type ProxyHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Meant for one connection alone (RFC 9110, section 7.6.1), and those that are named in `connection` besides. */
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** Cookies of the cell's own pages and sessions: no project sees them or sets them. */
const OWN_COOKIES: ReadonlySet<string> = new Set(["hyperpage-session", "skein-consent"]);
/** Browsers take these for the whole host alone (RFC 6265bis, section 4.1.3), which is not the project's. */
const HOST_COOKIE = /^__(?:host|secure|http|host-http)-/i;

/** The project's own credentials travel under this name, since the usual one is the cell's. */
const PROJECT_AUTHORIZATION = "x-project-authorization";

export interface ForwardedFrom {
  readonly headers: ProxyHeaders;
  readonly remoteAddress: string;
  /** Whether the caller's own connection is encrypted. */
  readonly tls: boolean;
  readonly prefix: string;
  /** Where the project listens: what it finds as its own host. */
  readonly authority: string;
}

/**
 * What a project is told of a request: nothing that the caller showed to the cell, and where the request came from as the
 * cell saw it.
 */
export function requestHeaders({
  headers,
  remoteAddress,
  tls,
  prefix,
  authority,
}: ForwardedFrom): Record<string, string> {
  const { authorization: _shown, cookie, host, [PROJECT_AUTHORIZATION]: own, ...rest } = headers;
  const passed = told(rest).filter(([name]) => !isHop(name, headers.connection) && !isOfOrigin(name));
  const cookies = String(cookie ?? "")
    .split(/;\s*/)
    .filter((pair) => pair !== "" && !OWN_COOKIES.has(cookieName(pair)));
  return {
    ...Object.fromEntries(passed),
    ...(cookies.length > 0 && { cookie: cookies.join("; ") }),
    ...(own !== undefined && { authorization: String(own) }),
    host: authority,
    "x-forwarded-for": remoteAddress,
    ...(host !== undefined && { "x-forwarded-host": String(host) }),
    "x-forwarded-proto": tls ? "https" : "http",
    "x-forwarded-prefix": prefix,
  };
}

/** By which programs believe where a request came from; that of RFC 7239 is not told anew. */
const isOfOrigin = (name: string): boolean => name === "forwarded" || name.startsWith("x-forwarded-");

/** What a project may not say: it would hold for the whole host, or for whoever may read the cell's own replies. */
const NOT_ITS_OWN = [
  "set-cookie",
  "location",
  "content-security-policy",
  "service-worker-allowed",
  "clear-site-data",
  "strict-transport-security",
  "alt-svc",
  "nel",
  "report-to",
  "reporting-endpoints",
  "origin-agent-cluster",
  "www-authenticate",
  "ratelimit",
  "ratelimit-policy",
  "x-request-id",
];

/**
 * Gives the project's pages an origin of their own, though they come from the cell's host: their scripts run, and are
 * nobody to the cell's own paths (Content Security Policy 3, section 6.3.4, `sandbox`).
 */
export const PAGE_POLICY = "sandbox allow-scripts allow-forms allow-popups allow-modals allow-downloads";

export interface ReplyFrom {
  readonly headers: ProxyHeaders;
  readonly prefix: string;
  readonly authority: string;
}

export interface ProxyReplyHeaders {
  readonly headers: Readonly<Record<string, string>>;
  /** One `Set-Cookie` each. */
  readonly cookies: readonly string[];
}

/** What a caller is told of a project's reply. */
export function replyHeaders({ headers, prefix, authority }: ReplyFrom): ProxyReplyHeaders {
  const passed = told(headers).filter(
    ([name]) => !isHop(name, headers.connection) && !NOT_ITS_OWN.includes(name) && !name.startsWith("access-control-"),
  );
  const cookies = [headers["set-cookie"] ?? []].flat().flatMap((cookie) => projectCookie(cookie, prefix) ?? []);
  const { location, "www-authenticate": challenge, "content-security-policy": policy } = headers;
  return {
    headers: {
      ...Object.fromEntries(passed),
      ...(location !== undefined && { location: projectLocation(String(location), { prefix, authority }) }),
      // Of two policies both hold.
      "content-security-policy": policy === undefined ? PAGE_POLICY : `${String(policy)}, ${PAGE_POLICY}`,
      ...(challenge !== undefined && { "x-project-www-authenticate": String(challenge) }),
    },
    cookies,
  };
}

/** Each header in one line. */
function told(headers: ProxyHeaders): readonly [name: string, value: string][] {
  return Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
}

function isHop(name: string, connection: ProxyHeaders[string]): boolean {
  if (HOP_BY_HOP.includes(name)) return true;
  return String(connection ?? "")
    .toLowerCase()
    .split(",")
    .some((named) => named.trim() === name);
}

const cookieName = (pair: string): string => (pair.split("=")[0] ?? "").trim();

/** Of the project's own paths alone; undefined for one that is not for it to set. */
function projectCookie(cookie: string, prefix: string): string | undefined {
  const [pair = "", ...attributes] = cookie.split(";").map((part) => part.trim());
  const name = cookieName(pair);
  if (OWN_COOKIES.has(name) || HOST_COOKIE.test(name)) return undefined;
  const path = attributes.find((attribute) => /^path=\//i.test(attribute))?.slice("path=".length) ?? "/";
  const kept = attributes.filter((attribute) => !/^(?:path|domain)\s*(?:=|$)/i.test(attribute));
  return [pair, ...kept, `Path=${prefix}${path}`].join("; ");
}

/** Paths and addresses of the project's own lead back through the cell; others lead where they say. */
function projectLocation(
  location: string,
  { prefix, authority }: { readonly prefix: string; readonly authority: string },
): string {
  if (location.startsWith("/") && !location.startsWith("//")) return `${prefix}${location}`;
  const url = URL.parse(location);
  const isOwn = url !== null && ["http:", "ws:"].includes(url.protocol) && url.host === authority;
  return isOwn ? `${prefix}${url.pathname}${url.search}${url.hash}` : location;
}

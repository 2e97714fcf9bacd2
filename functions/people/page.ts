import { htmlText } from "../../layers/core/billing/html.ts";
import type { Call, HttpHandler, HttpReply, HttpRequest } from "../../layers/core/http/http-message.ts";
import type { Digest } from "../../layers/core/ports/digest.ts";
import { problemReply } from "../../layers/http/problem-reply.ts";

/** A page as it was built: `index.html`, and what it loads, whose names tell their content. */
export interface PageFiles {
  readonly index: string;
  /** By name, without a folder. */
  readonly assets: ReadonlyMap<string, Uint8Array>;
}

export interface PageParts {
  /** Asked at each call: whoever gives it may keep it. Undefined where it was not built. */
  readonly files: () => Promise<PageFiles | undefined>;
  /** Where the page connects to; left out where that is `/ws` of its own host. */
  readonly socketUrl?: string;
  readonly digest: Digest;
}

const PATH = "/people";
const ASSETS = `${PATH}/assets/`;
const YEAR_SECONDS = 31_536_000;

/**
 * `/people` and what it loads: for anybody, since it holds nothing of anybody's. The page is asked for anew each time, and
 * what it loads never again. Nothing runs on it but its own scripts.
 */
export function peoplePage({ files, socketUrl, digest }: PageParts): HttpHandler<Call> {
  return async (request, { requestId }) => {
    // Beside it, so that what it names is found from either; and below a stage's path as well.
    if (request.path === `${PATH}/`) return moved(`..${PATH}`);
    const built = await files();
    if (built === undefined) return notBuilt(requestId);
    if (request.path === PATH)
      return indexReply(request, { html: withSocket(built.index, socketUrl), socketUrl, digest });
    const name = request.path.startsWith(ASSETS) ? request.path.slice(ASSETS.length) : "";
    const asset = built.assets.get(name);
    return asset === undefined ? unknown(requestId) : assetReply(request, name, asset);
  };
}

function indexReply(
  request: HttpRequest,
  {
    html,
    socketUrl,
    digest,
  }: { readonly html: string; readonly socketUrl: string | undefined; readonly digest: Digest },
): HttpReply {
  const headers = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-cache",
    etag: `W/"${digest(html)}"`,
    "content-security-policy": policyOf(socketUrl),
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
  };
  return isKnown(request, headers.etag) ? { status: 304, headers, body: "" } : { status: 200, headers, body: html };
}

/** Its name is its content's, so that whoever has it has it whole. */
function assetReply(request: HttpRequest, name: string, asset: Uint8Array): HttpReply {
  const headers = {
    "content-type": TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream",
    "cache-control": `public, max-age=${YEAR_SECONDS}, immutable`,
    etag: `W/"${name}"`,
    "x-content-type-options": "nosniff",
  };
  return isKnown(request, headers.etag) ? { status: 304, headers, body: "" } : { status: 200, headers, body: asset };
}

const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

/** Compared weakly, as RFC 9110, section 13.1.2, has it. */
function isKnown({ headers }: HttpRequest, etag: string): boolean {
  const known = headers["if-none-match"]?.split(",").map((each) => each.trim()) ?? [];
  return known.includes("*") || known.some((each) => each.replace(/^W\//, "") === etag.replace(/^W\//, ""));
}

function policyOf(socketUrl: string | undefined): string {
  const socket = socketUrl === undefined ? "" : ` ${new URL(socketUrl).origin}`;
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    // Of the same host it allows WebSockets too (Content Security Policy 3, section 6.7.2.8).
    `connect-src 'self'${socket}`,
    "form-action 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}

const SOCKET_EMPTY = '<meta name="skein-socket" content="">';

/** The build keeps the place for it; that it is there, its own test tells. */
const withSocket = (index: string, socketUrl = ""): string =>
  index.replace(SOCKET_EMPTY, () => SOCKET_EMPTY.replace('""', `"${htmlText(socketUrl)}"`));

const moved = (location: string): HttpReply => ({ status: 308, headers: { location }, body: "" });

function unknown(requestId: string): HttpReply {
  return problemReply({ status: 404, code: "path_unknown", detail: `the page is ${PATH}` }, requestId);
}

function notBuilt(requestId: string): HttpReply {
  const detail = "the page was not built: npm run build makes it";
  return problemReply({ status: 503, code: "page_not_built", detail }, requestId);
}

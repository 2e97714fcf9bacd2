import { expect, test } from "vitest";
import { type PageParts, peoplePage } from "../../../functions/people/page.ts";
import type { Call, HttpReply } from "../../../layers/core/http/http-message.ts";
import { sha256 } from "../../../layers/node/sha256.ts";

const INDEX = `<!doctype html><meta name="skein-socket" content=""><script src="people/assets/index-1.js"></script>`;
const SCRIPT = new TextEncoder().encode("hello()");
const FILES = { index: INDEX, assets: new Map([["index-1.js", SCRIPT]]) };
const CALL: Call = { requestId: "r1", deadlineEpochMs: 0, signal: new AbortController().signal };

function asked(path: string, { ifNoneMatch, ...parts }: Partial<PageParts> & { readonly ifNoneMatch?: string } = {}) {
  const page = peoplePage({ files: async () => FILES, digest: sha256, ...parts });
  const headers = { "if-none-match": ifNoneMatch };
  const request = { method: "GET", path, query: "", headers, body: new Uint8Array(), remoteAddress: "::1", tls: false };
  return page(request, CALL);
}

const policyOf = ({ headers }: HttpReply): readonly string[] => headers["content-security-policy"]?.split("; ") ?? [];

test("the page is for anybody, and nothing runs on it but its own scripts", async () => {
  const reply = await asked("/people");

  expect(reply).toMatchObject({ status: 200, body: INDEX, headers: { "cache-control": "no-cache" } });
  expect(policyOf(reply)).toEqual([
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ]);
});

test("what it loads is kept for a year, by a name that is its content's", async () => {
  const reply = await asked("/people/assets/index-1.js");

  expect(reply).toMatchObject({
    status: 200,
    body: SCRIPT,
    headers: {
      "content-type": "text/javascript; charset=utf-8",
      "cache-control": "public, max-age=31536000, immutable",
    },
  });
});

test.each(["/people", "/people/assets/index-1.js"])(
  "who has %s already is told so, and gets it once it is another",
  async (path) => {
    const { headers } = await asked(path);
    const strong = headers.etag?.slice(2) ?? "";

    const again = await Promise.all(
      [headers.etag ?? "", `"x", ${strong}`].map((ifNoneMatch) => asked(path, { ifNoneMatch })),
    );
    const other = await asked(path, { ifNoneMatch: '"x"' });

    expect(again.map(({ status, body }) => [status, body])).toEqual([
      [304, ""],
      [304, ""],
    ]);
    expect(other.status).toBe(200);
  },
);

test("another build of the page has another etag", async () => {
  const other = { ...FILES, index: INDEX.replace("index-1", "index-2") };

  const etags = await Promise.all([asked("/people"), asked("/people", { files: async () => other })]);

  expect(new Set(etags.map(({ headers }) => headers.etag)).size).toBe(2);
});

test("where the sockets are elsewhere, the page is told, and may connect there", async () => {
  const reply = await asked("/people", { socketUrl: 'wss://sockets.example/live?a="b"' });

  expect(reply.body).toContain('<meta name="skein-socket" content="wss://sockets.example/live?a=&quot;b&quot;">');
  expect(policyOf(reply)).toContain("connect-src 'self' wss://sockets.example");
});

test.each(["/people/assets/", "/people/assets/other.js", "/people/index.html", "/people/assets/../index.html"])(
  "there is no %s",
  async (path) => {
    expect(await asked(path)).toMatchObject({ status: 404 });
  },
);

test("a slash too many leads to the page", async () => {
  expect(await asked("/people/")).toMatchObject({ status: 308, headers: { location: "../people" } });
});

test("a page that was not built says how it is", async () => {
  const reply = await asked("/people", { files: async () => undefined });

  expect(reply).toMatchObject({ status: 503, log: { outcome: "page_not_built" } });
});

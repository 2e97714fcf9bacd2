import { describe, expect, test } from "vitest";
import {
  PAGE_POLICY,
  type ProxyHeaders,
  replyHeaders,
  requestHeaders,
} from "../../../../layers/http/passage/proxy-headers.ts";
import { readProxyPath } from "../../../../layers/http/passage/proxy-path.ts";

const own = { prefix: "/p/shop", authority: "127.0.0.1:3100" };
const asked = (headers: ProxyHeaders, tls = false) =>
  requestHeaders({ headers, remoteAddress: "127.0.0.9", tls, ...own });
const told = (headers: ProxyHeaders) => replyHeaders({ headers, ...own }).headers;
const set = (cookies: readonly string[]) => replyHeaders({ headers: { "set-cookie": cookies }, ...own }).cookies;

describe("a project's address", () => {
  test.each([
    ["/p/shop/", { projectId: "shop", prefix: "/p/shop", path: "/" }],
    ["/p/shop/a%2Fb/c", { projectId: "shop", prefix: "/p/shop", path: "/a%2Fb/c" }],
    ["/p/shop//x/../y", { projectId: "shop", prefix: "/p/shop", path: "//x/../y" }],
    ["/p/shop", { projectId: "shop", prefix: "/p/shop", path: undefined }],
  ])("%s is read", (path, read) => {
    expect(readProxyPath(path)).toEqual(read);
  });

  test.each(["/p/", "/p//x", "/p/a.b/", "/p/%61/", "/q/shop/", `/p/${"x".repeat(65)}/`])("%s is none", (path) => {
    expect(readProxyPath(path)).toBeUndefined();
  });
});

describe("a request to a project", () => {
  test("carries nothing that the caller showed to the cell", () => {
    const headers = asked({
      authorization: "Bearer secret",
      cookie: "a=1; hyperpage-session=secret; b=2;skein-consent=secret",
      "proxy-authorization": "Basic secret",
    });

    expect(headers).toMatchObject({ cookie: "a=1; b=2" });
    expect(JSON.stringify(headers)).not.toContain("secret");
  });

  test("has no cookies at all where all were the cell's", () => {
    expect(asked({ cookie: "hyperpage-session=x" })).not.toHaveProperty("cookie");
  });

  test("may carry credentials for the project itself", () => {
    expect(asked({ authorization: "Bearer cell", "x-project-authorization": "Bearer own" })).toMatchObject({
      authorization: "Bearer own",
    });
  });

  test("tells where it came from as the cell saw it, whatever the caller says", () => {
    const headers = asked({
      host: "cell.example:3000",
      forwarded: "for=1.2.3.4;proto=https",
      "x-forwarded-for": "1.2.3.4",
      "x-forwarded-proto": "https",
      accept: "*/*",
    });

    expect(headers).toEqual({
      accept: "*/*",
      host: "127.0.0.1:3100",
      "x-forwarded-for": "127.0.0.9",
      "x-forwarded-host": "cell.example:3000",
      "x-forwarded-proto": "http",
      "x-forwarded-prefix": "/p/shop",
    });
    expect(asked({}, true)).toMatchObject({ "x-forwarded-proto": "https" });
  });

  test("has none of the headers that are for one connection", () => {
    const headers = asked({
      connection: "close, X-Only-Here",
      "x-only-here": "1",
      te: "trailers",
      upgrade: "h2c",
      "transfer-encoding": "chunked",
    });

    expect(Object.keys(headers).sort()).toEqual(["host", "x-forwarded-for", "x-forwarded-prefix", "x-forwarded-proto"]);
  });
});

describe("a reply of a project", () => {
  test("is in an origin of its own, beside what it asks for itself", () => {
    expect(told({})).toEqual({ "content-security-policy": PAGE_POLICY });
    expect(told({ "content-security-policy": "default-src 'self'" })).toEqual({
      "content-security-policy": `default-src 'self', ${PAGE_POLICY}`,
    });
    expect(PAGE_POLICY).not.toContain("allow-same-origin");
  });

  test.each([
    ["a=1", "a=1; Path=/p/shop/"],
    ["a=1; Path=/; HttpOnly; Domain=127.0.0.1", "a=1; HttpOnly; Path=/p/shop/"],
    ["a=1; path=/admin;SameSite=Lax", "a=1; SameSite=Lax; Path=/p/shop/admin"],
    ["a=1; Path=relative", "a=1; Path=/p/shop/"],
  ])("sets a cookie %s of its own paths", (cookie, known) => {
    expect(set([cookie])).toEqual([known]);
  });

  test("sets no cookie of the cell's, or of the whole host", () => {
    const cookies = ["hyperpage-session=x; Path=/", "skein-consent=x", "__Host-a=1; Secure; Path=/", "__secure-b=1"];

    expect(set(cookies)).toEqual([]);
    expect(told({ "set-cookie": cookies })).not.toHaveProperty("set-cookie");
  });

  test.each([
    ["/login?next=%2F", "/p/shop/login?next=%2F"],
    ["http://127.0.0.1:3100/a?b#c", "/p/shop/a?b#c"],
    ["next", "next"],
    ["//evil.example/", "//evil.example/"],
    ["https://example.com/", "https://example.com/"],
    ["http://127.0.0.1:3000/api", "http://127.0.0.1:3000/api"],
  ])("leads to %s by %s", (location, led) => {
    expect(told({ location }).location).toBe(led);
  });

  test("says nothing that would hold for the cell", () => {
    const headers = told({
      ...{ "clear-site-data": '"*"', "service-worker-allowed": "/", "strict-transport-security": "max-age=1" },
      ...{ "access-control-allow-origin": "*", "access-control-allow-credentials": "true", connection: "keep-alive" },
      ...{ "www-authenticate": "Basic", "x-request-id": "r", "content-type": "text/html", etag: '"1"' },
    });

    expect(headers).toEqual({
      "content-type": "text/html",
      etag: '"1"',
      "content-security-policy": PAGE_POLICY,
      "x-project-www-authenticate": "Basic",
    });
  });
});

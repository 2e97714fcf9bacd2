import { expect, test } from "vitest";
import { cors } from "../../../layers/http/cors.ts";
import { aCall, answering, aRequest } from "../../fixtures/http-call.ts";

const origin = "http://localhost:5173";
const handler = cors(answering({ headers: { "content-type": "application/json", vary: "accept-encoding" } }));

function preflight(asked: string | undefined) {
  return handler(
    aRequest({
      method: "OPTIONS",
      path: "/mcp",
      headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": asked },
    }),
    aCall,
  );
}

test("a page reads the reply, and the headers that clients need", async () => {
  const reply = await handler(aRequest({ method: "POST", headers: { origin } }), aCall);

  expect(reply).toMatchObject({
    status: 200,
    headers: {
      "access-control-allow-origin": origin,
      "access-control-expose-headers":
        "mcp-session-id, mcp-protocol-version, etag, ratelimit, ratelimit-policy, retry-after, www-authenticate, x-request-id",
      vary: "accept-encoding, origin",
    },
  });
});

test("no page is given credentials", async () => {
  const reply = await handler(aRequest({ headers: { origin } }), aCall);

  expect(reply.headers).not.toHaveProperty("access-control-allow-credentials");
});

test("a caller that is no page gets no permission, and a cache is told that others may", async () => {
  const reply = await handler(aRequest(), aCall);

  expect(reply.headers).toEqual({ "content-type": "application/json", vary: "accept-encoding, origin" });
});

test("a preflight allows the methods and those of the asked headers that may be sent", async () => {
  const reply = await preflight("Content-Type, mcp-protocol-version,MCP-Param-Region, x-evil, mcp-param-");

  expect(reply).toMatchObject({
    status: 204,
    headers: {
      "access-control-allow-origin": origin,
      "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
      "access-control-allow-headers": "content-type, mcp-protocol-version, mcp-param-region",
      "access-control-max-age": "7200",
    },
  });
});

test.each([
  "accept",
  "authorization",
  "content-type",
  "if-match",
  "last-event-id",
  "mcp-method",
  "mcp-name",
  "mcp-protocol-version",
  "mcp-session-id",
])("a page may send %s", async (name) => {
  const reply = await preflight(name);

  expect(reply.headers["access-control-allow-headers"]).toBe(name);
});

test("a preflight that asks for no headers is answered", async () => {
  const reply = await preflight(undefined);

  expect(reply).toMatchObject({ status: 204, headers: { "access-control-allow-headers": "" } });
});

test("OPTIONS that is no preflight reaches the handler", async () => {
  const reply = await handler(aRequest({ method: "OPTIONS", headers: { origin } }), aCall);

  expect(reply.status).toBe(200);
});

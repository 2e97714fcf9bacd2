import { expect, test } from "vitest";
import { router } from "../../../layers/http/router.ts";
import { aCall, answering, aRequest, problemOf } from "../../fixtures/http-call.ts";

const route = router([
  { path: "/", methods: ["GET"], handler: answering({ body: "landing" }) },
  { path: "/mcp", methods: ["GET", "POST"], handler: answering({ body: "mcp", log: { operation: "tools/call" } }) },
  { path: "/health/", methods: ["GET"], handler: answering({ body: "health" }) },
  { path: "/health/deep/", methods: ["GET"], handler: answering({ body: "deep" }) },
]);

test.each([
  ["/", "landing"],
  ["/mcp", "mcp"],
  ["/health/live", "health"],
  ["/health/deep/disk", "deep"],
])("%s is answered by %s", async (path, body) => {
  const reply = await route(aRequest({ path }), aCall);

  expect(reply).toMatchObject({ status: 200, body });
});

test.each(["/mcp/", "/mcpx", "/MCP", "/health", "//", "/%6dcp"])("%s is answered by nobody", async (path) => {
  const reply = await route(aRequest({ path }), aCall);

  expect(reply.status).toBe(404);
  expect(problemOf(reply)).toMatchObject({ code: "path_unknown", detail: expect.stringContaining("/mcp") });
});

test("a method that the path does not take is refused with those that it takes", async () => {
  const reply = await route(aRequest({ method: "PUT", path: "/mcp" }), aCall);

  expect(reply).toMatchObject({ status: 405, headers: { allow: "GET, POST" } });
  expect(problemOf(reply)).toMatchObject({ code: "method_not_allowed" });
});

test("OPTIONS is answered with what the path takes", async () => {
  const reply = await route(aRequest({ method: "OPTIONS", path: "/mcp" }), aCall);

  expect(reply).toMatchObject({ status: 204, headers: { allow: "GET, POST" }, body: "" });
});

test("the log names the route and never the path as it was sent", async () => {
  const reply = await route(aRequest({ path: "/health/secret-token" }), aCall);

  expect(reply.log).toEqual({ operation: "GET /health/" });
});

test("what a handler tells the log stays as it is", async () => {
  const reply = await route(aRequest({ method: "POST", path: "/mcp" }), aCall);

  expect(reply.log).toEqual({ operation: "tools/call" });
});

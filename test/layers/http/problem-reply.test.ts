import { expect, test } from "vitest";
import { problemReply } from "../../../layers/http/problem-reply.ts";
import { problemOf } from "../../fixtures/http-call.ts";

test("a problem is written as RFC 9457 has it, with the code and the request's id, and is never cached", () => {
  const reply = problemReply({ status: 404, code: "path_unknown", detail: "here is /mcp" }, "r1");

  expect(reply).toMatchObject({
    status: 404,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store" },
    log: { outcome: "path_unknown" },
  });
  expect(problemOf(reply)).toEqual({
    status: 404,
    title: "Not Found",
    code: "path_unknown",
    detail: "here is /mcp",
    requestId: "r1",
  });
});

test("headers that belong to a problem go with it", () => {
  const reply = problemReply({ status: 405, code: "x", detail: "x", headers: { allow: "GET" } }, "r1");

  expect(reply.headers).toMatchObject({ allow: "GET" });
});

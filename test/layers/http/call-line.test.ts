import { expect, test } from "vitest";
import { callLine } from "../../../layers/http/call-line.ts";
import { aCall, aRequest } from "../../fixtures/http-call.ts";

const measure = { startedAtEpochMs: 1_800_000_000_000, durationMs: 1.25, bytes: 42 };

test("a line holds what is on the list and nothing of the request", () => {
  const request = aRequest({
    method: "POST",
    path: "/mcp/secret-path",
    query: "token=secret-query",
    headers: { authorization: "Bearer secret-header" },
    body: Buffer.from("secret-body"),
  });
  const log = { operation: "tools/call", tool: "echo", outcome: "tool_error" };

  const line = callLine(request, { status: 200, headers: { "x-a": "secret-reply" }, body: "", log }, aCall, measure);

  expect(line).toEqual({
    atEpochMs: 1_800_000_000_000,
    tenantId: "none",
    admitted: false,
    bytesIn: 11,
    requestId: "11111111-2222-4333-8444-555555555555",
    operation: "tools/call",
    tool: "echo",
    outcome: "tool_error",
    status: 200,
    durationMs: 1.25,
    bytes: 42,
  });
});

test.each([
  [204, "ok"],
  [399, "ok"],
  [400, "refused"],
  [503, "refused"],
])("a reply of %i that says nothing more is %s", (status, outcome) => {
  const line = callLine(aRequest(), { status, headers: {}, body: "" }, aCall, measure);

  expect(line).toMatchObject({ operation: "GET", outcome });
  expect(line).not.toHaveProperty("tool");
});

const TRACE = "1-6740f9ad-1a2b3c4d5e6f708192a3b4c5";

test.each([
  [`Root=${TRACE}`, TRACE],
  [`Self=1-6740f9ad-000000000000000000000000;Root=${TRACE};Sampled=1`, TRACE],
  ["Root=1-6740f9ad-short", undefined],
  [`Root=${TRACE}\n`, undefined],
  ["", undefined],
])("the trace of %j is %s", (header, traceId) => {
  const request = aRequest({ headers: { "x-amzn-trace-id": header } });

  const line = callLine(request, { status: 200, headers: {}, body: "" }, aCall, measure);

  expect(line.traceId).toBe(traceId);
});

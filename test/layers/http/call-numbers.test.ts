import { expect, test } from "vitest";
import { SERIES_MAX } from "../../../layers/core/metrics/limits.ts";
import { Metrics } from "../../../layers/core/metrics/metrics.ts";
import type { CallLine } from "../../../layers/http/call-line.ts";
import { CallNumbers } from "../../../layers/http/call-numbers.ts";

const LINE: CallLine = {
  atEpochMs: 1_795_000_000_000,
  tenantId: "acme",
  requestId: "r-1",
  operation: "GET /api/jobs/{jobId}",
  outcome: "ok",
  status: 200,
  durationMs: 30,
  bytes: 12,
  bytesIn: 0,
  admitted: true,
};

/** The samples of one metric, after these calls. */
function counted(name: string, lines: readonly Partial<CallLine>[]): readonly string[] {
  const metrics = new Metrics();
  const numbers = new CallNumbers(metrics);
  for (const line of lines) numbers.callEnded({ ...LINE, ...line });
  return metrics
    .exposition()
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`));
}

test.each<[what: string, line: Partial<CallLine>, labels: string]>([
  ["a call of a route", {}, 'method="GET",endpoint="/api/jobs/{jobId}",status_code="200"'],
  ["a refused one", { status: 429 }, 'method="GET",endpoint="/api/jobs/{jobId}",status_code="429"'],
  ["a method of MCP", { operation: "tools/call" }, 'method="POST",endpoint="/mcp",status_code="200"'],
  ["a call of no route", { operation: "GET", status: 404 }, 'method="GET",endpoint="other",status_code="404"'],
])("%s is counted by method, pattern and status", (_what, line, labels) => {
  expect(counted("http_requests_total", [line, line])).toEqual([`http_requests_total{${labels}} 2`]);
});

test("what calls took is counted in seconds", () => {
  const lines = counted("http_request_duration_seconds_bucket", [{ durationMs: 30 }, { durationMs: 20_000 }]);

  const route = 'method="GET",endpoint="/api/jobs/{jobId}"';
  expect(lines).toContain(`http_request_duration_seconds_bucket{${route},le="0.025"} 0`);
  expect(lines).toContain(`http_request_duration_seconds_bucket{${route},le="0.05"} 1`);
  expect(lines).toContain(`http_request_duration_seconds_bucket{${route},le="10"} 1`);
  expect(lines).toContain(`http_request_duration_seconds_bucket{${route},le="+Inf"} 2`);
});

test("calls of tools are counted by how they ended, and other calls not among them", () => {
  const call = { operation: "tools/call", tool: "ask_user" };

  expect(counted("mcp_tool_executions_total", [call, { ...call, outcome: "tool_error" }, {}])).toEqual([
    'mcp_tool_executions_total{tool_name="ask_user",status="ok"} 1',
    'mcp_tool_executions_total{tool_name="ask_user",status="tool_error"} 1',
  ]);
});

test("no tenant and nothing that a caller made up is told of", () => {
  const methods = Array.from({ length: SERIES_MAX + 5 }, (_, number) => ({ operation: `made/up${number}` }));

  expect(counted("http_requests_total", methods)).toEqual([
    `http_requests_total{method="POST",endpoint="/mcp",status_code="200"} ${SERIES_MAX + 5}`,
  ]);
});

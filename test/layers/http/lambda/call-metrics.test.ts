import { expect, test } from "vitest";
import type { CallLine } from "../../../../layers/http/call-line.ts";
import { callMetrics } from "../../../../layers/http/lambda/call-metrics.ts";

const line: CallLine = {
  atEpochMs: 1_795_000_000_000,
  tenantId: "acme",
  requestId: "r-1",
  operation: "tools/call",
  outcome: "ok",
  status: 200,
  durationMs: 1.5,
  bytes: 12,
  bytesIn: 0,
  admitted: true,
};
const metered = callMetrics({ service: "mcp", watchedTenants: new Set(["acme"]) });

test("a line keeps all that it told and names each metric that it has a value for", () => {
  const told = metered(line);

  expect(told).toMatchObject({ ...line, service: "mcp", tenant: "acme", Calls: 1, Duration: 1.5, BytesOut: 12 });
  expect(told).toHaveProperty("_aws.Timestamp", line.atEpochMs);
  expect(told).toHaveProperty("_aws.CloudWatchMetrics.0.Dimensions", [["service"], ["tenant"]]);
  for (const name of ["Calls", "Duration", "BytesOut", "Faults", "Throttled"]) {
    expect(told).toHaveProperty(name, expect.any(Number));
    expect(JSON.stringify(told)).toContain(`"Name":"${name}"`);
  }
});

test.each<[what: string, line: Partial<CallLine>, metrics: object]>([
  ["a success", {}, { Faults: 0, Throttled: 0 }],
  ["a refusal of the caller", { status: 404 }, { Faults: 0, Throttled: 0 }],
  ["a call over the rate", { status: 429 }, { Faults: 0, Throttled: 1 }],
  ["a fault", { status: 503 }, { Faults: 1, Throttled: 0 }],
])("%s counts as what it is", (_what, given, metrics) => {
  expect(metered({ ...line, ...given })).toMatchObject(metrics);
});

test("all tenants that nobody watches are one to the metrics, and stay apart in the line", () => {
  const [one, other] = ["globex", "none"].map((tenantId) => metered({ ...line, tenantId }));

  expect(one).toMatchObject({ tenant: "_others", tenantId: "globex" });
  expect(other).toMatchObject({ tenant: "_others", tenantId: "none" });
});

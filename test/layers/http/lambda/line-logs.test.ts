import { expect, test } from "vitest";
import { lineLogs } from "../../../../layers/http/lambda/line-logs.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";

test("a call and a fault are a line of JSON each", () => {
  const clock = manualClock();
  const written: string[] = [];
  const logs = lineLogs(clock, { service: "mcp", watchedTenants: new Set() }, (line) => written.push(line));
  const line = {
    atEpochMs: 5,
    tenantId: "acme",
    requestId: "r1",
    operation: "tools/call",
    outcome: "ok",
    status: 200,
    durationMs: 1.5,
    bytes: 7,
    bytesIn: 0,
    admitted: true,
  };

  logs.callEnded(line);
  logs.reportFault(new TypeError("two\nlines"), "r2");

  expect(written.map((text) => text.indexOf("\n"))).toEqual(written.map((text) => text.length - 1));
  expect(written.map((text) => JSON.parse(text))).toMatchObject([
    line,
    { atEpochMs: clock.nowMs(), requestId: "r2", trace: [expect.stringContaining("two\nlines")] },
  ]);
});

import { expect, test } from "vitest";
import { allChecks, describeRun, isClean, lastLine, tallyOf } from "./suite-report.ts";
import type { Check, SuiteRun } from "./suite-run.ts";

const check = (status: Check["status"], errorMessage?: string): Check => ({
  id: "some-check",
  name: "SomeCheck",
  status,
  ...(errorMessage === undefined ? {} : { errorMessage }),
});

const run = (...checks: Check[]): SuiteRun => ({
  title: "a run",
  scenarios: [{ scenario: "a-scenario", checks }],
  output: "",
});

test("only checks that succeeded count as passed", () => {
  const tally = tallyOf(allChecks([run(check("SUCCESS"), check("SKIPPED"), check("INFO")), run(check("SUCCESS"))]));

  expect(tally).toEqual({ passed: 2, failed: 0, warnings: 0 });
  expect(isClean(tally)).toBe(true);
  expect(lastLine(tally)).toBe("2 passed, 0 failed, 0 warnings");
});

test.each([
  ["a failure", [check("SUCCESS"), check("FAILURE")]],
  ["a warning", [check("SUCCESS"), check("WARNING")]],
  ["nothing that passed", [check("SKIPPED")]],
])("a run with %s is not clean", (_what, checks) => {
  expect(isClean(tallyOf(checks))).toBe(false);
});

test("every failure and warning is told with its text", () => {
  const report = describeRun(run(check("FAILURE", "no reply"), check("WARNING", "no retry"), check("SUCCESS", "fine")));

  expect(report).toContain("FAILURE a-scenario some-check: no reply");
  expect(report).toContain("WARNING a-scenario some-check: no retry");
  expect(report).not.toContain("fine");
});

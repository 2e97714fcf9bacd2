import type { Check, SuiteRun } from "./suite-run.ts";

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly warnings: number;
}

export function tallyOf(checks: readonly Check[]): Tally {
  const count = (status: Check["status"]) => checks.filter((check) => check.status === status).length;
  return { passed: count("SUCCESS"), failed: count("FAILURE"), warnings: count("WARNING") };
}

export const allChecks = (runs: readonly SuiteRun[]): Check[] =>
  runs.flatMap((run) => run.scenarios.flatMap((scenario) => scenario.checks));

/** Not one failure, and not one warning either: a SHOULD that we leave out is decided, not overlooked. */
export const isClean = ({ passed, failed, warnings }: Tally): boolean => passed > 0 && failed === 0 && warnings === 0;

export const lastLine = ({ passed, failed, warnings }: Tally): string =>
  `${passed} passed, ${failed} failed, ${warnings} warnings`;

/** A table of the run's scenarios, and below it every failure and warning in the suite's own words. */
export function describeRun(run: SuiteRun): string {
  const width = Math.max(...run.scenarios.map(({ scenario }) => scenario.length));
  const rows = run.scenarios.map(({ scenario, checks }) => {
    const { passed, failed, warnings } = tallyOf(checks);
    const rest = checks.length - passed - failed - warnings;
    return `  ${scenario.padEnd(width)} ${cell(passed)} ${cell(failed)} ${cell(warnings)} ${cell(rest)}`;
  });
  const heading = `${run.title.padEnd(width + 2)} ${["passed", "failed", "warned", "other"].map((word) => word.padStart(CELL_WIDTH)).join(" ")}`;
  const complaints = run.scenarios.flatMap(({ scenario, checks }) =>
    checks.filter(isComplaint).map((check) => `  ${check.status} ${scenario} ${check.id}: ${complaintOf(check)}`),
  );
  return [heading, ...rows, ...complaints].join("\n");
}

const CELL_WIDTH = 7;
const cell = (count: number): string => String(count).padStart(CELL_WIDTH);
const isComplaint = (check: Check): boolean => check.status === "FAILURE" || check.status === "WARNING";
const complaintOf = (check: Check): string => check.errorMessage ?? check.description ?? check.name;

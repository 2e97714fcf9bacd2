import {
  GRACE_MS_MAX,
  LOOK_COUNT_MAX,
  ORDER_BYTES_MAX,
  RUN_ID_PATTERN,
  type RunOrder,
  type RunRef,
  type StartProblem,
} from "../../core/ports/runner.ts";
import { ok, type Result, refused } from "../../core/result.ts";

const VARIABLE_PATTERN = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Set by the supervisor, whatever was ordered. */
const OWN_VARIABLES = new Set(["HOME", "TMPDIR", "HOST", "PORT"]);
const OWN_PREFIX = "SKEIN_";

/** A caller's mistake, so a fault. */
export class RunMalformed extends Error {
  readonly code = "run_malformed";
  constructor(part: string, allowed: string) {
    super(`${part} is not ${allowed}`);
    this.name = "RunMalformed";
  }
}

/** @throws {RunMalformed} for what no order of ours has. */
export function checkOrder(order: RunOrder): Result<undefined, StartProblem> {
  checkRunId(order.runId);
  const { graceMs } = order;
  if (!(graceMs >= 0 && graceMs <= GRACE_MS_MAX)) throw new RunMalformed("graceMs", `from 0 to ${GRACE_MS_MAX}`);
  const name = Object.keys(order.environment).find(
    (each) => !VARIABLE_PATTERN.test(each) || OWN_VARIABLES.has(each) || each.startsWith(OWN_PREFIX),
  );
  const value = Object.entries(order.environment).find(([, each]) => each.includes("\0"))?.[0];
  if (name !== undefined || value !== undefined) {
    return refused({ reason: "environment_refused", name: name ?? value ?? "" });
  }
  const bytes = Buffer.byteLength(JSON.stringify({ command: order.command, environment: order.environment }));
  return bytes > ORDER_BYTES_MAX ? refused({ reason: "order_too_large", bytes, bytesMax: ORDER_BYTES_MAX }) : ok();
}

/** @throws {RunMalformed} */
export function checkRuns(runs: readonly RunRef[]): void {
  if (runs.length > LOOK_COUNT_MAX) throw new RunMalformed("runs", `at most ${LOOK_COUNT_MAX}`);
  for (const { runId } of runs) checkRunId(runId);
}

function checkRunId(runId: string): void {
  if (!RUN_ID_PATTERN.test(runId)) throw new RunMalformed("runId", "1 to 64 of letters, digits, - and _");
}

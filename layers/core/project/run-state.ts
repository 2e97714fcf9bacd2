import { ENDED_RUN_KEPT_MS, type RunStatus } from "../ports/runner.ts";
import { ORDER_LOST_MS, STOP_OVERDUE_MS } from "./limits.ts";
import type { EndedRun, OpenRun, RunEnd } from "./project.ts";

/** What is to be done about an open run, by what the runner says of it now. */
export type RunFinding =
  /** As it was written down. */
  | { readonly find: "as_known" }
  /** To be written down. */
  | { readonly find: "changed"; readonly run: OpenRun }
  | { readonly find: "ended"; readonly run: EndedRun }
  /** The order never reached the runner: to be sent again. */
  | { readonly find: "unsent" }
  /** It goes on long after its end was asked for: to be asked again, without grace. */
  | { readonly find: "overdue" };

/** @param status undefined where the runner does not know the run. */
export function findingOf(run: OpenRun, status: RunStatus | undefined, nowEpochMs: number): RunFinding {
  if (status === undefined) return unknownRun(run, nowEpochMs);
  if (status.state === "exited") return { find: "ended", run: endedBy(run, status) };
  if (run.state === "stopping") {
    const isOverdue = nowEpochMs - run.stopAskedAtEpochMs >= run.graceMs + STOP_OVERDUE_MS;
    return isOverdue ? { find: "overdue" } : { find: "as_known" };
  }
  if (run.state === "running" || status.state === "starting") return { find: "as_known" };
  const { startedAtEpochMs, place } = status;
  return { find: "changed", run: { ...run, state: "running", startedAtEpochMs, place } };
}

/**
 * A runner tells of a run for long after its end. So one that it does not know was never ordered, or has ended while
 * nobody looked at it for longer than that.
 */
function unknownRun(run: OpenRun, nowEpochMs: number): RunFinding {
  const sinceMs = nowEpochMs - run.orderedAtEpochMs;
  if (run.state === "starting" && sinceMs < ENDED_RUN_KEPT_MS) {
    return { find: sinceMs >= ORDER_LOST_MS ? "unsent" : "as_known" };
  }
  const reason = run.state === "stopping" ? "stopped" : "host_lost";
  return { find: "ended", run: endedAs(run, { reason, atEpochMs: nowEpochMs }) };
}

export function endedAs(run: OpenRun, end: RunEnd): EndedRun {
  const { state, ...rest } = run;
  if (state !== "stopping") return { ...rest, state: "ended", end };
  const { stopAskedAtEpochMs: _asked, ...ordered } = run;
  return { ...ordered, state: "ended", end };
}

function endedBy(run: OpenRun, status: RunStatus & { readonly state: "exited" }): EndedRun {
  const { reason, exitCode, signal, detail, startedAtEpochMs, endedAtEpochMs: atEpochMs, place } = status;
  const end: RunEnd = {
    reason,
    ...(exitCode !== undefined && { exitCode }),
    ...(signal !== undefined && { signal }),
    ...(detail !== undefined && { detail }),
    atEpochMs,
  };
  return { ...endedAs(run, end), place, ...(startedAtEpochMs !== undefined && { startedAtEpochMs }) };
}

import type { Clock } from "../../core/ports/clock.ts";
import type { CallLine } from "../call-line.ts";
import { faultLine } from "../fault-line.ts";
import type { FaultReport } from "../fault-reply.ts";
import { type CallMetricsOptions, callMetrics } from "./call-metrics.ts";

export interface LineLogs {
  readonly callEnded: (line: CallLine) => void;
  readonly reportFault: FaultReport;
}

/**
 * A line of JSON for each call, with its metrics in it, and for each fault. Lambda takes what a function writes out for
 * its log.
 */
export function lineLogs(clock: Clock, metrics: CallMetricsOptions, write: (line: string) => void): LineLogs {
  const withMetrics = callMetrics(metrics);
  return {
    callEnded: (line) => write(`${JSON.stringify(withMetrics(line))}\n`),
    reportFault: faultLines(clock, write),
  };
}

/** A line of JSON for each fault, for a function that has no calls. */
export function faultLines(clock: Clock, write: (line: string) => void): FaultReport {
  return (fault, requestId) => write(`${JSON.stringify(faultLine(fault, { atEpochMs: clock.nowMs(), requestId }))}\n`);
}

import { join } from "node:path";
import type { Clock } from "../core/ports/clock.ts";
import type { CallLine } from "../http/call-line.ts";
import { faultLine } from "../http/fault-line.ts";
import type { FaultReport } from "../http/fault-reply.ts";
import { LogFile } from "./log-file.ts";

export interface CellLogs {
  readonly callEnded: (line: CallLine) => void;
  readonly reportFault: FaultReport;
  /** A run of a job. */
  readonly runEnded: (line: object) => void;
  /** What was brought to those who are connected. */
  readonly laneEnded: (line: object) => void;
  close(): void;
}

/**
 * `calls.ndjson` with a line a call, `jobs.ndjson` with a line a run of a job, `lanes.ndjson` with a line each time that
 * messages were brought to those who are connected, and `faults.ndjson` with what went wrong inside, by the id told to the caller.
 */
export function cellLogs(folder: string, clock: Clock): CellLogs {
  const calls = new LogFile(join(folder, "calls.ndjson"), clock);
  const jobs = new LogFile(join(folder, "jobs.ndjson"), clock);
  const lanes = new LogFile(join(folder, "lanes.ndjson"), clock);
  const faults = new LogFile(join(folder, "faults.ndjson"), clock);
  return {
    callEnded: (line) => calls.append(line),
    runEnded: (line) => jobs.append(line),
    laneEnded: (line) => lanes.append({ atEpochMs: clock.nowMs(), ...line }),
    reportFault: (fault, requestId) => faults.append(faultLine(fault, { atEpochMs: clock.nowMs(), requestId })),
    close() {
      calls.close();
      jobs.close();
      lanes.close();
      faults.close();
    },
  };
}

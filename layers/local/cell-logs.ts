import { join } from "node:path";
import type { Clock } from "../core/ports/clock.ts";
import type { CallLine } from "../http/call-line.ts";
import { type FaultReport, faultCode } from "../http/fault-reply.ts";
import { LogFile } from "./log-file.ts";

export interface CellLogs {
  readonly callEnded: (line: CallLine) => void;
  readonly reportFault: FaultReport;
  close(): void;
}

/** `calls.ndjson` with a line a call, and `faults.ndjson` with what went wrong inside, by the id told to the caller. */
export function cellLogs(folder: string, clock: Clock): CellLogs {
  const calls = new LogFile(join(folder, "calls.ndjson"), clock);
  const faults = new LogFile(join(folder, "faults.ndjson"), clock);
  return {
    callEnded: (line) => calls.append(line),
    reportFault: (fault, requestId) =>
      faults.append({ atEpochMs: clock.nowMs(), requestId, code: faultCode(fault), trace: traces(fault) }),
    close() {
      calls.close();
      faults.close();
    },
  };
}

const CAUSES_MAX = 5;

/** The stack of a fault and of what caused it. */
function traces(fault: unknown): readonly string[] {
  const found: string[] = [];
  for (let cause = fault; cause !== undefined && found.length < CAUSES_MAX; ) {
    found.push(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return found;
}

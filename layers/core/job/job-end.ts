import { StoreFault } from "../ports/store-fault.ts";
import type { Json } from "../ports/table.ts";
import type { Job } from "./job.ts";
import type { JobParts } from "./job-parts.ts";
import { JOB_KEPT_MS } from "./limits.ts";

/** What every end of a job sets: from then on it can be looked at for a week. */
export function endedAt(nowEpochMs: number): Readonly<Record<string, Json>> {
  return {
    endedAtEpochMs: nowEpochMs,
    expiresAtEpochSeconds: Math.ceil((nowEpochMs + JOB_KEPT_MS) / 1_000),
  };
}

/** Does what follows from a job's end, and deletes its entry. Where a store fails, the sweeper does it. */
export async function releaseEnded(parts: Pick<JobParts, "entries" | "ended" | "report">, job: Job): Promise<void> {
  try {
    await parts.ended?.(job);
    await parts.entries.close(job.tenantId, job);
  } catch (fault) {
    if (!(fault instanceof StoreFault)) throw fault;
    parts.report(fault);
  }
}

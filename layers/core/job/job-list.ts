import type { Table } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import { recordPartition } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { Job, JobState } from "./job.ts";
import { jobIdPrefix, parseJobId } from "./job-id.ts";
import { isWhole } from "./job-order.ts";
import type { JobListProblem } from "./job-problem.ts";
import { JOB_LIST_DEFAULT, JOB_LIST_MAX, JOB_LIST_READS_MAX } from "./limits.ts";
import { parseStoredJob } from "./stored-job.ts";

export interface JobFilter {
  readonly state?: JobState | undefined;
  /** From this moment on. */
  readonly submittedAfterEpochMs?: number | undefined;
  /** Up to this moment, which is left out. */
  readonly submittedBeforeEpochMs?: number | undefined;
  /** 1 to 100. @default 20 */
  readonly limit?: number | undefined;
  /** Of an earlier page of the same list. */
  readonly cursor?: string | undefined;
}

export interface JobPage {
  readonly jobs: readonly Job[];
  /** Set when more may follow. A page may hold fewer than asked, even none, and still not be the last. */
  readonly cursor?: string;
}

/** A tenant's jobs, the newest first. Reads a bounded number of them, whatever few of them are of the state. */
export async function listJobs(
  table: Table,
  tenantId: TenantId,
  filter: JobFilter,
): Promise<Result<JobPage, JobListProblem>> {
  const { limit = JOB_LIST_DEFAULT, submittedAfterEpochMs: from, submittedBeforeEpochMs: until } = filter;
  if (!isWhole(limit, { min: 1, max: JOB_LIST_MAX }))
    return refused({ reason: "job_limit_invalid", limitMax: JOB_LIST_MAX });
  if (filter.cursor !== undefined && !parseJobId(filter.cursor).ok) return refused({ reason: "job_cursor_malformed" });
  const jobs: Job[] = [];
  let cursor = filter.cursor;
  for (let read = 1; read <= JOB_LIST_READS_MAX; read++) {
    const page = await table.query({
      pk: recordPartition(tenantId, "JOB"),
      reverse: true,
      limit,
      ...(from !== undefined && { after: jobIdPrefix(from) }),
      ...(until !== undefined && { before: jobIdPrefix(until) }),
      ...(cursor !== undefined && { cursor }),
    });
    for (const item of page.items) {
      const job = parseStoredJob(tenantId, item);
      if (job !== undefined && (filter.state === undefined || job.state === filter.state)) jobs.push(job);
      if (jobs.length === limit) return ok({ jobs, cursor: item.sk });
    }
    if (page.cursor === undefined) return ok({ jobs });
    cursor = page.cursor;
  }
  return ok(cursor === undefined ? { jobs } : { jobs, cursor });
}

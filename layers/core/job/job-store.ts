import type { Condition, ItemChange, Table, WriteProblem } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import { jobKey } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { Job, JobState } from "./job.ts";
import type { JobId } from "./job-id.ts";
import { parseStoredJob, storedJob, VOID } from "./stored-job.ts";

/** Another came first and left `current`; undefined where no job is. */
export type JobWriteLost = { readonly reason: "job_write_lost"; readonly current: Job | undefined };

/** A job within its own limits did not fit an item: the limits contradict each other. */
export class JobOversized extends Error {
  readonly code = "job_oversized";
  constructor(bytes: number) {
    super(`a job of ${bytes} bytes passed its limits and not the table's`);
    this.name = "JobOversized";
  }
}

/** The items of jobs. Every change but the first is conditional on what it was judged on. */
export class JobStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async get(tenantId: TenantId, jobId: JobId): Promise<Job | undefined> {
    return parseStoredJob(tenantId, await this.#table.get(jobKey(tenantId, jobId)));
  }

  /** Refused where there is one, or where it was made void meanwhile: then `current` is undefined. */
  async make(job: Job): Promise<Result<Job, JobWriteLost>> {
    const made = await this.#table.put(storedJob(job), { if: "absent" });
    return made.ok ? ok(job) : lost(job.tenantId, made.problem);
  }

  /** Keeps the place of a job that was never made from being taken by its late submitter. Refused where there is a job. */
  async makeVoid(
    tenantId: TenantId,
    jobId: JobId,
    expiresAtEpochSeconds: number,
  ): Promise<Result<undefined, JobWriteLost>> {
    const made = await this.#table.put(
      { ...jobKey(tenantId, jobId), state: VOID, expiresAtEpochSeconds },
      { if: "any", of: [{ if: "absent" }, inState(VOID)] },
    );
    return made.ok ? ok() : lost(tenantId, made.problem);
  }

  async change(
    tenantId: TenantId,
    jobId: JobId,
    { change, where }: { readonly change: ItemChange; readonly where: readonly Condition[] },
  ): Promise<Result<Job, JobWriteLost>> {
    const changed = await this.#table.update(jobKey(tenantId, jobId), change, { if: "all", of: where });
    if (!changed.ok) return lost(tenantId, changed.problem);
    const job = parseStoredJob(tenantId, changed.value);
    return job === undefined ? refused({ reason: "job_write_lost", current: undefined }) : ok(job);
  }
}

/** @throws {JobOversized} */
function lost(tenantId: TenantId, problem: WriteProblem): Result<never, JobWriteLost> {
  if (problem.reason === "item_too_large") throw new JobOversized(problem.bytes);
  return refused({ reason: "job_write_lost", current: parseStoredJob(tenantId, problem.current) });
}

export const inState = (state: JobState | typeof VOID): Condition => ({
  if: "equals",
  attribute: "state",
  value: state,
});

/** Nothing that can be seen of the job has changed, and nobody has claimed it. */
export const asSeen = ({ revision, term }: Pick<Job, "revision" | "term">): readonly Condition[] => [
  { if: "equals", attribute: "revision", value: revision },
  { if: "equals", attribute: "term", value: term },
];

/** The worker of this term still has the job. */
export const heldIn = (term: number): readonly Condition[] => [
  inState("running"),
  { if: "equals", attribute: "term", value: term },
];

/** Nobody has woken the job while it ran in this term. */
export const notWokenIn = (term: number): Condition => ({
  if: "any",
  of: [
    { if: "attribute_absent", attribute: "wokenTerm" },
    { if: "below", attribute: "wokenTerm", value: term },
  ],
});

import type { Json } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { isEnd, type Job, openQuestions } from "./job.ts";
import { endedAt, releaseEnded } from "./job-end.ts";
import type { JobId } from "./job-id.ts";
import { type JobFilter, type JobPage, listJobs } from "./job-list.ts";
import type { JobOrder } from "./job-order.ts";
import { type JobDeps, type JobParts, jobParts } from "./job-parts.ts";
import type {
  JobAnswerProblem,
  JobChangeProblem,
  JobListProblem,
  JobRedriveProblem,
  JobStateWrong,
  JobSubmitProblem,
  JobTooLarge,
} from "./job-problem.ts";
import { redriveJob } from "./job-redrive.ts";
import { asSeen, inState } from "./job-store.ts";
import { JobSubmission, type Submitted } from "./job-submission.ts";
import { valueText } from "./job-values.ts";
import {
  JOB_ANSWERS_BYTES_MAX,
  JOB_CHANGE_ATTEMPTS_MAX,
  JOB_WATCH_GROWTH,
  JOB_WATCH_MS,
  JOB_WATCH_MS_MAX,
} from "./limits.ts";
import { storedRecord } from "./stored-job.ts";

/**
 * The jobs of all tenants: to submit, to look at and to change from outside. A job belongs to its tenant; who of the
 * tenant may see whose is for the caller to judge by `submitter`. Another tenant's id answers as one that nobody gave.
 *
 * A method throws StoreFault when the table fails: then nothing is acknowledged, and nothing says that it was undone. A
 * queue that fails is no fault: what is stored is done, if later.
 */
export class Jobs {
  readonly #parts: JobParts;
  readonly #submission: JobSubmission;

  constructor(deps: JobDeps) {
    this.#parts = jobParts(deps);
    this.#submission = new JobSubmission(this.#parts);
  }

  /** Once it resolves, the job ends, whatever dies in between: {@link JobSubmission} says why. */
  submit(tenantId: TenantId, order: JobOrder): Promise<Result<Submitted, JobSubmitProblem>> {
    return this.#submission.submit(tenantId, order);
  }

  get(tenantId: TenantId, jobId: JobId): Promise<Job | undefined> {
    return this.#parts.store.get(tenantId, jobId);
  }

  /** The newest first. Those that failed for good are the tenant's dead letters. */
  list(tenantId: TenantId, filter: JobFilter): Promise<Result<JobPage, JobListProblem>> {
    return listJobs(this.#parts.table, tenantId, filter);
  }

  /** What a job that succeeded came to; undefined where it did not, or where its result is over. */
  async resultOf({ result }: Job): Promise<Json | undefined> {
    return result && this.#parts.values.read(result);
  }

  /** How many of a tenant's jobs have not ended: what the quota `jobsInFlight` is repaired by. */
  openJobs(tenantId: TenantId): Promise<number> {
    return this.#parts.entries.count(tenantId);
  }

  /**
   * A job that nobody runs ends at once. One that is running is told so at its next heartbeat, and may succeed all the
   * same: the answer is the job as it is then. To ask twice changes nothing.
   */
  async cancel(tenantId: TenantId, jobId: JobId): Promise<Result<Job, JobChangeProblem>> {
    const cancelled = await this.#changed<JobStateWrong>(tenantId, jobId, (job) => {
      if (isEnd(job.state)) return refused({ reason: "job_state_wrong", state: job.state });
      const nowMs = this.#parts.clock.nowMs();
      if (job.state === "running")
        return ok(job.cancelAskedAtEpochMs === undefined ? { cancelAskedAtEpochMs: nowMs } : "as it is");
      return ok({ state: "cancelled", cancelAskedAtEpochMs: nowMs, ...endedAt(nowMs) });
    });
    if (cancelled.ok && isEnd(cancelled.value.state)) await releaseEnded(this.#parts, cancelled.value);
    return cancelled;
  }

  /**
   * Answers what a waiting job has asked, all of it or some. Once nothing is open it is queued. What it never asked, or
   * was answered before, is left out.
   */
  async answer(
    tenantId: TenantId,
    jobId: JobId,
    given: Readonly<Record<string, Json>>,
  ): Promise<Result<Job, JobAnswerProblem>> {
    const answered = await this.#changed<JobStateWrong | JobTooLarge>(tenantId, jobId, (job) => {
      if (job.state !== "waiting") return refused({ reason: "job_state_wrong", state: job.state });
      const open = openQuestions(job);
      const taken = Object.entries(given).filter(([key]) => Object.hasOwn(open, key));
      if (taken.length === 0) return ok("as it is");
      const answers = { ...job.answers, ...Object.fromEntries(taken) };
      const { bytes } = valueText(answers);
      if (bytes > JOB_ANSWERS_BYTES_MAX)
        return refused({ reason: "job_too_large", part: "answers", bytes, bytesMax: JOB_ANSWERS_BYTES_MAX });
      if (taken.length < Object.keys(open).length) return ok({ answers: storedRecord(answers) });
      return ok({ answers: storedRecord(answers), state: "queued", readyAtEpochMs: this.#parts.clock.nowMs() });
    });
    if (answered.ok && answered.value.state === "queued") await this.#parts.sender.send(tenantId, answered.value);
    return answered;
  }

  /**
   * Has a job run again that waits until it is woken, whatever was not answered; one that runs does not begin to wait, but
   * is run once more. Any other is left as it is. To wake twice does no harm.
   */
  async wake(tenantId: TenantId, jobId: JobId): Promise<Result<Job, JobChangeProblem>> {
    const woken = await this.#changed<never>(tenantId, jobId, ({ state, term, wokenTerm, wakeAtEpochMs }) => {
      if (state === "running") return ok(wokenTerm === term ? "as it is" : { wokenTerm: term });
      const isToWake = state === "waiting" && wakeAtEpochMs !== undefined;
      return ok(isToWake ? { state: "queued", readyAtEpochMs: this.#parts.clock.nowMs() } : "as it is");
    });
    if (woken.ok && woken.value.state === "queued") await this.#parts.sender.send(tenantId, woken.value);
    return woken;
  }

  /** A job that failed runs again, with its first number of attempts and under a new place of the quota. */
  redrive(tenantId: TenantId, jobId: JobId): Promise<Result<Job, JobRedriveProblem>> {
    return redriveJob({ parts: this.#parts, submission: this.#submission }, tenantId, jobId);
  }

  /**
   * Waits until the job is of another revision than `since`, until the time is over, or until the signal is aborted.
   *
   * @returns the job as it is then; undefined where there is none, or no longer.
   */
  async changeOf(
    tenantId: TenantId,
    jobId: JobId,
    { since, timeoutMs, signal }: { readonly since: number; readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<Job | undefined> {
    const { clock, store } = this.#parts;
    const untilMs = clock.nowMs() + timeoutMs;
    let pauseMs = JOB_WATCH_MS;
    let job = await store.get(tenantId, jobId);
    while (job?.revision === since && clock.nowMs() < untilMs && signal?.aborted !== true) {
      await clock.sleep(Math.min(pauseMs, untilMs - clock.nowMs()), signal);
      pauseMs = Math.min(pauseMs * JOB_WATCH_GROWTH, JOB_WATCH_MS_MAX);
      job = await store.get(tenantId, jobId);
    }
    return job;
  }

  /** Judges and writes again on top of what another writer left. */
  async #changed<P>(
    tenantId: TenantId,
    jobId: JobId,
    judge: (job: Job) => Result<Readonly<Record<string, Json>> | "as it is", P>,
  ): Promise<Result<Job, P | JobChangeProblem>> {
    let job = await this.#parts.store.get(tenantId, jobId);
    for (let attempt = 1; attempt <= JOB_CHANGE_ATTEMPTS_MAX; attempt++) {
      if (job === undefined) return refused({ reason: "job_unknown" });
      const judged = judge(job);
      if (!judged.ok) return judged;
      if (judged.value === "as it is") return ok(job);
      const set = { changedAtEpochMs: this.#parts.clock.nowMs(), ...judged.value };
      const written = await this.#parts.store.change(tenantId, jobId, {
        change: { set, add: { revision: 1 } },
        where: [inState(job.state), ...asSeen(job)],
      });
      if (written.ok) return written;
      job = written.problem.current;
    }
    return refused({ reason: "job_contended", attempts: JOB_CHANGE_ATTEMPTS_MAX });
  }
}

import { type Chance, randomShare } from "../ports/chance.ts";
import type { Message } from "../ports/queue.ts";
import type { Json } from "../ports/table.ts";
import { FencedWriter } from "./fenced-writer.ts";
import { isEnd, type Job, type JobFailure } from "./job.ts";
import { JobClaim } from "./job-claim.ts";
import { type JobEnding, JobEndings } from "./job-endings.ts";
import { type JobMessage, parseJobMessage } from "./job-message.ts";
import { type JobDeps, type JobParts, jobParts } from "./job-parts.ts";
import type { JobHandler, JobHandlers, JobOutcome, JobRun } from "./job-run.ts";
import { inState } from "./job-store.ts";
import {
  JOB_BACKOFF_MS,
  JOB_BACKOFF_MS_MAX,
  JOB_DELIVERIES_MAX,
  JOB_LEASE_MS,
  JOB_STOP_GRACE_MS,
  QUEUE_DELAY_MS_MAX,
} from "./limits.ts";

/** What becomes of a message. */
export type JobTaking =
  /** It has nothing more to say: complete it. `job` is what this worker left, where it claimed it. */
  | { readonly message: "complete"; readonly job?: Job }
  /** It is to come again, so long from now: extend it. */
  | { readonly message: "later"; readonly afterSeconds: number };

const COMPLETE: JobTaking = { message: "complete" };

export interface JobWorkerDeps extends JobDeps {
  readonly handlers: JobHandlers;
}

/**
 * Runs jobs, one for each message that it is given; as many at a time as its caller takes.
 *
 * A message says only that a job may be ready. The worker that sets the job from queued to running, in one conditional
 * write which raises the term, has it; so a message that comes twice, late, or out of order changes nothing. The worker
 * extends its lease as long as it lives. Once the lease is over any message leads to the next claim, and the worker before
 * can't write its end any more.
 *
 * A tenant that is suspended or deleted: none of its jobs is claimed, they wait and run within a quarter of an hour after
 * it is active again; one that runs is stopped at its next heartbeat and ends as cancelled, for what it did must not go on
 * without anybody asking for it again.
 *
 * @see JobRun what a handler is promised, and {@link FencedWriter} what is not.
 */
export class JobWorker {
  readonly #parts: JobParts;
  readonly #handlers: JobHandlers;
  readonly #endings: JobEndings;

  constructor({ handlers, ...deps }: JobWorkerDeps) {
    this.#parts = jobParts(deps);
    this.#handlers = handlers;
    this.#endings = new JobEndings(this.#parts);
  }

  /**
   * Claims the message's job and runs it to an outcome.
   *
   * @param bounds.deadlineEpochMs when the work is to stop, some seconds before the worker itself is ended.
   * @param bounds.signal aborted when the worker is to end sooner.
   * @throws {StoreFault} when the table fails: let the message come again.
   */
  async take(
    { tenantId, body, attempt }: Pick<Message, "tenantId" | "body" | "attempt">,
    bounds: { readonly deadlineEpochMs: number; readonly signal?: AbortSignal },
  ): Promise<JobTaking> {
    const message = parseJobMessage(body);
    if (message === undefined) {
      this.#parts.report(new JobMessageMalformed());
      return COMPLETE;
    }
    const policy = await this.#parts.policies.policyOf(tenantId);
    if (policy?.status !== "active") return COMPLETE;
    const claimedAtMs = this.#parts.clock.nowMs();
    const claimed = await this.#claim({ ...message, tenantId }, claimedAtMs);
    if (!claimed.ok) return this.#unclaimed(claimed.problem.current, { message, attempt });
    const job = await this.#work(claimed.value, { ...bounds, claimedAtMs });
    return job === undefined ? COMPLETE : { message: "complete", job };
  }

  /** In one write, whoever had it before: what there is to judge is judged on the job as it comes back. */
  #claim({ tenantId, jobId }: Pick<Job, "tenantId" | "jobId">, nowMs: number) {
    const isReady = { if: "below", attribute: "readyAtEpochMs", value: nowMs + 1 } as const;
    const isLeft = { if: "below", attribute: "leaseUntilEpochMs", value: nowMs } as const;
    return this.#parts.store.change(tenantId, jobId, {
      change: {
        set: {
          state: "running",
          leaseUntilEpochMs: nowMs + JOB_LEASE_MS,
          startedAtEpochMs: nowMs,
          changedAtEpochMs: nowMs,
        },
        add: { term: 1, attempts: 1, revision: 1 },
      },
      where: [
        {
          if: "any",
          of: [
            { if: "all", of: [inState("queued"), isReady] },
            { if: "all", of: [inState("running"), isLeft] },
          ],
        },
      ],
    });
  }

  /**
   * A job that is not ready, or that another has, is come back to where this message is the one that leads to it. Past some
   * deliveries that is left to the sweeper.
   */
  #unclaimed(
    job: Job | undefined,
    { message, attempt }: { readonly message: JobMessage; readonly attempt: number },
  ): JobTaking {
    if (job === undefined || isEnd(job.state) || job.state === "waiting" || attempt >= JOB_DELIVERIES_MAX)
      return COMPLETE;
    const isOld = job.state === "queued" && message.readyAtEpochMs < job.readyAtEpochMs;
    const afterMs =
      (job.state === "queued" ? job.readyAtEpochMs : (job.leaseUntilEpochMs ?? 0)) - this.#parts.clock.nowMs();
    if (isOld || afterMs > QUEUE_DELAY_MS_MAX) return COMPLETE;
    return { message: "later", afterSeconds: Math.max(1, Math.ceil(afterMs / 1_000)) };
  }

  async #work(
    job: Job,
    bounds: { readonly deadlineEpochMs: number; readonly signal?: AbortSignal; readonly claimedAtMs: number },
  ): Promise<Job | undefined> {
    const ending = this.#endedBefore(job, bounds.claimedAtMs);
    if (ending !== undefined) return this.#endings.write(job, ending);
    const input = await this.#parts.values.read(job.input);
    if (input === undefined) return this.#endings.write(job, failedFor(INPUT_GONE));
    const claim = new JobClaim(this.#parts, job, bounds);
    const halt = () => claim.halt("deadline");
    bounds.signal?.addEventListener("abort", halt, { once: true });
    if (bounds.signal?.aborted === true) halt();
    claim.start();
    const settled = await this.#settled(job, { claim, input });
    bounds.signal?.removeEventListener("abort", halt);
    const progress = await claim.end();
    return this.#endings.write(job, this.#endingOf(job, { settled, claim }), progress);
  }

  /** What needs no handler any more. */
  #endedBefore(
    { cancelAskedAtEpochMs, attempts, attemptsMax, endByEpochMs }: Job,
    nowMs: number,
  ): JobEnding | undefined {
    if (cancelAskedAtEpochMs !== undefined) return { to: "cancelled" };
    if (attempts > attemptsMax) return failedFor(WORKER_LOST);
    return nowMs > endByEpochMs ? failedFor(TOO_OLD) : undefined;
  }

  async #settled(job: Job, { claim, input }: { readonly claim: JobClaim; readonly input: Json }): Promise<Settled> {
    const handler = this.#handlers.get(job.kind);
    if (handler === undefined) return { by: "outcome", outcome: KIND_UNKNOWN };
    const writer = new FencedWriter({ table: this.#parts.table, job, isOver: () => claim.isOver });
    const run: JobRun = {
      job,
      input,
      signal: claim.signal,
      writer,
      progress: (progress) => claim.tell(progress),
      ask: (questions) => ({ outcome: "asked", questions }),
    };
    const over = new AbortController();
    const settled = await Promise.race([settledBy(handler, run), this.#leftBehind(claim.signal, over.signal)]);
    over.abort("over");
    return settled;
  }

  /** Some seconds after the handler was told to stop. */
  async #leftBehind(stop: AbortSignal, over: AbortSignal): Promise<Settled> {
    await new Promise<void>((resolve) => {
      if (stop.aborted || over.aborted) return resolve();
      stop.addEventListener("abort", () => resolve(), { once: true });
      over.addEventListener("abort", () => resolve(), { once: true });
    });
    await this.#parts.clock.sleep(JOB_STOP_GRACE_MS, over);
    return { by: "time" };
  }

  /** What has come to its end has, whoever wanted it stopped. */
  #endingOf(job: Job, { settled, claim }: { readonly settled: Settled; readonly claim: JobClaim }): JobEnding {
    if (settled.by === "outcome" && settled.outcome.outcome === "succeeded")
      return { to: "succeeded", result: settled.outcome.result };
    if (claim.stop === "cancelled") return { to: "cancelled" };
    if (claim.stop === "tenant_inactive") return { to: "cancelled", failure: TENANT_INACTIVE };
    if (settled.by === "outcome" && settled.outcome.outcome === "asked")
      return { to: "waiting", questions: settled.outcome.questions };
    if (settled.by === "outcome" && settled.outcome.outcome === "failed") {
      const { failure, isFinal } = settled.outcome;
      return isFinal ? failedFor(failure) : this.#retriedFor(failure, job);
    }
    if (claim.stop !== undefined) return this.#retriedFor(STOPPED[claim.stop], job);
    if (settled.by === "fault") this.#parts.report(settled.fault);
    return this.#retriedFor({ ...HANDLER_FAILED, ...(settled.by === "fault" && codeOf(settled.fault)) }, job);
  }

  #retriedFor(failure: JobFailure, job: Job): JobEnding {
    if (job.attempts >= job.attemptsMax) return failedFor(failure);
    return { to: "queued", failure, afterMs: backoffMs(this.#parts.chance, job.attempts) };
  }
}

/** A message that nobody here has sent. It is thrown away. */
export class JobMessageMalformed extends Error {
  readonly code = "job_message_malformed";
  constructor() {
    super("a message in a queue of jobs names no job");
    this.name = "JobMessageMalformed";
  }
}

type Settled =
  | { readonly by: "outcome"; readonly outcome: JobOutcome }
  | { readonly by: "fault"; readonly fault: unknown }
  | { readonly by: "time" };

async function settledBy(handler: JobHandler, run: JobRun): Promise<Settled> {
  try {
    return { by: "outcome", outcome: await handler(run) };
  } catch (fault) {
    return { by: "fault", fault };
  }
}

/** Any time up to twice as long as the attempt before, so that jobs that failed together don't come back together. */
export function backoffMs(chance: Chance, attempts: number): number {
  const most = Math.min(JOB_BACKOFF_MS_MAX, JOB_BACKOFF_MS * 2 ** Math.max(0, attempts - 1));
  return Math.round(most * randomShare(chance));
}

const failedFor = (failure: JobFailure): JobEnding => ({ to: "failed", failure });

const CODE_PATTERN = /^[a-z][a-z0-9_]{0,63}$/;

function codeOf(fault: unknown): { readonly code: string } | undefined {
  const code = fault instanceof Error && "code" in fault ? fault.code : undefined;
  return typeof code === "string" && CODE_PATTERN.test(code) ? { code } : undefined;
}

const HANDLER_FAILED: JobFailure = { code: "handler_failed", message: "The work failed unexpectedly." };
const INPUT_GONE: JobFailure = { code: "job_input_gone", message: "What the job was to work on is over." };
const WORKER_LOST: JobFailure = {
  code: "worker_lost",
  message: "Each worker that ran the job was lost before it came to an end.",
};
const TOO_OLD: JobFailure = { code: "job_too_old", message: "The job has not ended within its longest time." };
const TENANT_INACTIVE: JobFailure = { code: "tenant_inactive", message: "The tenant was suspended or deleted." };
const STOPPED: Readonly<Record<"deadline" | "lease_lost", JobFailure>> = {
  deadline: { code: "deadline_passed", message: "The work took longer than one run of it may." },
  lease_lost: { code: "lease_lost", message: "The worker was cut off from the store." },
};
const KIND_UNKNOWN: JobOutcome = {
  outcome: "failed",
  failure: { code: "job_kind_unknown", message: "No worker knows this kind of job." },
  isFinal: false,
};

import type { Message } from "../ports/queue.ts";
import type { Json } from "../ports/table.ts";
import { roleOf } from "../tenant/identity.ts";
import type { Role } from "../tenant/role.ts";
import { endedBefore, endingOf, INPUT_GONE, type Settled } from "./ending-of.ts";
import { FencedWriter } from "./fenced-writer.ts";
import { isEnd, type Job, startsAt } from "./job.ts";
import { JobClaim } from "./job-claim.ts";
import { JobEndings } from "./job-endings.ts";
import { type JobMessage, parseJobMessage } from "./job-message.ts";
import { type JobDeps, type JobParts, jobParts } from "./job-parts.ts";
import { failed, type JobHandler, type JobHandlers, type JobRun } from "./job-run.ts";
import { inState } from "./job-store.ts";
import { JOB_DELIVERIES_MAX, JOB_LEASE_MS, JOB_STOP_GRACE_MS, QUEUE_DELAY_MS_MAX } from "./limits.ts";

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
 * A job runs in the name of its submitter with the role that they have in the tenant when it is claimed; those of a member
 * who was removed end as cancelled. Not promised: that the key or token it was submitted with is still good.
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
    const { submitter } = claimed.value;
    const role = roleOf({ ...submitter, claimedRole: submitter.role }, policy);
    const job = await this.#work(claimed.value, { ...bounds, claimedAtMs, role });
    return job === undefined ? COMPLETE : { message: "complete", job };
  }

  /** In one write, whoever had it before: what there is to judge is judged on the job as it comes back. */
  #claim({ tenantId, jobId }: Pick<Job, "tenantId" | "jobId">, nowMs: number) {
    const isReady = { if: "below", attribute: "readyAtEpochMs", value: nowMs + 1 } as const;
    const isToWake = { if: "below", attribute: "wakeAtEpochMs", value: nowMs + 1 } as const;
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
        remove: ["wakeAtEpochMs"],
      },
      where: [
        {
          if: "any",
          of: [
            { if: "all", of: [inState("queued"), isReady] },
            { if: "all", of: [inState("waiting"), isToWake] },
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
    if (job === undefined || isEnd(job.state) || attempt >= JOB_DELIVERIES_MAX) return COMPLETE;
    const dueAtEpochMs = job.state === "running" ? (job.leaseUntilEpochMs ?? 0) : startsAt(job);
    if (dueAtEpochMs === undefined) return COMPLETE;
    const isOld = job.state !== "running" && message.readyAtEpochMs < dueAtEpochMs;
    const afterMs = dueAtEpochMs - this.#parts.clock.nowMs();
    if (isOld || afterMs > QUEUE_DELAY_MS_MAX) return COMPLETE;
    return { message: "later", afterSeconds: Math.max(1, Math.ceil(afterMs / 1_000)) };
  }

  async #work(claimed: Job, bounds: WorkBounds): Promise<Job | undefined> {
    const { role } = bounds;
    const ending = endedBefore(claimed, bounds);
    if (ending !== undefined) return this.#endings.write(claimed, ending);
    const job: Job = { ...claimed, submitter: { ...claimed.submitter, ...(role !== undefined && { role }) } };
    const input = await this.#parts.values.read(job.input);
    if (input === undefined) return this.#endings.write(job, INPUT_GONE);
    const claim = new JobClaim(this.#parts, job, bounds);
    const halt = () => claim.halt("deadline");
    bounds.signal?.addEventListener("abort", halt, { once: true });
    if (bounds.signal?.aborted === true) halt();
    claim.start();
    const settled = await this.#settled(job, { claim, input });
    bounds.signal?.removeEventListener("abort", halt);
    const progress = await claim.end();
    if (settled.by === "fault" && claim.stop === undefined) this.#parts.report(settled.fault);
    return this.#endings.write(job, endingOf(job, { settled, stop: claim.stop }, this.#parts.chance), progress);
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
      ask: (questions, until) => ({ outcome: "asked", questions, ...until }),
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
}

/** A message that nobody here has sent. It is thrown away. */
export class JobMessageMalformed extends Error {
  readonly code = "job_message_malformed";
  constructor() {
    super("a message in a queue of jobs names no job");
    this.name = "JobMessageMalformed";
  }
}

interface WorkBounds {
  readonly deadlineEpochMs: number;
  readonly signal?: AbortSignal;
  readonly claimedAtMs: number;
  /** The submitter's, as the tenant has it now. */
  readonly role: Role | undefined;
}

async function settledBy(handler: JobHandler, run: JobRun): Promise<Settled> {
  try {
    return { by: "outcome", outcome: await handler(run) };
  } catch (fault) {
    return { by: "fault", fault };
  }
}

const KIND_UNKNOWN = failed(
  { code: "job_kind_unknown", message: "No worker knows this kind of job." },
  { isFinal: false },
);

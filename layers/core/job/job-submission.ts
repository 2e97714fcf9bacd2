import type { QuotaReached } from "../quota/quotas.ts";
import { ok, type Result, refused } from "../result.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { isEnd, type Job } from "./job.ts";
import { firstLookAt } from "./job-entries.ts";
import { type JobId, newJobId } from "./job-id.ts";
import { checkOrder, type JobOrder } from "./job-order.ts";
import type { JobParts } from "./job-parts.ts";
import type { JobSubmitProblem, TenantInactive } from "./job-problem.ts";
import type { KnownRequest, RequestName } from "./job-requests.ts";
import type { ValueText } from "./job-values.ts";
import { JOB_ATTEMPTS, JOB_CHANGE_ATTEMPTS_MAX, JOB_INPUT_INLINE_BYTES_MAX, JOB_OPEN_MS_MAX } from "./limits.ts";

export interface Submitted {
  readonly job: Job;
  /** False where an earlier request with the same key made it. */
  readonly isNew: boolean;
}

interface Request {
  readonly order: JobOrder;
  readonly input: ValueText;
  readonly name: RequestName | undefined;
  /** Of a schedule's occurrence: its own time. */
  readonly readyAtEpochMs: number;
}

/**
 * Makes jobs, in an order in which a process may die anywhere:
 *
 * 1. a place of the quota: alone, it comes back when the count is repaired;
 * 2. the name of the request, if it has one: alone, whoever asks again goes on with it;
 * 3. an input that is large, as a blob: alone, the store's rule deletes it;
 * 4. the entry, and the tenant's mark where this process has not lately made it: alone, the sweeper makes the job's place
 *    void, deletes the entry and gives the place of the quota back;
 * 5. the job: from here on it is acknowledged, and done whatever happens;
 * 6. the message: without it, the sweeper sends it.
 */
export class JobSubmission {
  readonly #parts: JobParts;

  constructor(parts: JobParts) {
    this.#parts = parts;
  }

  async submit(
    tenantId: TenantId,
    order: JobOrder,
    given: { readonly occurrence?: { readonly name: string; readonly atEpochMs: number } } = {},
  ): Promise<Result<Submitted, JobSubmitProblem>> {
    const input = checkOrder(order);
    if (!input.ok) return input;
    const request: Request = {
      order,
      input: input.value,
      name: nameOf(order, given.occurrence?.name),
      readyAtEpochMs: given.occurrence?.atEpochMs ?? this.#parts.clock.nowMs() + (order.delayMs ?? 0),
    };
    for (let attempt = 1; attempt <= JOB_CHANGE_ATTEMPTS_MAX; attempt++) {
      const submitted = await this.#attempt(tenantId, request);
      if (submitted !== "again") return submitted;
    }
    return refused({ reason: "job_contended", attempts: JOB_CHANGE_ATTEMPTS_MAX });
  }

  /** A place of the tenant's quota for one more open job. */
  async takePlace(tenantId: TenantId): Promise<Result<{ readonly repairs: number }, QuotaReached | TenantInactive>> {
    const { policies, quotas, entries } = this.#parts;
    const policy = await policies.policyOf(tenantId);
    if (policy?.status !== "active") return refused({ reason: "tenant_inactive" });
    const countStored = () => entries.count(tenantId);
    return quotas.take(tenantId, { quota: "jobsInFlight", limit: policy.limits.jobsInFlight, countStored });
  }

  /** `again`: another submitter of the same request, or the sweeper, was in between. */
  async #attempt(tenantId: TenantId, request: Request): Promise<Result<Submitted, JobSubmitProblem> | "again"> {
    const { requests, store, quotas } = this.#parts;
    const digest = request.order.requestDigest ?? "";
    const known = request.name && (await requests.find(tenantId, request.name));
    if (known !== undefined && known.digest !== digest) return refused({ reason: "idempotency_key_reused" });
    const made = known && (await store.get(tenantId, known.jobId));
    if (made !== undefined) return ok({ job: made, isNew: false });
    const place = await this.takePlace(tenantId);
    if (!place.ok) return place;
    const giveBack = () => quotas.giveBack(tenantId, "jobsInFlight", place.value);
    const jobId = known?.jobId ?? newJobId(this.#parts, this.#parts.clock.nowMs());
    if (known === undefined && !(await this.#keepName(tenantId, request, { jobId, digest }))) {
      await giveBack();
      return "again";
    }
    return this.#make(tenantId, { ...request, jobId, known, giveBack });
  }

  #keepName(tenantId: TenantId, { name }: Request, known: KnownRequest): Promise<boolean> | true {
    return name === undefined || this.#parts.requests.keep(tenantId, name, { known, instead: undefined });
  }

  async #make(
    tenantId: TenantId,
    request: Request & {
      readonly jobId: JobId;
      readonly known: KnownRequest | undefined;
      readonly giveBack: () => Promise<void>;
    },
  ): Promise<Result<Submitted, JobSubmitProblem> | "again"> {
    const { entries, marks, store, sender } = this.#parts;
    const job = await this.#newJob(tenantId, request);
    const isOpened = await entries.open(tenantId, job, firstLookAt(job.readyAtEpochMs, this.#parts.clock.nowMs()));
    if (!isOpened) await request.giveBack();
    await marks.mark(tenantId);
    const made = await store.make(job);
    if (made.ok) {
      await sender.send(tenantId, job);
      return ok({ job, isNew: true });
    }
    const { current } = made.problem;
    // Another has made it under this very entry, unless it is over: then it was made before, or is void.
    const isOver = current === undefined || isEnd(current.state) || current.drive > job.drive;
    if (isOpened && isOver) await entries.close(tenantId, job);
    if (current !== undefined) return ok({ job: current, isNew: false });
    await this.#renameVoid(tenantId, request, job.jobId);
    return "again";
  }

  /** The request's job can't be made any more under its id: it makes another one. */
  async #renameVoid(tenantId: TenantId, { name, order }: Request, voidId: JobId): Promise<void> {
    if (name === undefined) return;
    const digest = order.requestDigest ?? "";
    const jobId = newJobId(this.#parts, this.#parts.clock.nowMs());
    const instead = { jobId: voidId, digest };
    await this.#parts.requests.keep(tenantId, name, { known: { jobId, digest }, instead });
  }

  async #newJob(tenantId: TenantId, request: Request & { readonly jobId: JobId }): Promise<Job> {
    const { order, jobId, readyAtEpochMs } = request;
    const nowMs = this.#parts.clock.nowMs();
    const input = await this.#parts.values.store(tenantId, request.input, {
      jobId,
      kind: "job-input",
      inlineBytesMax: JOB_INPUT_INLINE_BYTES_MAX,
    });
    return {
      tenantId,
      jobId,
      kind: order.kind,
      title: order.title,
      input,
      submitter: order.submitter,
      priority: order.priority ?? "normal",
      state: "queued",
      revision: 1,
      drive: 1,
      term: 0,
      attempts: 0,
      attemptsMax: order.attemptsMax ?? JOB_ATTEMPTS,
      failures: [],
      questions: {},
      answers: {},
      submittedAtEpochMs: nowMs,
      readyAtEpochMs,
      endByEpochMs: readyAtEpochMs + JOB_OPEN_MS_MAX,
      changedAtEpochMs: nowMs,
    };
  }
}

function nameOf({ idempotencyKey }: JobOrder, occurrence: string | undefined): RequestName | undefined {
  if (occurrence !== undefined) return { by: "SCHEDULE", name: occurrence };
  return idempotencyKey === undefined ? undefined : { by: "CALLER", name: idempotencyKey };
}

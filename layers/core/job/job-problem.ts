import type { QuotaReached } from "../quota/quotas.ts";
import type { JobState } from "./job.ts";

/** What is not as a job may be, and what is allowed. */
export type JobOrderInvalid = {
  readonly reason: "job_order_invalid";
  readonly field: string;
  readonly allowed: string;
};
export type JobTooLarge = {
  readonly reason: "job_too_large";
  readonly part: "input" | "answers";
  readonly bytes: number;
  readonly bytesMax: number;
};
/** The tenant is suspended, deleted, or none. */
export type TenantInactive = { readonly reason: "tenant_inactive" };
/** The key stands for another request than this one. */
export type IdempotencyKeyReused = { readonly reason: "idempotency_key_reused" };
/** None of this tenant's has this id, or no longer. */
export type JobUnknown = { readonly reason: "job_unknown" };
/** It is in a state in which that can't be done. */
export type JobStateWrong = { readonly reason: "job_state_wrong"; readonly state: JobState };
/** So many changed the job at once that this change never came first. Nothing was changed; it may be tried again. */
export type JobContended = { readonly reason: "job_contended"; readonly attempts: number };
/** What the job was to work on is over: it can't run again. */
export type JobInputGone = { readonly reason: "job_input_gone" };
export type JobCursorMalformed = { readonly reason: "job_cursor_malformed" };
export type JobLimitInvalid = { readonly reason: "job_limit_invalid"; readonly limitMax: number };

export type JobSubmitProblem =
  | JobOrderInvalid
  | JobTooLarge
  | TenantInactive
  | IdempotencyKeyReused
  | QuotaReached
  | JobContended;
export type JobChangeProblem = JobUnknown | JobStateWrong | JobContended;
export type JobAnswerProblem = JobChangeProblem | JobTooLarge;
export type JobRedriveProblem = JobChangeProblem | JobInputGone | QuotaReached | TenantInactive;
export type JobListProblem = JobCursorMalformed | JobLimitInvalid;

export type JobProblem = JobSubmitProblem | JobAnswerProblem | JobRedriveProblem | JobListProblem;

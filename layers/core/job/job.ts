import type { Json } from "../ports/table.ts";
import type { Principal } from "../tenant/principal.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { JobId } from "./job-id.ts";
import type { JobValue } from "./job-values.ts";

/**
 * `queued` until a worker claims it; `running` under that worker's lease; `waiting` for answers that its submitter has
 * to give, or to be woken. The other three are ends: nothing changes a job that has ended but a redrive.
 */
export const JOB_STATES = ["queued", "running", "waiting", "succeeded", "failed", "cancelled"] as const;
export type JobState = (typeof JOB_STATES)[number];

/** `high` has a queue and workers of its own. */
export const JOB_PRIORITIES = ["high", "normal"] as const;
export type JobPriority = (typeof JOB_PRIORITIES)[number];

export interface JobProgress {
  readonly done: number;
  readonly total?: number;
  readonly message?: string;
}

/** Why a run failed, or the whole job did. `code` is stable; the message is meant for the submitter. */
export interface JobFailure {
  readonly code: string;
  readonly message: string;
}

/** Work that outlives the call that asked for it. */
export interface Job {
  readonly tenantId: TenantId;
  readonly jobId: JobId;
  /** Names the handler that runs it. */
  readonly kind: string;
  /** For lists: what it does, such as the name of a tool. */
  readonly title: string;
  readonly input: JobValue;
  /** In whose name it runs. */
  readonly submitter: Principal;
  readonly priority: JobPriority;
  readonly state: JobState;
  /** Rises with each change that somebody who looks can see: of its state, progress, questions, answers, or that it is to be cancelled. */
  readonly revision: number;
  /** 1 at first, and one more with each redrive. */
  readonly drive: number;
  /** Rises with each claim: what an earlier worker still writes is refused. 0 before the first. */
  readonly term: number;
  /** Of the worker that has it now. */
  readonly leaseUntilEpochMs?: number;
  /** Claims so far that a failure or a lost worker may have ended. A claim after answers or a redrive counts anew. */
  readonly attempts: number;
  readonly attemptsMax: number;
  /** The last few, the newest last. */
  readonly failures: readonly (JobFailure & { readonly atEpochMs: number })[];
  readonly progress?: JobProgress;
  /** What it has ever asked, and what was answered so far, by the key of the question. */
  readonly questions: Readonly<Record<string, Json>>;
  readonly answers: Readonly<Record<string, Json>>;
  /** Of one that waits: from then on it is run again, whatever was not answered. */
  readonly wakeAtEpochMs?: number;
  /** The last term in which it was woken while it ran: in that term it does not begin to wait, but is run again. */
  readonly wokenTerm?: number;
  readonly cancelAskedAtEpochMs?: number;
  /** Where it succeeded. Read by `Jobs.resultOf`. */
  readonly result?: JobValue;
  /** Where it failed for good, or was cancelled by the fleet. */
  readonly failure?: JobFailure;
  readonly submittedAtEpochMs: number;
  /** No worker claims it before. */
  readonly readyAtEpochMs: number;
  /** A job that is still open then fails. */
  readonly endByEpochMs: number;
  /** Of the last claim. */
  readonly startedAtEpochMs?: number;
  readonly changedAtEpochMs: number;
  readonly endedAtEpochMs?: number;
}

export type JobEnd = Extract<JobState, "succeeded" | "failed" | "cancelled">;

const IS_END: Readonly<Record<JobState, boolean>> = {
  queued: false,
  running: false,
  waiting: false,
  succeeded: true,
  failed: true,
  cancelled: true,
};

export const isEnd = (state: JobState): state is JobEnd => IS_END[state];

/** From when on a worker may claim a job that nobody runs; undefined of one that has to be answered first. */
export function startsAt({ state, readyAtEpochMs, wakeAtEpochMs }: Job): number | undefined {
  return state === "waiting" ? wakeAtEpochMs : readyAtEpochMs;
}

/** What a job has asked and nobody has answered yet, by the key of the question. */
export function openQuestions({
  questions,
  answers,
}: Pick<Job, "questions" | "answers">): Readonly<Record<string, Json>> {
  return Object.fromEntries(Object.entries(questions).filter(([key]) => !Object.hasOwn(answers, key)));
}

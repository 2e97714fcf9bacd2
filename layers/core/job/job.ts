import type { Json } from "../ports/table.ts";
import type { Principal } from "../tenant/principal.ts";
import type { TenantId } from "../tenant/tenant-id.ts";

/** Unguessable, and in the order of the submissions: `job_<time><chance>`. */
export type JobId = string & { readonly jobIdBrand: unique symbol };

/**
 * `queued` until a worker claims it; `running` under that worker's lease; `waiting` for answers that its submitter has
 * to give. The other three are ends: nothing changes a job that has ended but a redrive.
 */
export type JobState = "queued" | "running" | "waiting" | "succeeded" | "failed" | "cancelled";

/** `high` has a queue and workers of its own. */
export type JobPriority = "high" | "normal";

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
  readonly input: Json;
  /** In whose name it runs. */
  readonly submitter: Principal;
  readonly priority: JobPriority;
  readonly state: JobState;
  /** Rises with each claim: what an earlier worker still writes is refused. 0 before the first. */
  readonly term: number;
  /** Of the worker that has it now. */
  readonly leaseUntilEpochMs?: number;
  /** Claims so far that a failure or a lost worker may have ended. A claim after answers counts anew. */
  readonly attempts: number;
  readonly attemptsMax: number;
  /** The last few, the newest last. */
  readonly failures: readonly (JobFailure & { readonly atEpochMs: number })[];
  readonly progress?: JobProgress;
  /** What it has asked and what was answered so far, by the key of the question. */
  readonly questions?: Readonly<Record<string, Json>>;
  readonly answers?: Readonly<Record<string, Json>>;
  readonly cancelAskedAtEpochMs?: number;
  /** Where it succeeded: here if it is small enough, else in a blob. */
  readonly result?: { readonly at: "item"; readonly json: Json } | { readonly at: "blob"; readonly bytes: number };
  /** Where it failed for good. */
  readonly failure?: JobFailure;
  readonly submittedAtEpochMs: number;
  /** No worker claims it before. */
  readonly readyAtEpochMs: number;
  readonly startedAtEpochMs?: number;
  readonly changedAtEpochMs: number;
  readonly endedAtEpochMs?: number;
}

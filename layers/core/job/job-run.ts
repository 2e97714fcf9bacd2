import type { Json } from "../ports/table.ts";
import type { FencedWriter } from "./fenced-writer.ts";
import type { Job, JobFailure, JobProgress } from "./job.ts";

/** How a handler leaves its job. */
export type JobOutcome =
  | { readonly outcome: "succeeded"; readonly result: Json }
  /** Tried again where attempts are left, unless it `isFinal`. */
  | { readonly outcome: "failed"; readonly failure: JobFailure; readonly isFinal: boolean }
  /**
   * The job waits for the answers, and its handler is run anew once all are there: they are in `job.answers` then. Where
   * `wakeAtEpochMs` is given it is run anew from then on too, or once somebody wakes it; and it need not ask anything.
   */
  | {
      readonly outcome: "asked";
      readonly questions: Readonly<Record<string, Json>>;
      readonly wakeAtEpochMs?: number | undefined;
    };

/** Why a handler is to stop. */
export type JobStop =
  | "cancelled"
  /** Another worker may have the job by now. */
  | "lease_lost"
  /** The worker itself has no more time, or ends. */
  | "deadline"
  | "tenant_inactive";

/** What a handler is given. */
export interface JobRun {
  /** As it was claimed. */
  readonly job: Job;
  readonly input: Json;
  /** Aborted with a {@link JobStop} as its reason. A handler that goes on all the same is left behind after some seconds. */
  readonly signal: AbortSignal;
  /** Shown at once, or with the next write where one was just made. The last one counts. */
  progress(progress: JobProgress): void;
  /** What the handler returns to ask: `return run.ask({ name: question })`. A key that was asked before keeps its first question. */
  ask(questions: Readonly<Record<string, Json>>, until?: { readonly wakeAtEpochMs: number | undefined }): JobOutcome;
  readonly writer: FencedWriter;
}

/**
 * Does the work of one kind of job. It may be run again after it was lost, so what it does has to bear that.
 *
 * What it throws counts as a failure that is tried again: its `code` is kept, and its message goes to the log alone.
 */
export type JobHandler = (run: JobRun) => Promise<JobOutcome>;

export type JobHandlers = ReadonlyMap<string, JobHandler>;

export const succeeded = (result: Json): JobOutcome => ({ outcome: "succeeded", result });
export const failed = (failure: JobFailure, { isFinal }: { readonly isFinal: boolean }): JobOutcome => ({
  outcome: "failed",
  failure,
  isFinal,
});

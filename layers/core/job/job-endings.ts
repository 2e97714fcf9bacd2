import { StoreFault } from "../ports/store-fault.ts";
import type { ItemChange, Json } from "../ports/table.ts";
import { isEnd, type Job, type JobFailure, type JobProgress } from "./job.ts";
import { storedProgress } from "./job-claim.ts";
import { endedAt, releaseEnded } from "./job-end.ts";
import type { JobParts } from "./job-parts.ts";
import { heldIn, notWokenIn } from "./job-store.ts";
import { valueText } from "./job-values.ts";
import {
  JOB_END_ATTEMPTS,
  JOB_END_PAUSE_MS,
  JOB_FAILURE_CODE_CHARACTERS_MAX,
  JOB_FAILURE_MESSAGE_CHARACTERS_MAX,
  JOB_FAILURES_KEPT,
  JOB_QUESTIONS_BYTES_MAX,
  JOB_QUESTIONS_MAX,
  JOB_RESULT_BYTES_MAX,
  JOB_RESULT_INLINE_BYTES_MAX,
} from "./limits.ts";
import { storedRecord, storedValue } from "./stored-job.ts";

/** What a worker leaves of a job that it has claimed. */
export type JobEnding =
  | { readonly to: "succeeded"; readonly result: Json }
  | { readonly to: "failed"; readonly failure: JobFailure }
  | { readonly to: "cancelled"; readonly failure?: JobFailure }
  | { readonly to: "queued"; readonly failure: JobFailure; readonly afterMs: number }
  | {
      readonly to: "waiting";
      readonly questions: Readonly<Record<string, Json>>;
      readonly wakeAtEpochMs?: number | undefined;
    };

/** Writes the end of a claim, and does what follows from it. */
export class JobEndings {
  readonly #parts: JobParts;

  constructor(parts: JobParts) {
    this.#parts = parts;
  }

  /**
   * Undefined where the job was not this worker's any more: nothing was changed.
   *
   * After the end is written its entry goes, or the next message is sent. Where that fails, or the worker dies before it,
   * the sweeper does it.
   */
  async write(job: Job, wanted: JobEnding, progress?: JobProgress): Promise<Job | undefined> {
    const ending = withinLimits(job, wanted);
    const change = await this.#changeTo(job, ending, progress);
    const left = await this.#persistently(() => this.#writeOnce(job, { change, isToWait: ending.to === "waiting" }));
    if (left === undefined) return undefined;
    if (isEnd(left.state)) await releaseEnded(this.#parts, left);
    else await this.#parts.sender.sendStart(left);
    return left;
  }

  async #writeOnce(
    job: Job,
    { change, isToWait }: { readonly change: ItemChange; readonly isToWait: boolean },
  ): Promise<Job | undefined> {
    const where = isToWait ? [...heldIn(job.term), notWokenIn(job.term)] : heldIn(job.term);
    const written = await this.#parts.store.change(job.tenantId, job.jobId, { change, where });
    if (written.ok) return written.value;
    const { current } = written.problem;
    if (current?.term !== job.term) return undefined;
    // Nobody else takes a job out of this term: an earlier try was written, and its answer lost.
    if (current.state !== "running") return current;
    if (!isToWait || current.wokenTerm !== job.term) return undefined;
    const set = { ...change.set, state: "queued", readyAtEpochMs: this.#parts.clock.nowMs() };
    return this.#writeOnce(job, { change: { ...change, set }, isToWait: false });
  }

  async #changeTo(job: Job, ending: JobEnding, progress: JobProgress | undefined): Promise<ItemChange> {
    const nowMs = this.#parts.clock.nowMs();
    const shown = progress === undefined ? undefined : { progress: storedProgress(progress) };
    const set = { ...shown, state: ending.to, changedAtEpochMs: nowMs };
    const rest = { add: { revision: 1 }, remove: ["leaseUntilEpochMs"] };
    switch (ending.to) {
      case "succeeded": {
        const place = { jobId: job.jobId, kind: "job-result", inlineBytesMax: JOB_RESULT_INLINE_BYTES_MAX } as const;
        const result = await this.#parts.values.store(job.tenantId, valueText(ending.result), place);
        return { ...rest, set: { ...set, ...endedAt(nowMs), result: storedValue(result) } };
      }
      case "failed":
        return { ...rest, set: { ...set, ...endedAt(nowMs), ...failureOf(job, ending.failure, nowMs) } };
      case "cancelled": {
        const failure = ending.failure && failureOf(job, ending.failure, nowMs);
        return { ...rest, set: { ...set, ...endedAt(nowMs), ...failure } };
      }
      case "queued": {
        const { failures } = failureOf(job, ending.failure, nowMs);
        return { ...rest, set: { ...set, failures, readyAtEpochMs: nowMs + ending.afterMs } };
      }
      case "waiting": {
        const { wakeAtEpochMs } = ending;
        const questions = storedRecord({ ...ending.questions, ...job.questions });
        const wake = wakeAtEpochMs !== undefined && { wakeAtEpochMs };
        return { ...rest, set: { ...set, questions, ...wake, attempts: 0 } };
      }
    }
  }

  /** Where the table does not answer it is asked again: the work is done, and would be lost. */
  async #persistently<T>(write: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await write();
      } catch (fault) {
        if (!(fault instanceof StoreFault) || attempt >= JOB_END_ATTEMPTS) throw fault;
        this.#parts.report(fault);
        await this.#parts.clock.sleep(JOB_END_PAUSE_MS);
      }
    }
  }
}

function failureOf(job: Job, raw: JobFailure, nowMs: number) {
  const failure = {
    code: raw.code.slice(0, JOB_FAILURE_CODE_CHARACTERS_MAX).toWellFormed(),
    message: raw.message.slice(0, JOB_FAILURE_MESSAGE_CHARACTERS_MAX).toWellFormed(),
  };
  const failures = [...job.failures, { ...failure, atEpochMs: nowMs }].slice(-JOB_FAILURES_KEPT);
  return { failure, failures: failures.map((one) => ({ ...one })) };
}

/** What a handler left that a job can't hold is its failure. */
function withinLimits(job: Job, ending: JobEnding): JobEnding {
  if (ending.to === "succeeded" && valueText(ending.result).bytes > JOB_RESULT_BYTES_MAX)
    return failed("job_result_too_large", `The result has more than ${JOB_RESULT_BYTES_MAX} bytes.`);
  if (ending.to !== "waiting") return ending;
  const questions = { ...ending.questions, ...job.questions };
  const isNone = Object.keys(ending.questions).every((key) => Object.hasOwn(job.answers, key));
  if (isNone && ending.wakeAtEpochMs === undefined)
    return failed("job_asked_nothing", "The job asked for nothing that was not answered before.");
  const isTooMuch =
    Object.keys(questions).length > JOB_QUESTIONS_MAX || valueText(questions).bytes > JOB_QUESTIONS_BYTES_MAX;
  return isTooMuch ? failed("job_questions_too_large", "The job has asked more than it may.") : ending;
}

const failed = (code: string, message: string): JobEnding => ({ to: "failed", failure: { code, message } });

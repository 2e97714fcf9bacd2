import type { Job } from "../../layers/core/job/job.ts";
import type { JobWorker } from "../../layers/core/job/job-worker.ts";
import type { Clock } from "../../layers/core/ports/clock.ts";
import type { Queue } from "../../layers/core/ports/queue.ts";
import type { Meter } from "../../layers/core/usage/meter.ts";
import type { LambdaQueue } from "../../layers/http/lambda/lambda-queue.ts";
import { settledMessage } from "../settled-message.ts";
import { STOP_MARGIN_MS } from "./limits.ts";

/** What is written down of one run of a job. */
export interface JobLine {
  readonly atEpochMs: number;
  readonly tenantId: string;
  readonly jobId: string;
  readonly kind: string;
  /** In which the run has left it: `queued` where it is tried again. */
  readonly state: Job["state"];
  /** Why it failed, or is tried again; empty where neither is so. */
  readonly failure: string;
  readonly attempts: number;
  readonly durationMs: number;
}

export interface JobTakerParts {
  readonly worker: Pick<JobWorker, "take">;
  readonly meter: Pick<Meter, "record">;
  /** Does not throw. */
  readonly runEnded: (line: JobLine) => void;
}

/**
 * Runs the job of a message, and meters the run: by the worker that could still write its outcome, and so once, whoever else
 * was at it. Of a worker that died nothing is metered, nor of one that lost its lease.
 */
export function jobTaker({ worker, meter, runEnded }: JobTakerParts): JobWorker["take"] {
  return async (message, bounds) => {
    const taking = await worker.take(message, bounds);
    if (taking.message === "complete" && taking.job !== undefined) {
      const { job } = taking;
      const durationMs = runDurationMs(job);
      const microseconds = durationMs * 1_000;
      meter.record(job.tenantId, { jobMicroseconds: microseconds, busyMicroseconds: microseconds });
      runEnded(lineOf(job, durationMs));
    }
    return taking;
  };
}

/** From the claim to what the worker left. */
function runDurationMs({ startedAtEpochMs, changedAtEpochMs }: Job): number {
  return Math.max(0, changedAtEpochMs - (startedAtEpochMs ?? changedAtEpochMs));
}

function lineOf(job: Job, durationMs: number): JobLine {
  const { tenantId, jobId, kind, state, attempts, changedAtEpochMs: atEpochMs } = job;
  const isTriedAgain = state === "queued" || state === "running";
  const failure = isTriedAgain ? job.failures.at(-1) : job.failure;
  return { atEpochMs, tenantId, jobId, kind, state, failure: failure?.code ?? "", attempts, durationMs };
}

export interface WorkerParts {
  readonly take: JobWorker["take"];
  /** The one that the function works off. */
  readonly queue: Pick<Queue, "extend">;
  readonly clock: Clock;
}

/** Takes what Lambda gives of a queue of jobs. */
export function workerHandler({ take, queue, clock }: WorkerParts): LambdaQueue["handle"] {
  return async (message, leftMs) => {
    const deadlineEpochMs = clock.nowMs() + Math.max(0, leftMs - STOP_MARGIN_MS);
    return settledMessage(queue, message, await take(message, { deadlineEpochMs }));
  };
}

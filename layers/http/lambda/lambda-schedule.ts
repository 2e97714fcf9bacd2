import middy from "@middy/core";
import type { Clock } from "../../core/ports/clock.ts";
import { EventUnknown } from "./http-call.ts";
import type { Invocation } from "./lambda-call.ts";
import type { LambdaHandler } from "./lambda-http.ts";
import { WORK_MARGIN_MS } from "./limits.ts";
import { readScheduleEvent } from "./schedule-event.ts";
import { warmUp } from "./warm-up.ts";

/** Something that is done from time to time, in as many runs as it takes. Doing it again does no harm. */
export type Work = (bounds: WorkBounds) => Promise<{ readonly isFinished: boolean }>;

export interface WorkBounds {
  /** Nothing is begun after it. */
  readonly untilEpochMs: number;
  /** Aborted when the process ends sooner. */
  readonly signal?: AbortSignal;
}

/** What is written down of a run. */
export interface WorkLine {
  readonly atEpochMs: number;
  readonly requestId: string;
  readonly work: string;
  /** Whether it came to its end in the time that it had. */
  readonly isFinished: boolean;
  readonly durationMs: number;
}

export interface LambdaSchedule {
  /** By the names that the schedules send. */
  readonly works: ReadonlyMap<string, Work>;
  readonly clock: Clock;
  /** Awaited, since the process may stand still after it. */
  readonly workEnded: (line: WorkLine) => void | Promise<void>;
}

/**
 * A function behind schedules. It begins nothing more a while before Lambda would cut it; what is left then, the next run
 * does. What a run throws is Lambda's to count and Scheduler's to try again.
 */
export function lambdaSchedule({ works, clock, workEnded }: LambdaSchedule): LambdaHandler {
  const answer = async (event: unknown, invocation: Invocation): Promise<{ readonly isFinished: boolean }> => {
    const due = readScheduleEvent(event);
    if (!due.ok) throw new EventUnknown(due.problem.detail);
    const work = works.get(due.value.work);
    if (work === undefined) throw new EventUnknown(`no work ${due.value.work}`);
    const atEpochMs = clock.nowMs();
    const { isFinished } = await work({
      untilEpochMs: atEpochMs + invocation.getRemainingTimeInMillis() - WORK_MARGIN_MS,
    });
    const durationMs = clock.nowMs() - atEpochMs;
    await workEnded({ atEpochMs, requestId: invocation.awsRequestId, work: due.value.work, isFinished, durationMs });
    return { isFinished };
  };
  return middy(answer, { timeoutEarlyInMillis: 0 }).use(warmUp);
}

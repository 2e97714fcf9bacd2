import * as z from "zod";
import { STEP_INPUT } from "../../core/deployment/invocation-inputs.ts";
import type { Result } from "../../core/result.ts";
import { type EventUnreadable, readEvent } from "./event-message.ts";

/** A state machine asks for one of its tasks. It may ask twice: a retry has the same execution and state. */
export interface StepTask {
  readonly executionId: string;
  readonly state: string;
  readonly enteredAtEpochMs: number;
  /** 0 for the first try. */
  readonly retryCount: number;
  /** What the state was given; for the task to parse. */
  readonly input: unknown;
}

const StepEvent = z
  .strictObject({
    source: z.literal(STEP_INPUT.source),
    executionId: z.string().min(1),
    state: z.string().min(1),
    enteredTime: z.iso.datetime({ offset: true }),
    retryCount: z.int().min(0),
    input: z.json(),
  })
  .transform(
    ({ executionId, state, enteredTime, retryCount, input }): StepTask => ({
      executionId,
      state,
      enteredAtEpochMs: Date.parse(enteredTime),
      retryCount,
      input,
    }),
  );

/** What {@link STEP_INPUT} has become when it arrives. */
export function readStepEvent(raw: unknown): Result<StepTask, EventUnreadable> {
  return readEvent(StepEvent, { raw, kind: "a state machine" });
}

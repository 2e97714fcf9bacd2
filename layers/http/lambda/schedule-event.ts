import * as z from "zod";
import { SCHEDULE_SOURCE } from "../../core/deployment/invocation-inputs.ts";
import type { Result } from "../../core/result.ts";
import { type EventUnreadable, readEvent } from "./event-message.ts";

/** A schedule has come due. It may come twice, with the same `executionId`, and late. */
export interface ScheduleDue {
  /** Which work of the function's it is for. */
  readonly work: string;
  readonly scheduleArn: string;
  /** When it was due, however late it comes. */
  readonly dueAtEpochSeconds: number;
  readonly executionId: string;
  /** 1 for the first. */
  readonly attempt: number;
}

const ScheduleEvent = z
  .strictObject({
    source: z.literal(SCHEDULE_SOURCE),
    work: z.string().regex(/^[a-z-]{1,64}$/),
    scheduleArn: z.string().min(1),
    scheduledTime: z.iso.datetime({ offset: true }),
    executionId: z.string().min(1),
    attempt: z.string().regex(/^[1-9]\d{0,3}$/),
  })
  .transform(
    ({ work, scheduleArn, scheduledTime, executionId, attempt }): ScheduleDue => ({
      work,
      scheduleArn,
      dueAtEpochSeconds: Math.floor(Date.parse(scheduledTime) / 1000),
      executionId,
      attempt: Number(attempt),
    }),
  );

/** What the input of a schedule (`scheduleInput`) has become when it arrives. */
export function readScheduleEvent(raw: unknown): Result<ScheduleDue, EventUnreadable> {
  return readEvent(ScheduleEvent, { raw, kind: "a schedule" });
}

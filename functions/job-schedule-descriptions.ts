import * as z from "zod";
import { JOB_PRIORITIES } from "../layers/core/job/job.ts";
import { SCHEDULE_STATES, type ScheduleTime } from "../layers/core/job/job-schedule.ts";
import { CRON_CHARACTERS_MAX, SCHEDULES_MAX } from "../layers/core/job/limits.ts";
import { describeOperation } from "../layers/http/operation/operation.ts";
import { JOBS_TAG, ToolOrder } from "./job-descriptions.ts";
import { epochMs, moment } from "./time-schemas.ts";

/** The operations of `/api/schedules` as the document shows them; `functions/jobs` answers them. */

const SCHEDULES = "/api/schedules";
const SCHEDULE = "/api/schedules/{scheduleId}";

const ScheduleShown = z.object({
  scheduleId: z.string(),
  kind: z.string(),
  title: z.string(),
  state: z.enum(SCHEDULE_STATES),
  cron: z.string().optional(),
  zone: z.string().optional(),
  atEpochMs: epochMs.optional(),
  priority: z.enum(JOB_PRIORITIES),
  attemptsMax: z.int().min(1),
  submittedBy: z.string().describe("The subject in whose name its jobs run"),
  createdAtEpochMs: epochMs,
  nextAtEpochMs: epochMs.optional().describe("When its next job is ready"),
  last: z.object({ atEpochMs: epochMs, jobId: z.string() }).optional().describe("Its last job"),
  problem: z.string().optional().describe("Why the job that is due could not be submitted; it is tried again"),
});

const SCHEDULE_EXAMPLE = {
  scheduleId: "sch_8f2kQm1xZp0aVb3c",
  kind: "tool",
  title: "cyberchef_bake",
  state: "active",
  cron: "0 3 * * MON-FRI",
  zone: "Europe/Berlin",
  priority: "normal",
  attemptsMax: 3,
  submittedBy: "ann@example.com",
  createdAtEpochMs: 1_795_000_000_000,
  nextAtEpochMs: 1_795_053_600_000,
} as const;

const SHOWN = {
  status: 200,
  description: "The schedule as it is now",
  schema: ScheduleShown,
  example: SCHEDULE_EXAMPLE,
} as const;

const ZONE_CHARACTERS_MAX = 64;

const NewSchedule = ToolOrder.extend({
  cron: z
    .string()
    .min(1)
    .max(CRON_CHARACTERS_MAX)
    .optional()
    .describe("Minute, hour, day of the month, month, day of the week, as cron writes them"),
  zone: z
    .string()
    .min(1)
    .max(ZONE_CHARACTERS_MAX)
    .optional()
    .describe("Of `cron`: UTC when left out, or as Europe/Berlin"),
  at: moment.optional().describe("In place of `cron`: this moment alone"),
}).transform(({ cron, zone, at, ...order }, context) => {
  const time = timeOf({ cron, zone, at });
  if (time !== undefined) return { ...order, time };
  context.addIssue("takes either cron, with a zone or without, or at");
  return z.NEVER;
});

function timeOf({
  cron,
  zone,
  at,
}: {
  readonly cron: string | undefined;
  readonly zone: string | undefined;
  readonly at: number | undefined;
}): ScheduleTime | undefined {
  if (at !== undefined) return cron === undefined && zone === undefined ? { by: "at", atEpochMs: at } : undefined;
  return cron === undefined ? undefined : { by: "cron", cron: { expression: cron, zone: zone ?? "UTC" } };
}

const OneSchedule = z.strictObject({ scheduleId: z.string() });

export const CREATE_SCHEDULE = describeOperation({
  id: "createSchedule",
  method: "POST",
  path: SCHEDULES,
  tag: JOBS_TAG,
  summary: "Have a job submitted by the clock",
  description:
    "Each of its jobs runs in the caller's name, as the caller stands then. Of jobs that were missed while nothing ran the " +
    "latest is made up for, within five days.",
  action: "job-schedule.change",
  body: NewSchedule,
  bodyExample: {
    tool: "cyberchef_bake",
    arguments: { input: "hello", recipe: [{ op: "To Base64" }] },
    cron: "0 3 * * MON-FRI",
    zone: "Europe/Berlin",
  },
  success: { ...SHOWN, status: 201, description: "The schedule; `Location` names it" },
  conflict: `The tenant has its ${SCHEDULES_MAX} schedules already`,
});

export const LIST_SCHEDULES = describeOperation({
  id: "listSchedules",
  method: "GET",
  path: SCHEDULES,
  tag: JOBS_TAG,
  summary: "List schedules, the oldest first",
  action: "job-schedule.read",
  success: {
    status: 200,
    description: "All of them: there are never more than fit into one reply",
    schema: z.object({ schedules: z.array(ScheduleShown) }),
    example: { schedules: [SCHEDULE_EXAMPLE] },
  },
});

export const GET_SCHEDULE = describeOperation({
  id: "getSchedule",
  method: "GET",
  path: SCHEDULE,
  tag: JOBS_TAG,
  summary: "See a schedule",
  action: "job-schedule.read",
  params: OneSchedule,
  success: SHOWN,
});

export const REMOVE_SCHEDULE = describeOperation({
  id: "removeSchedule",
  method: "DELETE",
  path: SCHEDULE,
  tag: JOBS_TAG,
  summary: "Remove a schedule",
  description:
    "Of a job that it has submitted nothing is changed; one of the next two minutes may be submitted already.",
  action: "job-schedule.change",
  params: OneSchedule,
  success: { status: 204, description: "It is removed" },
});

export const PAUSE_SCHEDULE = describeOperation({
  id: "pauseSchedule",
  method: "POST",
  path: `${SCHEDULE}/pause`,
  tag: JOBS_TAG,
  summary: "Have it submit nothing until it is resumed",
  action: "job-schedule.change",
  params: OneSchedule,
  success: SHOWN,
});

export const RESUME_SCHEDULE = describeOperation({
  id: "resumeSchedule",
  method: "POST",
  path: `${SCHEDULE}/resume`,
  tag: JOBS_TAG,
  summary: "Have it go on, with its next time from now",
  action: "job-schedule.change",
  params: OneSchedule,
  success: SHOWN,
  conflict: "It has no time left",
});

export const SCHEDULE_DESCRIPTIONS = [
  ...[CREATE_SCHEDULE, LIST_SCHEDULES, GET_SCHEDULE],
  ...[REMOVE_SCHEDULE, PAUSE_SCHEDULE, RESUME_SCHEDULE],
] as const;

export type NewScheduleBody = z.output<typeof NewSchedule>;
export type ShownSchedule = z.input<typeof ScheduleShown>;

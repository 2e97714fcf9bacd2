import * as z from "zod";
import type { Item, Json } from "../ports/table.ts";
import { jobScheduleKey } from "../store/keys.ts";
import type { Principal } from "../tenant/principal.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { type Cron, CronClock } from "./cron.ts";
import { JOB_PRIORITIES, type JobPriority } from "./job.ts";
import { storedSubmitter, submitterSchema } from "./stored-submitter.ts";

/** When a schedule's jobs are to be ready. */
export type ScheduleTime =
  | { readonly by: "cron"; readonly cron: Cron }
  | { readonly by: "at"; readonly atEpochMs: number };

export const SCHEDULE_STATES = ["active", "paused"] as const;

/** A job that is submitted by the clock. It is there as long as it has a time left. */
export interface JobSchedule {
  readonly tenantId: TenantId;
  readonly scheduleId: string;
  readonly title: string;
  readonly time: ScheduleTime;
  readonly state: (typeof SCHEDULE_STATES)[number];
  /** Counts the writes. */
  readonly version: number;
  readonly kind: string;
  readonly input: Json;
  /** In whose name its jobs run. */
  readonly submitter: Principal;
  readonly priority: JobPriority;
  readonly attemptsMax: number;
  readonly createdAtEpochMs: number;
  /** Of one that is active. */
  readonly nextAtEpochMs?: number;
  /** The occurrence that was submitted last, and its job. */
  readonly last?: { readonly atEpochMs: number; readonly jobId: string };
  /** Why the occurrence that is due could not be submitted: it is tried again. */
  readonly problem?: string;
}

/** Tells the first time after a moment; undefined where there is none. */
export function timesOf(time: ScheduleTime): (afterEpochMs: number) => number | undefined {
  if (time.by === "at") return (afterEpochMs) => (time.atEpochMs > afterEpochMs ? time.atEpochMs : undefined);
  const clock = CronClock.parse(time.cron);
  return (afterEpochMs) => (clock.ok ? clock.value.after(afterEpochMs) : undefined);
}

/** What lies under a schedule's key is none. */
export class JobScheduleCorrupt extends Error {
  readonly code = "job_schedule_corrupt";
  constructor(options: { cause: unknown }) {
    super("a stored schedule can't be read", options);
    this.name = "JobScheduleCorrupt";
  }
}

export function storedSchedule({ tenantId, scheduleId, ...schedule }: JobSchedule): Item {
  const { time, input, submitter, last, ...plain } = schedule;
  return {
    ...jobScheduleKey(tenantId, scheduleId),
    ...plain,
    time: time.by === "cron" ? { by: "cron", cron: { ...time.cron } } : { ...time },
    input: JSON.stringify(input),
    submitter: storedSubmitter(submitter),
    ...(last !== undefined && { last: { ...last } }),
  };
}

function makeSchema() {
  return z.object({
    title: z.string(),
    time: z.discriminatedUnion("by", [
      z.object({ by: z.literal("cron"), cron: z.object({ expression: z.string(), zone: z.string() }) }),
      z.object({ by: z.literal("at"), atEpochMs: z.number() }),
    ]),
    state: z.enum(SCHEDULE_STATES),
    version: z.int().min(1),
    kind: z.string(),
    input: z.string().transform((text): Json => JSON.parse(text)),
    submitter: submitterSchema(),
    priority: z.enum(JOB_PRIORITIES),
    attemptsMax: z.int().min(1),
    createdAtEpochMs: z.number(),
    nextAtEpochMs: z.number().exactOptional(),
    last: z.object({ atEpochMs: z.number(), jobId: z.string() }).exactOptional(),
    problem: z.string().exactOptional(),
  });
}

let schema: ReturnType<typeof makeSchema> | undefined;

/** @throws {JobScheduleCorrupt} */
export function parseStoredSchedule(tenantId: TenantId, item: Item): JobSchedule {
  schema ??= makeSchema();
  const parsed = schema.safeParse(item);
  if (!parsed.success) throw new JobScheduleCorrupt({ cause: parsed.error });
  const { submitter, ...schedule } = parsed.data;
  return { ...schedule, tenantId, scheduleId: item.sk, submitter: { ...submitter, tenantId } };
}

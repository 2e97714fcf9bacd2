import { type AuditedFields, actorOf } from "../../layers/core/audit/audit-entry.ts";
import type { AuditLog } from "../../layers/core/audit/audit-log.ts";
import type { CronInvalid } from "../../layers/core/job/cron.ts";
import type { JobSchedule } from "../../layers/core/job/job-schedule.ts";
import type {
  JobSchedules,
  ScheduleChangeProblem,
  ScheduleCreateProblem,
} from "../../layers/core/job/job-schedules.ts";
import { type Result, unreachable } from "../../layers/core/result.ts";
import { RETRY_AFTER_SECONDS } from "../../layers/http/limits.ts";
import type { Operation, OperationCall } from "../../layers/http/operation/operation.ts";
import type { OperationOutcome } from "../../layers/http/operation/operation-reply.ts";
import type { HttpProblem } from "../../layers/http/problem-reply.ts";
import {
  CREATE_SCHEDULE,
  GET_SCHEDULE,
  LIST_SCHEDULES,
  type NewScheduleBody,
  PAUSE_SCHEDULE,
  REMOVE_SCHEDULE,
  RESUME_SCHEDULE,
  type ShownSchedule,
} from "../job-schedule-descriptions.ts";
import { mayCallTools, toolOrder } from "./job-operations.ts";
import { jobProblem } from "./job-reply.ts";

export interface ScheduleOperationParts {
  readonly schedules: Pick<JobSchedules, "create" | "list" | "get" | "remove" | "pause" | "resume">;
  readonly audit: Pick<AuditLog, "change">;
}

/** The schedules of a tenant. Each stands for somebody who is not there, so every change of one is written down. */
export function scheduleOperations(parts: ScheduleOperationParts): readonly Operation[] {
  const { schedules } = parts;
  return [
    CREATE_SCHEDULE.answeredBy((call) => create(parts, call)),
    LIST_SCHEDULES.answeredBy(async ({ tenantId }) => {
      const inOrder = (await schedules.list(tenantId)).toSorted(byCreation);
      return { json: { schedules: inOrder.map(shown) } };
    }),
    GET_SCHEDULE.answeredBy(async ({ tenantId, params: { scheduleId } }) => {
      const schedule = await schedules.get(tenantId, scheduleId);
      return schedule === undefined ? { problem: SCHEDULE_ABSENT } : { json: shown(schedule) };
    }),
    REMOVE_SCHEDULE.answeredBy((call) =>
      changed(parts, call, () => schedules.remove(call.tenantId, call.params.scheduleId)),
    ),
    PAUSE_SCHEDULE.answeredBy((call) =>
      changed(parts, call, () => schedules.pause(call.tenantId, call.params.scheduleId)),
    ),
    RESUME_SCHEDULE.answeredBy((call) =>
      changed(parts, call, () => schedules.resume(call.tenantId, call.params.scheduleId)),
    ),
  ];
}

async function create(
  { schedules, audit }: ScheduleOperationParts,
  call: OperationCall<unknown, unknown, NewScheduleBody>,
): Promise<OperationOutcome> {
  const right = mayCallTools(call);
  if (right !== undefined) return right;
  const { tenantId, body } = call;
  const order = { ...toolOrder(body, call), time: body.time };
  const deed = deedOf(call, { scheduleId: "", after: { name: order.title } });
  const created = await audit.change(tenantId, deed, () => schedules.create(tenantId, order));
  if (!created.ok) return { problem: scheduleProblem(created.problem) };
  return { json: shown(created.value), headers: { location: `/api/schedules/${created.value.scheduleId}` } };
}

/** Of what is not there nothing is written down. */
async function changed(
  { schedules, audit }: ScheduleOperationParts,
  call: OperationCall<{ readonly scheduleId: string }, unknown, unknown>,
  change: () => Promise<Result<JobSchedule | undefined, ScheduleChangeProblem>>,
): Promise<OperationOutcome> {
  const { tenantId, params } = call;
  const before = await schedules.get(tenantId, params.scheduleId);
  if (before === undefined) return { problem: SCHEDULE_ABSENT };
  const deed = deedOf(call, { ...params, before: { name: before.title, status: before.state } });
  const done = await audit.change(tenantId, deed, change);
  if (!done.ok) return { problem: scheduleProblem(done.problem) };
  return done.value === undefined ? {} : { json: shown(done.value) };
}

function deedOf(
  { context, request }: OperationCall<unknown, unknown, unknown>,
  { scheduleId, ...fields }: { readonly scheduleId: string } & Partial<Record<"before" | "after", AuditedFields>>,
) {
  const { requestId } = context;
  const actor = actorOf(context.principal, { requestId, remoteAddress: request.remoteAddress });
  return { actor, action: "job-schedule.change", target: { kind: "job-schedule", id: scheduleId }, ...fields } as const;
}

function byCreation(left: JobSchedule, right: JobSchedule): number {
  return left.createdAtEpochMs - right.createdAtEpochMs;
}

function shown(schedule: JobSchedule): ShownSchedule {
  const { scheduleId, kind, title, state, time, priority, attemptsMax, submitter } = schedule;
  const { createdAtEpochMs, nextAtEpochMs, last, problem } = schedule;
  return {
    ...{ scheduleId, kind, title, state, priority, attemptsMax, createdAtEpochMs, nextAtEpochMs, last, problem },
    ...(time.by === "cron" ? { cron: time.cron.expression, zone: time.cron.zone } : { atEpochMs: time.atEpochMs }),
    submittedBy: submitter.subject,
  };
}

const SCHEDULE_ABSENT: HttpProblem = { status: 404, code: "schedule_unknown", detail: "there is no such schedule" };

function scheduleProblem(problem: ScheduleCreateProblem | ScheduleChangeProblem): HttpProblem {
  const { reason: code } = problem;
  switch (problem.reason) {
    case "schedule_unknown":
      return SCHEDULE_ABSENT;
    case "schedule_over":
      return { status: 409, code, detail: "the schedule has no time left" };
    case "schedules_full":
      return { status: 409, code, detail: `the tenant has its ${problem.limit} schedules; remove one first` };
    case "schedule_contended":
      return { status: 503, code, detail: "others change the schedule over and over; try again", headers: WAIT };
    case "schedule_time_invalid":
      return { status: 400, code, detail: `takes ${problem.allowed}` };
    case "cron_invalid":
      return { status: 400, code, detail: cronDetail(problem) };
    case "job_order_invalid":
    case "job_too_large":
      return jobProblem(problem);
    default:
      return unreachable(problem);
  }
}

function cronDetail({ part, detail }: CronInvalid): string {
  return `${part === "zone" ? "zone" : "cron"}: takes ${detail}`;
}

const WAIT = { "retry-after": String(RETRY_AFTER_SECONDS) } as const;

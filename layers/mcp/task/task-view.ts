import { isEnd, type Job, type JobState } from "../../core/job/job.ts";
import { JOB_KEPT_MS } from "../../core/job/limits.ts";
import type { Json } from "../../core/ports/table.ts";
import { TASK_POLL_INTERVAL_MS } from "../limits.ts";
import { isRecord } from "../protocol/json-rpc.ts";
import { inputRequestsOf, isAsking } from "./job-answers.ts";

export type TaskStatus = "working" | "input_required" | "completed" | "failed" | "cancelled";

/** `Task` of the tasks extension, as it goes on the wire. */
export interface Task {
  readonly taskId: string;
  readonly status: TaskStatus;
  readonly statusMessage?: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly lastUpdatedAt: string;
  /** From the creation on. */
  readonly ttlMs: number;
  readonly pollIntervalMs: number;
}

/** With what its status adds. */
export interface DetailedTask extends Task {
  readonly inputRequests?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: TaskError;
}

/** As JSON-RPC tells an error. */
interface TaskError {
  readonly code: number;
  readonly message: string;
}

const STATUS: Readonly<Record<JobState, TaskStatus>> = {
  queued: "working",
  running: "working",
  waiting: "input_required",
  succeeded: "completed",
  failed: "failed",
  cancelled: "cancelled",
};

/** Whether there is nothing left to ask is judged as of now: an answer that has come is not asked for again. */
export function statusOf(job: Pick<Job, "state" | "questions" | "answers">): TaskStatus {
  if (job.state === "waiting" && !isAsking(job)) return "working";
  return STATUS[job.state];
}

/** The task without what it came to: as its creation is answered. */
export function taskOf(job: Job, nowMs: number): Task {
  const message = messageOf(job);
  return {
    taskId: job.jobId,
    status: statusOf(job),
    ...(message === undefined ? {} : { statusMessage: message }),
    createdAt: new Date(job.submittedAtEpochMs).toISOString(),
    lastUpdatedAt: new Date(job.changedAtEpochMs).toISOString(),
    // It can be looked at for so long after its end, which may be now.
    ttlMs: (job.endedAtEpochMs ?? Math.max(nowMs, job.changedAtEpochMs)) - job.submittedAtEpochMs + JOB_KEPT_MS,
    pollIntervalMs: TASK_POLL_INTERVAL_MS,
  };
}

/**
 * The task with what it asks or came to, as `tasks/get` and `notifications/tasks` tell it.
 *
 * @param result of a job that succeeded; undefined where that is over.
 */
export function detailedTaskOf(job: Job, nowMs: number, result: Json | undefined): DetailedTask {
  const task = taskOf(job, nowMs);
  switch (task.status) {
    case "input_required":
      return { ...task, inputRequests: requestsOf(job) };
    case "completed":
      return isRecord(result)
        ? { ...task, result: { ...result, resultType: "complete" } } // as `tools/call` would have answered
        : { ...task, status: "failed", error: RESULT_OVER };
    case "failed":
      return { ...task, error: failureOf(job) };
    case "working":
    case "cancelled":
      return task;
  }
}

function requestsOf(job: Job): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(inputRequestsOf(job)).map(([name, { request }]) => [name, request]));
}

const RESULT_OVER: TaskError = { code: -32603, message: "What it came to is not kept any longer." };

/** What a job that failed is told as: the request was wrong by the time it ran, or it could not be done. */
export function failureOf({ failure }: Pick<Job, "failure">): TaskError {
  const { code, message } = failure ?? { code: "unknown", message: "It failed." };
  return { code: code === TOOL_UNKNOWN ? -32602 : -32603, message };
}

/** There is no such tool any more, or not for its caller. */
export const TOOL_UNKNOWN = "tool_unknown";

function messageOf({ progress, failure, state }: Job): string | undefined {
  if (failure !== undefined) return failure.message;
  if (progress === undefined || isEnd(state)) return undefined;
  const { done, total, message } = progress;
  const share = total === undefined ? String(done) : `${done} of ${total}`;
  return message === undefined ? share : `${share}: ${message}`;
}

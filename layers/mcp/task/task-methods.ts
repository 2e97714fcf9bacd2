import type { HttpReply } from "../../core/http/http-message.ts";
import type { Job } from "../../core/job/job.ts";
import type { JobAnswerProblem } from "../../core/job/job-problem.ts";
import type { Jobs } from "../../core/job/jobs.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { ok, type Result, refused, unreachable } from "../../core/result.ts";
import type { Principal } from "../../core/tenant/principal.ts";
import type { Caller } from "../call/caller.ts";
import { invalidParams, isRecord, type RpcError, type RpcRequest, resultJson } from "../protocol/json-rpc.ts";
import { errorReply, jsonReply } from "../protocol/replies.ts";
import { answersFor } from "./job-answers.ts";
import { type DetailedTask, detailedTaskOf } from "./task-view.ts";
import { declaresTasks, type TaskMethod, tasksUndeclared } from "./tasks-extension.ts";
import { toolJobOf } from "./tool-job.ts";

export interface TaskParts {
  readonly jobs: Jobs;
  readonly clock: Clock;
}

/**
 * Answers a request of the tasks extension. A task is the job of a call of a tool, and there for the principal who made
 * the call alone.
 *
 * @param complete puts a result into the shape of the era.
 */
export async function answerTaskMethod(
  parts: TaskParts,
  request: RpcRequest & { readonly method: TaskMethod },
  { caller, complete }: { readonly caller: Caller; readonly complete: (result: object) => object },
): Promise<HttpReply> {
  const { id, method } = request;
  const result = declaresTasks(caller.capabilities)
    ? await resultOf(parts, request, caller.context.principal)
    : refused(tasksUndeclared());
  return result.ok
    ? jsonReply(resultJson(id, complete(result.value)), { operation: method, outcome: "ok" })
    : errorReply(id, result.problem, method);
}

async function resultOf(
  parts: TaskParts,
  { method, params }: RpcRequest & { readonly method: TaskMethod },
  principal: Principal,
): Promise<Result<object, RpcError>> {
  const job = await toolJobOf(parts.jobs, principal, params.taskId);
  if (job === undefined) return refused(TASK_UNKNOWN);
  switch (method) {
    case "tasks/get":
      return ok(await taskNow(parts, job));
    case "tasks/update":
      return update(parts, job, params.inputResponses);
    case "tasks/cancel":
      await parts.jobs.cancel(job.tenantId, job.jobId);
      return ok({}); // whatever came of it: it is only asked for
  }
}

const TASK_UNKNOWN = invalidParams("there is no such task");

/** As `tasks/get` answers it. */
export async function taskNow({ jobs, clock }: TaskParts, job: Job): Promise<DetailedTask> {
  return detailedTaskOf(job, clock.nowMs(), await jobs.resultOf(job));
}

/** What is not asked, or not asked any more, is left out; so is what has come too late. */
async function update({ jobs }: TaskParts, job: Job, raw: unknown): Promise<Result<object, RpcError>> {
  if (!isRecord(raw)) return refused(invalidParams("inputResponses is not an object"));
  const answers = answersFor(job, raw);
  if (Object.keys(answers).length === 0) return ok({});
  const answered = await jobs.answer(job.tenantId, job.jobId, answers);
  return answered.ok ? ok({}) : answerProblem(answered.problem);
}

function answerProblem(problem: JobAnswerProblem): Result<object, RpcError> {
  switch (problem.reason) {
    case "job_state_wrong":
      return ok({});
    case "job_unknown":
      return refused(TASK_UNKNOWN);
    case "job_too_large":
      return refused(invalidParams(`the answers have ${problem.bytes} bytes; at most ${problem.bytesMax} can be kept`));
    case "job_contended":
      return refused({
        code: -32603,
        message: "The task is being changed by too many at once; try again",
        status: 200,
      });
    default:
      return unreachable(problem);
  }
}

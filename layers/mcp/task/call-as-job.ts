import { isEnd, type Job } from "../../core/job/job.ts";
import type { JobSubmitProblem } from "../../core/job/job-problem.ts";
import type { Jobs } from "../../core/job/jobs.ts";
import { JOB_ATTEMPTS } from "../../core/job/limits.ts";
import { ok, type Result, unreachable } from "../../core/result.ts";
import type { CallOutcome, CallRequest } from "../call/perform-call.ts";
import { CallSuspended, type RunningCall } from "../call/running-call.ts";
import { type CallToolResult, failed, wire } from "../call/tool-reply.ts";
import type { CatalogueTool } from "../catalogue/catalogue.ts";
import { JOB_HANDLE_MARGIN_MS } from "../limits.ts";
import type { McpServer } from "../mcp-server.ts";
import { awaitJob, endedReply } from "./await-job.ts";
import { taskOf } from "./task-view.ts";
import { declaresTasks, tasksUndeclared } from "./tasks-extension.ts";
import { TOOL_JOB, toolJobInput, toolJobOf } from "./tool-job.ts";

/** A call of a tool whose arguments have been checked. */
export interface JobCall {
  readonly jobs: Jobs;
  readonly entry: CatalogueTool;
  readonly run: RunningCall;
  /** The arguments as the caller gave them, and as the tool's schema has read them. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly args: unknown;
}

/**
 * Answers a call of a tool that runs as a job: with a task, where the caller can handle one, or else with what the job
 * comes to, as long as the caller waits, and then with its id. A call that is run again goes on with its job.
 *
 * A caller that waits and cancels, or leaves where leaving cancels, cancels the job; by leaving alone not one that outlives
 * its caller.
 */
export async function callAsJob(server: McpServer, request: CallRequest, call: JobCall): Promise<CallOutcome> {
  const asTask = request.mayBeTask === true && declaresTasks(request.caller.capabilities);
  if (call.entry.tool.taskOnly === true && !asTask) return { outcome: "refused", error: tasksUndeclared() };
  const known = await knownJob(call);
  const begun = known === undefined ? await begin(request, call) : ok(known);
  if (!begun.ok) return complete(failed(whyNotBegun(begun.problem)));
  if (asTask) return { outcome: "task", task: taskOf(begun.value, server.clock.nowMs()) };
  return complete(await waitedFor(server, request, { ...call, job: begun.value }));
}

const complete = (result: CallToolResult): CallOutcome => ({ outcome: "complete", result });

/** The one that an earlier run of the call has begun: its state, which nobody else could have made, names it. */
function knownJob({ jobs, run }: JobCall): Promise<Job | undefined> {
  return toolJobOf(jobs, run.principal, run.jobId);
}

/**
 * A first run of a modern call is never repeated under its id, so its job needs no name. All others may be, also by
 * another process after this one died.
 */
async function begin(request: CallRequest, call: JobCall): Promise<Result<Job, JobSubmitProblem>> {
  const { jobs, entry, run, given } = call;
  await prepare(call);
  const { capabilities } = request.caller;
  const answers = request.state?.answers ?? {};
  const submitted = await jobs.submit(run.tenantId, {
    kind: TOOL_JOB,
    title: entry.tool.name,
    input: toolJobInput({ tool: entry.tool.name, arguments: given, callId: run.callId, capabilities, answers }),
    submitter: run.principal,
    attemptsMax: entry.rerunnable ? JOB_ATTEMPTS : 1,
    ...(request.state !== undefined && { idempotencyKey: `call:${run.callId}`, requestDigest: run.principal.subject }),
  });
  return submitted.ok ? ok(submitted.value.job) : submitted;
}

async function prepare({ entry, run, args }: JobCall): Promise<void> {
  await entry.tool.prepare?.(args as never, run);
  if (run.pending.size > 0) throw new CallSuspended(); // whatever it made of being ended
}

function whyNotBegun(problem: JobSubmitProblem): string {
  switch (problem.reason) {
    case "quota_reached":
      return `As many jobs are in flight as your plan allows (${problem.limit}); call again when one has ended.`;
    case "job_too_large":
      return `The arguments have ${problem.bytes} bytes; at most ${problem.bytesMax} can be kept for a job.`;
    case "job_contended":
    case "idempotency_key_reused":
      return "The job could not be begun; call again.";
    case "tenant_inactive":
      return "Your tenant is not active.";
    case "job_order_invalid":
      return `The job could not be begun: its ${problem.field} is not ${problem.allowed}.`;
    default:
      return unreachable(problem);
  }
}

async function waitedFor(
  server: McpServer,
  { caller }: CallRequest,
  call: JobCall & { readonly job: Job },
): Promise<CallToolResult> {
  const { jobs, run, entry } = call;
  const { tenantId, jobId } = call.job;
  run.jobId = jobId;
  run.afterCancel = async () => {
    // A process that ends breaks connections off: nobody has left.
    if (server.closing?.aborted === true || (caller.leavingCancels && entry.tool.outlivesCaller === true)) return;
    await jobs.cancel(tenantId, jobId);
  };
  const untilEpochMs = run.deadlineEpochMs - JOB_HANDLE_MARGIN_MS;
  const job = await awaitJob({ jobs, clock: server.clock }, run, { job: call.job, untilEpochMs });
  if (job === undefined) return failed(`The job ${jobId} is not kept any longer.`);
  return isEnd(job.state) ? wire(await endedReply(jobs, job)) : handleReply(server, entry, job);
}

/**
 * Where the job can be found that takes longer than its caller waits. A tool with an output schema may not answer with
 * anything else, so there it is an error to those who check.
 */
export function handleReply(
  { catalogue }: McpServer,
  { tool }: CatalogueTool,
  { jobId }: Pick<Job, "jobId">,
): CallToolResult {
  const how = ["job_status", "job_result", "job_cancel"].every((name) => catalogue.tools.has(name))
    ? " See how far it is with job_status, get what it comes to with job_result, or stop it with job_cancel."
    : "";
  const text = `${tool.name} takes longer than this call can wait and goes on as the job ${jobId}.${how}`;
  const reply = { content: [{ type: "text", text }], _meta: { "skein/jobId": jobId } };
  return tool.output === undefined ? reply : { ...reply, isError: true };
}

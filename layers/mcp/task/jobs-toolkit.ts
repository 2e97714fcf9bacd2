import * as z from "zod";
import { isEnd, JOB_STATES, type Job } from "../../core/job/job.ts";
import type { JobChangeProblem } from "../../core/job/job-problem.ts";
import type { Jobs } from "../../core/job/jobs.ts";
import { unreachable } from "../../core/result.ts";
import { JOB_AWAITED_MS, JOB_HANDLE_MARGIN_MS } from "../limits.ts";
import { text } from "../toolkit/content.ts";
import { type CallScope, defineTool, ToolError, type Toolkit } from "../toolkit/tool.ts";
import { type AwaitParts, awaitJob, endedReply } from "./await-job.ts";
import { inputRequestsOf } from "./job-answers.ts";
import { toolJobOf } from "./tool-job.ts";

export interface JobsToolkitParts extends AwaitParts {
  readonly jobs: AwaitParts["jobs"] & Pick<Jobs, "cancel" | "resultOf">;
}

const SECOND_MS = 1_000;
const WAIT_SECONDS_MAX = JOB_AWAITED_MS / SECOND_MS;
const WAIT_SECONDS = 20;

const jobId = () => z.string().describe("As the call that became a job told it: job_…");

/** For clients without tasks: to look after, wait for and stop what their calls of long tools have become. */
export function jobsToolkit(parts: JobsToolkitParts): Toolkit {
  return [jobStatus(parts), jobResult(parts), jobCancel(parts)];
}

const ofOneJob = () => z.object({ jobId: jobId() });

const shownStatus = () =>
  z.object({
    jobId: z.string(),
    tool: z.string(),
    state: z.enum(JOB_STATES),
    progress: z.object({ done: z.number(), total: z.number().optional(), message: z.string().optional() }).optional(),
    waitsForAnswersTo: z.array(z.string()).describe("Answered by calling job_result").optional(),
    isToBeCancelled: z.boolean().optional(),
    failure: z.string().optional(),
    submittedAt: z.string(),
    endedAt: z.string().optional(),
  });

function jobStatus(parts: JobsToolkitParts) {
  return defineTool({
    name: "job_status",
    title: "Status of a job",
    description: "Says how far a call is that goes on as a job: its state, its progress, and what it waits for.",
    input: ofOneJob,
    output: shownStatus,
    annotations: { readOnlyHint: true },
    run: async (args, scope) => statusOf(await ownJob(parts, scope, args.jobId)),
  });
}

function statusOf(job: Job): z.infer<ReturnType<typeof shownStatus>> {
  const asked = job.state === "waiting" ? Object.keys(inputRequestsOf(job)) : [];
  return {
    jobId: job.jobId,
    tool: job.title,
    state: job.state,
    submittedAt: new Date(job.submittedAtEpochMs).toISOString(),
    ...(job.progress !== undefined && { progress: job.progress }),
    ...(asked.length > 0 && { waitsForAnswersTo: asked }),
    ...(job.cancelAskedAtEpochMs !== undefined && !isEnd(job.state) && { isToBeCancelled: true }),
    ...(job.failure !== undefined && { failure: job.failure.message }),
    ...(job.endedAtEpochMs !== undefined && { endedAt: new Date(job.endedAtEpochMs).toISOString() }),
  };
}

function jobResult(parts: JobsToolkitParts) {
  return defineTool({
    name: "job_result",
    title: "Result of a job",
    description:
      "Waits for a call that goes on as a job and answers what the called tool answers. Asks what the job waits to be told. " +
      "Where the job takes longer than the wait, says how far it is: call again.",
    input: () =>
      z.object({
        jobId: jobId(),
        waitSeconds: z.number().int().min(0).max(WAIT_SECONDS_MAX).default(WAIT_SECONDS),
      }),
    annotations: { readOnlyHint: true },
    timeoutMs: JOB_AWAITED_MS + JOB_HANDLE_MARGIN_MS,
    run: async (args, scope) => {
      const untilEpochMs = Math.min(
        parts.clock.nowMs() + args.waitSeconds * SECOND_MS,
        scope.deadlineEpochMs - JOB_HANDLE_MARGIN_MS,
      );
      const job = await awaitJob(parts, scope, { job: await ownJob(parts, scope, args.jobId), untilEpochMs });
      if (job === undefined) throw new ToolError(`The job ${args.jobId} is not kept any longer.`);
      return isEnd(job.state) ? endedReply(parts.jobs, job) : { content: [text(notYet(job))] };
    },
  });
}

function notYet({ jobId: id, state, title, progress }: Job): string {
  const share =
    progress === undefined
      ? ""
      : `, ${progress.done}${progress.total === undefined ? "" : ` of ${progress.total}`} done`;
  return `${title} (${id}) is not at its end yet: it is ${state}${share}. Call job_result again to go on waiting.`;
}

function jobCancel(parts: JobsToolkitParts) {
  return defineTool({
    name: "job_cancel",
    title: "Cancel a job",
    description: "Asks a call that goes on as a job to stop. What it has done by then stays done.",
    input: ofOneJob,
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
    run: async (args, scope) => {
      const job = await ownJob(parts, scope, args.jobId);
      const cancelled = await parts.jobs.cancel(job.tenantId, job.jobId);
      return cancelled.ok ? cancellation(cancelled.value) : notCancelled(job, cancelled.problem);
    },
  });
}

function cancellation({ jobId: id, state }: Job): string {
  return isEnd(state) ? `The job ${id} is cancelled.` : `The job ${id} is told to stop.`;
}

function notCancelled({ jobId: id }: Job, problem: JobChangeProblem): string {
  switch (problem.reason) {
    case "job_state_wrong":
      return `The job ${id} has already ended: it is ${problem.state}.`;
    case "job_unknown":
      throw new ToolError(`There is no job ${id}.`);
    case "job_contended":
      throw new ToolError(`The job ${id} is being changed by too many at once; try again.`);
    default:
      return unreachable(problem);
  }
}

/** Only of who has called the tool: to others there is none. */
async function ownJob({ jobs }: JobsToolkitParts, { principal }: CallScope, raw: string): Promise<Job> {
  const job = await toolJobOf(jobs, principal, raw);
  if (job === undefined) throw new ToolError(`There is no job ${raw.slice(0, 100)}.`);
  return job;
}

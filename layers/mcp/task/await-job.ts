import { isEnd, type Job, openQuestions } from "../../core/job/job.ts";
import type { Jobs } from "../../core/job/jobs.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { type CallToolResult, failed } from "../call/tool-reply.ts";
import { JOB_HANDLE_MARGIN_MS } from "../limits.ts";
import { isRecord } from "../protocol/json-rpc.ts";
import type { CallScope } from "../toolkit/tool.ts";
import { inputRequestsOf } from "./job-answers.ts";

export interface AwaitParts {
  readonly jobs: Jobs;
  readonly clock: Clock;
}

/**
 * Waits in a call for what a job comes to. Its progress is the call's, and so are its questions: the call then ends as
 * one that asks, and its next run gives the answers to the job.
 *
 * @returns the job, ended or not, once it has ended, or the call has no time left, or is over itself; undefined of a job
 *   that is not there any more.
 */
export async function awaitJob({ jobs, clock }: AwaitParts, scope: CallScope, first: Job): Promise<Job | undefined> {
  const untilMs = scope.deadlineEpochMs - JOB_HANDLE_MARGIN_MS;
  let job: Job | undefined = first;
  while (job !== undefined && !isEnd(job.state)) {
    if (job.progress !== undefined) scope.progress(job.progress.done, job.progress.total, job.progress.message);
    if (isAsking(job)) await scope.ask(inputRequestsOf(job));
    const timeoutMs = untilMs - clock.nowMs();
    if (timeoutMs <= 0 || scope.signal.aborted) return job;
    job = await jobs.changeOf(job.tenantId, job.jobId, { since: job.revision, timeoutMs, signal: scope.signal });
  }
  return job;
}

export function isAsking(job: Job): boolean {
  return job.state === "waiting" && Object.keys(openQuestions(job)).length > 0;
}

/** What a job's tool answered, as the call that waited for it is answered. */
export async function endedReply(jobs: Jobs, job: Job): Promise<CallToolResult> {
  if (job.state === "cancelled") return failed(`The job ${job.jobId} was cancelled.`);
  if (job.state === "failed") return failed(job.failure?.message ?? `The job ${job.jobId} failed.`);
  const result = await jobs.resultOf(job);
  return isToolResult(result) ? result : failed(`What the job ${job.jobId} came to is not kept any longer.`);
}

function isToolResult(raw: unknown): raw is CallToolResult {
  return isRecord(raw) && Array.isArray(raw.content);
}

import { isEnd, type Job } from "../../core/job/job.ts";
import type { Jobs } from "../../core/job/jobs.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { isToolReply } from "../call/tool-reply.ts";
import { JOB_TOLD_EVERY_MS } from "../limits.ts";
import { isRecord } from "../protocol/json-rpc.ts";
import { text } from "../toolkit/content.ts";
import { type CallScope, ToolError, type ToolReply } from "../toolkit/tool.ts";
import { answersFor, inputRequestsOf, isAsking } from "./job-answers.ts";

export interface AwaitParts {
  readonly jobs: Pick<Jobs, "get" | "answer" | "changeOf">;
  readonly clock: Clock;
}

/**
 * Waits in a call for what a job comes to. Its progress is the call's, and so are its questions: the call then ends as
 * one that asks, and its next run gives the answers to the job.
 *
 * @returns the job, ended or not, once it has ended, or the time or the call is over; undefined of a job that is not there
 *   any more.
 */
export async function awaitJob(
  { jobs, clock }: AwaitParts,
  scope: CallScope,
  { job: first, untilEpochMs }: { readonly job: Job; readonly untilEpochMs: number },
): Promise<Job | undefined> {
  let job: Job | undefined = first;
  while (job !== undefined && !isEnd(job.state)) {
    tellProgress(scope, job, clock.nowMs());
    if (isAsking(job) && !isAnsweredElsewhere(scope, job)) job = await passOn(jobs, scope, job);
    const leftMs = untilEpochMs - clock.nowMs();
    if (job === undefined || leftMs <= 0 || scope.signal.aborted) return job;
    const timeoutMs = job.wakeAtEpochMs === undefined ? leftMs : Math.min(leftMs, JOB_TOLD_EVERY_MS);
    job = await jobs.changeOf(job.tenantId, job.jobId, { since: job.revision, timeoutMs, signal: scope.signal });
  }
  return job;
}

/** A job that sleeps goes on without this client's answers too: one that can't be asked waits with it. */
function isAnsweredElsewhere(scope: CallScope, job: Job): boolean {
  if (job.wakeAtEpochMs === undefined) return false;
  return Object.values(inputRequestsOf(job)).some((question) => !scope.canAsk(question));
}

/** Of a job that sleeps the time that has passed is all there is to tell; and clients go on waiting that are told something. */
function tellProgress(
  scope: CallScope,
  { state, progress, changedAtEpochMs, wakeAtEpochMs }: Job,
  nowMs: number,
): void {
  if (state === "waiting" && wakeAtEpochMs !== undefined) {
    const secondsSince = (epochMs: number) => Math.max(0, Math.floor((epochMs - changedAtEpochMs) / 1_000));
    const before = progress?.done ?? 0;
    scope.progress(before + secondsSince(nowMs), before + secondsSince(wakeAtEpochMs), progress?.message);
  } else if (progress !== undefined) scope.progress(progress.done, progress.total, progress.message);
}

/** Asks the call's client what the job asks, and tells the job. */
async function passOn(jobs: AwaitParts["jobs"], scope: CallScope, job: Job): Promise<Job | undefined> {
  const answers = answersFor(job, await scope.ask(inputRequestsOf(job)));
  const answered = await jobs.answer(job.tenantId, job.jobId, answers);
  if (answered.ok) return answered.value;
  if (answered.problem.reason === "job_too_large") {
    throw new ToolError(`The answers are over the ${answered.problem.bytesMax} bytes that a job can keep.`);
  }
  return jobs.get(job.tenantId, job.jobId); // somebody else has answered, or ended it
}

/** What a job's tool answered, as the call that waited for it is answered. */
export async function endedReply(jobs: Pick<Jobs, "resultOf">, job: Job): Promise<ToolReply> {
  if (job.state === "cancelled") return unable(job.failure?.message ?? `The job ${job.jobId} was cancelled.`);
  if (job.state === "failed") return unable(job.failure?.message ?? `The job ${job.jobId} failed.`);
  return readReply(await jobs.resultOf(job)) ?? unable(`What the job ${job.jobId} came to is not kept any longer.`);
}

const unable = (why: string): ToolReply => ({ content: [text(why)], isError: true });

/** A `CallToolResult`, as the job was left with it. */
function readReply(raw: unknown): ToolReply | undefined {
  if (!isToolReply(raw)) return undefined;
  const { _meta, ...reply } = { _meta: undefined, ...raw };
  return isRecord(_meta) ? { ...reply, meta: _meta } : reply;
}

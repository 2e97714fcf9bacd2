import { type Chance, randomShare } from "../ports/chance.ts";
import type { Role } from "../tenant/role.ts";
import type { Job, JobFailure } from "./job.ts";
import type { JobEnding } from "./job-endings.ts";
import type { JobOutcome, JobStop } from "./job-run.ts";
import { JOB_BACKOFF_MS, JOB_BACKOFF_MS_MAX } from "./limits.ts";

/** What became of a handler: it left an outcome, threw, or did not stop when it was told to. */
export type Settled =
  | { readonly by: "outcome"; readonly outcome: JobOutcome }
  | { readonly by: "fault"; readonly fault: unknown }
  | { readonly by: "time" };

/** How a claimed job ends that needs no handler any more. `role` is its submitter's, as the tenant has it now. */
export function endedBefore(
  { cancelAskedAtEpochMs, attempts, attemptsMax, endByEpochMs }: Job,
  { role, claimedAtMs }: { readonly role: Role | undefined; readonly claimedAtMs: number },
): JobEnding | undefined {
  if (role === undefined) return { to: "cancelled", failure: SUBMITTER_REMOVED };
  if (cancelAskedAtEpochMs !== undefined) return { to: "cancelled" };
  if (attempts > attemptsMax) return failedFor(WORKER_LOST);
  return claimedAtMs > endByEpochMs ? failedFor(TOO_OLD) : undefined;
}

/** What has come to its end has, whoever wanted it stopped. */
export function endingOf(
  job: Job,
  { settled, stop }: { readonly settled: Settled; readonly stop: JobStop | undefined },
  chance: Chance,
): JobEnding {
  const outcome = settled.by === "outcome" ? settled.outcome : undefined;
  if (outcome?.outcome === "succeeded") return { to: "succeeded", result: outcome.result };
  if (stop === "cancelled") return { to: "cancelled" };
  if (stop === "tenant_inactive") return { to: "cancelled", failure: TENANT_INACTIVE };
  if (outcome?.outcome === "asked")
    return { to: "waiting", questions: outcome.questions, wakeAtEpochMs: outcome.wakeAtEpochMs };
  if (outcome?.outcome === "failed" && outcome.isFinal) return failedFor(outcome.failure);
  if (outcome?.outcome === "failed") return retriedFor(outcome.failure, { job, chance });
  if (stop !== undefined) return retriedFor(STOPPED[stop], { job, chance });
  const code = settled.by === "fault" ? codeOf(settled.fault) : undefined;
  return retriedFor({ ...HANDLER_FAILED, ...code }, { job, chance });
}

function retriedFor(failure: JobFailure, { job, chance }: { readonly job: Job; readonly chance: Chance }): JobEnding {
  if (job.attempts >= job.attemptsMax) return failedFor(failure);
  return { to: "queued", failure, afterMs: backoffMs(chance, job.attempts) };
}

/** Any time up to twice as long as the attempt before, so that jobs that failed together don't come back together. */
export function backoffMs(chance: Chance, attempts: number): number {
  const most = Math.min(JOB_BACKOFF_MS_MAX, JOB_BACKOFF_MS * 2 ** Math.max(0, attempts - 1));
  return Math.round(most * randomShare(chance));
}

const failedFor = (failure: JobFailure): JobEnding => ({ to: "failed", failure });

const CODE_PATTERN = /^[a-z][a-z0-9_]{0,63}$/;

function codeOf(fault: unknown): { readonly code: string } | undefined {
  const code = fault instanceof Error && "code" in fault ? fault.code : undefined;
  return typeof code === "string" && CODE_PATTERN.test(code) ? { code } : undefined;
}

/** Of a claimed job whose input is over. */
export const INPUT_GONE: JobEnding = failedFor({
  code: "job_input_gone",
  message: "What the job was to work on is over.",
});
const HANDLER_FAILED: JobFailure = { code: "handler_failed", message: "The work failed unexpectedly." };
const WORKER_LOST: JobFailure = {
  code: "worker_lost",
  message: "Each worker that ran the job was lost before it came to an end.",
};
/** Also of one that nobody has claimed. */
export const TOO_OLD: JobFailure = {
  code: "job_too_old",
  message: "The job has not ended within its longest time.",
};
const SUBMITTER_REMOVED: JobFailure = {
  code: "submitter_removed",
  message: "Who submitted the job is no member of the tenant any more.",
};
const TENANT_INACTIVE: JobFailure = { code: "tenant_inactive", message: "The tenant was suspended or deleted." };
const STOPPED: Readonly<Record<"deadline" | "lease_lost", JobFailure>> = {
  deadline: { code: "deadline_passed", message: "The work took longer than one run of it may." },
  lease_lost: { code: "lease_lost", message: "The worker was cut off from the store." },
};

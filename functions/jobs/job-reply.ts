import type * as z from "zod";
import type { Job } from "../../layers/core/job/job.ts";
import type { JobProblem } from "../../layers/core/job/job-problem.ts";
import { type Result, unreachable } from "../../layers/core/result.ts";
import { RETRY_AFTER_SECONDS } from "../../layers/http/limits.ts";
import type { OperationOutcome } from "../../layers/http/operation/operation-reply.ts";
import type { HttpProblem } from "../../layers/http/problem-reply.ts";
import type { JobShown } from "../job-descriptions.ts";

/** A job as its tenant's people see it: neither what it works on nor what it came to. */
export function jobShown(job: Job): z.input<typeof JobShown> {
  const { jobId, kind, title, state, revision, priority, attempts, attemptsMax, progress, failure } = job;
  const { submittedAtEpochMs, readyAtEpochMs, startedAtEpochMs, changedAtEpochMs, endedAtEpochMs } = job;
  return {
    ...{ jobId, kind, title, state, revision, priority, attempts, attemptsMax, progress, failure },
    ...{ submittedAtEpochMs, readyAtEpochMs, startedAtEpochMs, changedAtEpochMs, endedAtEpochMs },
    submittedBy: job.submitter.subject,
    failures: [...job.failures],
    isCancelAsked: job.cancelAskedAtEpochMs !== undefined,
  };
}

export function jobOutcome(result: Result<Job, JobProblem>): OperationOutcome {
  return result.ok ? { json: jobShown(result.value) } : { problem: jobProblem(result.problem) };
}

export const JOB_ABSENT: HttpProblem = {
  status: 404,
  code: "job_unknown",
  detail: "there is no such job, or no longer",
};

/** Why nothing was done, as its caller is told. */
export function jobProblem(problem: JobProblem): HttpProblem {
  const { reason: code } = problem;
  const conflict = (detail: string): HttpProblem => ({ status: 409, code, detail });
  const wrong = (detail: string): HttpProblem => ({ status: 400, code, detail });
  switch (problem.reason) {
    case "job_unknown":
      return JOB_ABSENT;
    case "job_order_invalid":
      return wrong(`${problem.field}: takes ${problem.allowed}`);
    case "job_cursor_malformed":
      return wrong("the cursor is not one that this list gave");
    case "job_limit_invalid":
      return wrong(`limit: takes a whole number from 1 to ${problem.limitMax}`);
    case "job_too_large":
      return { status: 413, code, detail: `the ${problem.part} may have ${problem.bytesMax} bytes as JSON` };
    case "idempotency_key_reused":
      return { status: 422, code, detail: "this Idempotency-Key stands for another request; take a new one" };
    case "job_state_wrong":
      return conflict(`the job is ${problem.state}`);
    case "job_input_gone":
      return conflict("what the job was to work on is over; submit it anew");
    case "quota_reached":
      return conflict(`the tenant has its ${problem.limit} jobs in flight; wait for some to end`);
    case "tenant_inactive":
      return { status: 403, code, detail: "the tenant is not served" };
    case "job_contended":
      return { status: 503, code, detail: "others change the job over and over; try again", headers: WAIT };
    default:
      return unreachable(problem);
  }
}

const WAIT = { "retry-after": String(RETRY_AFTER_SECONDS) } as const;

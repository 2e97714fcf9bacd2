import type * as z from "zod";
import { actorOf } from "../../layers/core/audit/audit-entry.ts";
import type { AuditLog } from "../../layers/core/audit/audit-log.ts";
import { canonicalJson } from "../../layers/core/canonical-json.ts";
import type { Job } from "../../layers/core/job/job.ts";
import type { JobId } from "../../layers/core/job/job-id.ts";
import type { JobOrder } from "../../layers/core/job/job-order.ts";
import type { JobProblem } from "../../layers/core/job/job-problem.ts";
import type { Jobs } from "../../layers/core/job/jobs.ts";
import type { Digest } from "../../layers/core/ports/digest.ts";
import type { Result } from "../../layers/core/result.ts";
import { mayAct } from "../../layers/core/tenant/action.ts";
import type { Operation, OperationCall } from "../../layers/http/operation/operation.ts";
import type { OperationOutcome } from "../../layers/http/operation/operation-reply.ts";
import {
  CANCEL_JOB,
  GET_JOB,
  GET_JOB_RESULT,
  LIST_JOBS,
  REDRIVE_JOB,
  SUBMIT_JOB,
  type ToolOrder,
} from "../job-descriptions.ts";
import { JOB_ABSENT, jobOutcome, jobProblem, jobShown } from "./job-reply.ts";

export interface JobOperationParts {
  readonly jobs: Pick<Jobs, "submit" | "get" | "list" | "resultOf" | "cancel" | "redrive" | "changeOf">;
  readonly audit: Pick<AuditLog, "change">;
  readonly digest: Digest;
}

/** The jobs of a tenant, as its people and programs see and change them. */
export function jobOperations(parts: JobOperationParts): readonly Operation[] {
  return [...seeingOperations(parts), ...changingOperations(parts)];
}

function seeingOperations({ jobs }: JobOperationParts): readonly Operation[] {
  return [
    LIST_JOBS.answeredBy(async ({ tenantId, query: { from, before, ...filter } }) => {
      const page = await jobs.list(tenantId, {
        ...filter,
        submittedAfterEpochMs: from,
        submittedBeforeEpochMs: before,
      });
      if (!page.ok) return { problem: jobProblem(page.problem) };
      return { json: { jobs: page.value.jobs.map(jobShown), cursor: page.value.cursor } };
    }),
    GET_JOB.answeredBy(async ({ tenantId, params: { jobId }, query: { since, waitSeconds }, context: { signal } }) => {
      const wait = { since: since ?? 0, timeoutMs: waitSeconds * 1_000, signal };
      const job = since === undefined ? await jobs.get(tenantId, jobId) : await jobs.changeOf(tenantId, jobId, wait);
      return job === undefined ? { problem: JOB_ABSENT } : { json: jobShown(job) };
    }),
    GET_JOB_RESULT.answeredBy(async ({ tenantId, params: { jobId } }) => {
      const job = await jobs.get(tenantId, jobId);
      if (job === undefined) return { problem: JOB_ABSENT };
      if (job.state !== "succeeded") return { problem: jobProblem({ reason: "job_state_wrong", state: job.state }) };
      const result = await jobs.resultOf(job);
      return result === undefined ? { problem: RESULT_GONE } : { json: result };
    }),
  ];
}

const RESULT_GONE = {
  status: 404,
  code: "job_result_gone",
  detail: "what the job came to is not kept any longer",
} as const;

function changingOperations({ jobs, audit, digest }: JobOperationParts): readonly Operation[] {
  return [
    SUBMIT_JOB.answeredBy(async (call) => {
      const right = mayCallTools(call);
      if (right !== undefined) return right;
      const { delayMs, ...tool } = call.body;
      const order = { ...toolOrder(tool, call), delayMs, ...requestOf(call, digest) };
      const submitted = await jobs.submit(call.tenantId, order);
      if (!submitted.ok) return { problem: jobProblem(submitted.problem) };
      const { job } = submitted.value;
      return { json: jobShown(job), headers: { location: `/api/jobs/${job.jobId}` } };
    }),
    CANCEL_JOB.answeredBy((call) =>
      changed(call, { parts: { jobs, audit }, action: "job.cancel", change: (id) => jobs.cancel(call.tenantId, id) }),
    ),
    REDRIVE_JOB.answeredBy((call) =>
      changed(call, { parts: { jobs, audit }, action: "job.redrive", change: (id) => jobs.redrive(call.tenantId, id) }),
    ),
  ];
}

type AnyCall = OperationCall<unknown, unknown, unknown>;

/** Who may submit jobs and no calls of tools would otherwise come to them this way. */
export function mayCallTools({ context }: AnyCall): OperationOutcome | undefined {
  const right = mayAct(context.principal, "mcp.call");
  if (right.ok) return undefined;
  const detail = "a job that calls a tool takes the right to call it: mcp.call, with the scope mcp:call";
  return { problem: { status: 403, code: right.problem.reason, detail }, refusedAction: "mcp.call" };
}

/** What a call of a tool is as a job, in the caller's name. */
export function toolOrder(
  { tool, arguments: given, title, priority, attemptsMax }: z.output<typeof ToolOrder>,
  { context }: AnyCall,
): Pick<JobOrder, "kind" | "title" | "input" | "submitter" | "priority" | "attemptsMax"> {
  const input = { tool, arguments: given };
  return { kind: "tool", title: title ?? tool, input, submitter: context.principal, priority, attemptsMax };
}

/** A key belongs to whoever sends it, so that nobody of a tenant comes upon another's job by chance. */
function requestOf(
  { idempotencyKey, context: { principal }, body }: AnyCall,
  digest: Digest,
): Pick<JobOrder, "idempotencyKey" | "requestDigest"> {
  if (idempotencyKey === undefined) return {};
  return {
    idempotencyKey: digest(JSON.stringify([principal.subject, idempotencyKey])),
    requestDigest: digest(canonicalJson(body)),
  };
}

/** Of what is not there nothing is written down. */
async function changed(
  call: OperationCall<{ readonly jobId: JobId }, unknown, unknown>,
  {
    parts: { jobs, audit },
    action,
    change,
  }: {
    readonly parts: Pick<JobOperationParts, "jobs" | "audit">;
    readonly action: "job.cancel" | "job.redrive";
    readonly change: (jobId: JobId) => Promise<Result<Job, JobProblem>>;
  },
): Promise<OperationOutcome> {
  const { tenantId, params, context, request } = call;
  const { jobId } = params;
  const job = await jobs.get(tenantId, jobId);
  if (job === undefined) return { problem: JOB_ABSENT };
  const { requestId } = context;
  const actor = actorOf(context.principal, { requestId, remoteAddress: request.remoteAddress });
  const deed = { actor, action, target: { kind: "job", id: jobId }, after: { name: job.title } } as const;
  return jobOutcome(await audit.change(tenantId, deed, () => change(jobId)));
}

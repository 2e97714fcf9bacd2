import * as z from "zod";
import { JOB_PRIORITIES, JOB_STATES } from "../layers/core/job/job.ts";
import { parseJobId } from "../layers/core/job/job-id.ts";
import {
  JOB_ATTEMPTS,
  JOB_ATTEMPTS_MAX,
  JOB_DELAY_MS_MAX,
  JOB_LIST_DEFAULT,
  JOB_LIST_MAX,
  JOB_TITLE_CHARACTERS_MAX,
} from "../layers/core/job/limits.ts";
import type { Json } from "../layers/core/ports/table.ts";
import { describeOperation } from "../layers/http/operation/operation.ts";
import { epochMs, moment } from "./time-schemas.ts";

/** The operations of `/api/jobs` as the document shows them; `functions/jobs` answers them. */

export const JOBS_TAG = "jobs";
const JOBS = "/api/jobs";
const JOB = "/api/jobs/{jobId}";

const Failure = z.object({
  code: z.string().describe("Stable: match on it"),
  message: z.string(),
});

export const JobShown = z.object({
  jobId: z.string(),
  kind: z.string(),
  title: z.string(),
  state: z.enum(JOB_STATES),
  revision: z.int().min(1).describe("Rises with each change"),
  priority: z.enum(JOB_PRIORITIES),
  submittedBy: z.string().describe("The subject in whose name it runs"),
  attempts: z.int().min(0),
  attemptsMax: z.int().min(1),
  progress: z.object({ done: z.number(), total: z.number().optional(), message: z.string().optional() }).optional(),
  failures: z.array(Failure.extend({ atEpochMs: epochMs })).describe("Of the last few runs, the newest last"),
  failure: Failure.optional().describe("Why it failed for good"),
  isCancelAsked: z.boolean(),
  submittedAtEpochMs: epochMs,
  readyAtEpochMs: epochMs.describe("It does not run before"),
  startedAtEpochMs: epochMs.optional().describe("When its last run began"),
  changedAtEpochMs: epochMs,
  endedAtEpochMs: epochMs.optional(),
});

const JOB_EXAMPLE = {
  jobId: "job_0mvdv2k8aXo3mZ0F1x7JqYv2b9tRk4A",
  kind: "tool",
  title: "cyberchef_bake",
  state: "queued",
  revision: 1,
  priority: "normal",
  submittedBy: "ann@example.com",
  attempts: 0,
  attemptsMax: 3,
  failures: [],
  isCancelAsked: false,
  submittedAtEpochMs: 1_795_000_000_000,
  readyAtEpochMs: 1_795_000_000_000,
  changedAtEpochMs: 1_795_000_000_000,
} as const;

const SHOWN = {
  status: 200,
  description: "The job as it is now",
  schema: JobShown,
  example: JOB_EXAMPLE,
} as const;

const TOOL_NAME_CHARACTERS_MAX = 128;
/** Whatever was read from JSON is some. */
const anyJson: z.ZodType<Json> = z.any();

/** What is to be done: a call of a tool. */
export const ToolOrder = z.strictObject({
  tool: z.string().min(1).max(TOOL_NAME_CHARACTERS_MAX).describe("As `tools/list` names it"),
  arguments: z.record(z.string(), anyJson).default({}),
  title: z.string().min(1).max(JOB_TITLE_CHARACTERS_MAX).optional().describe("For lists; left out, the tool's name"),
  priority: z.enum(JOB_PRIORITIES).default("normal").describe("`high` waits in a queue of its own"),
  attemptsMax: z.int().min(1).max(JOB_ATTEMPTS_MAX).default(JOB_ATTEMPTS).describe("So often it is run at most"),
});

const NewJob = ToolOrder.extend({
  delayMs: z.int().min(0).max(JOB_DELAY_MS_MAX).default(0).describe("It does not run before so long from now"),
});

const OneJob = z.strictObject({
  jobId: z.string().transform((raw, context) => {
    const jobId = parseJobId(raw);
    if (jobId.ok) return jobId.value;
    context.addIssue("expected the id of a job");
    return z.NEVER;
  }),
});

const CURSOR_CHARACTERS_MAX = 100;
/** Shorter than a front door waits for a reply. */
const WATCH_SECONDS_MAX = 20;

export const SUBMIT_JOB = describeOperation({
  id: "submitJob",
  method: "POST",
  path: JOBS,
  tag: JOBS_TAG,
  summary: "Submit a call of a tool",
  description:
    "It runs in the caller's name, who needs the right to call the tool besides, also when it runs. Once this is answered " +
    "the job comes to an end, whatever fails meanwhile. Whether there is such a tool is found when it runs.",
  action: "job.submit",
  takesIdempotencyKey: true,
  body: NewJob,
  bodyExample: { tool: "cyberchef_bake", arguments: { input: "hello", recipe: [{ op: "To Base64" }] } },
  success: { ...SHOWN, status: 201, description: "The job; `Location` names it" },
  conflict: "The tenant has all the jobs in flight that it may have",
});

export const LIST_JOBS = describeOperation({
  id: "listJobs",
  method: "GET",
  path: JOBS,
  tag: JOBS_TAG,
  summary: "List jobs, the newest first",
  description:
    "Those that are `failed` are the tenant's dead letters: they can be redriven. A page may hold fewer jobs than asked " +
    "for, or none, and still have a cursor to the next.",
  action: "job.read",
  query: z.strictObject({
    state: z.enum(JOB_STATES).optional().describe("Only those in this state"),
    from: moment.optional().describe("Only what was submitted from this moment on"),
    before: moment.optional().describe("Only what was submitted before this moment"),
    limit: z.coerce.number().int().min(1).max(JOB_LIST_MAX).default(JOB_LIST_DEFAULT).describe("At most so many"),
    cursor: z.string().min(1).max(CURSOR_CHARACTERS_MAX).optional().describe("From the page before"),
  }),
  success: {
    status: 200,
    description: "A page of jobs; with a cursor where more may follow",
    schema: z.object({ jobs: z.array(JobShown), cursor: z.string().optional() }),
    example: { jobs: [JOB_EXAMPLE], cursor: JOB_EXAMPLE.jobId },
  },
});

export const GET_JOB = describeOperation({
  id: "getJob",
  method: "GET",
  path: JOB,
  tag: JOBS_TAG,
  summary: "See a job, or wait until it changes",
  action: "job.read",
  params: OneJob,
  query: z.strictObject({
    since: z.coerce.number().int().min(0).optional().describe("Answer once the revision is another than this one"),
    waitSeconds: z.coerce
      .number()
      .int()
      .min(0)
      .max(WATCH_SECONDS_MAX)
      .default(WATCH_SECONDS_MAX)
      .describe("How long to wait for that; then the job is told as it is"),
  }),
  success: SHOWN,
});

export const GET_JOB_RESULT = describeOperation({
  id: "getJobResult",
  method: "GET",
  path: `${JOB}/result`,
  tag: JOBS_TAG,
  summary: "What a job that succeeded came to",
  action: "job.read",
  params: OneJob,
  success: {
    status: 200,
    description: "As the tool has answered: a `CallToolResult` of MCP",
    schema: anyJson,
    example: { content: [{ type: "text", text: "aGVsbG8=" }] },
  },
  conflict: "The job has not succeeded, or not yet",
});

export const CANCEL_JOB = describeOperation({
  id: "cancelJob",
  method: "POST",
  path: `${JOB}/cancel`,
  tag: JOBS_TAG,
  summary: "Cancel a job",
  description:
    "One that nobody runs is over at once. One that runs is told to stop within ten seconds, and may come to its end all " +
    "the same.",
  action: "job.cancel",
  params: OneJob,
  success: SHOWN,
  conflict: "The job has ended",
});

export const REDRIVE_JOB = describeOperation({
  id: "redriveJob",
  method: "POST",
  path: `${JOB}/redrive`,
  tag: JOBS_TAG,
  summary: "Run a job again that failed for good",
  description: "With its first number of attempts, in the name of whoever submitted it.",
  action: "job.redrive",
  params: OneJob,
  success: SHOWN,
  conflict: "The job has not failed, its input is over, or the tenant has all the jobs in flight that it may have",
});

export const JOB_DESCRIPTIONS = [SUBMIT_JOB, LIST_JOBS, GET_JOB, GET_JOB_RESULT, CANCEL_JOB, REDRIVE_JOB] as const;

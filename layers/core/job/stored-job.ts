import * as z from "zod";
import type { Item, Json } from "../ports/table.ts";
import { jobKey } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { JOB_PRIORITIES, JOB_STATES, type Job } from "./job.ts";
import { parseJobId } from "./job-id.ts";
import type { JobValue } from "./job-values.ts";
import { storedSubmitter, submitterSchema } from "./stored-submitter.ts";

/** What lies under a job's key is none. */
export class JobCorrupt extends Error {
  readonly code = "job_corrupt";
  constructor(options: { cause: unknown }) {
    super("a stored job can't be read", options);
    this.name = "JobCorrupt";
  }
}

/** Values are kept as text: a map could not hold every number and every depth that JSON can. */
export function storedValue(value: JobValue): Json {
  return value.at === "item" ? { text: JSON.stringify(value.json) } : { blob: value.key, bytes: value.bytes };
}

export const storedRecord = (record: Readonly<Record<string, Json>>): string => JSON.stringify(record);

export function storedJob({ tenantId, jobId, ...job }: Job): Item {
  const { submitter, progress, result, failure, failures, ...plain } = job;
  return {
    ...jobKey(tenantId, jobId),
    ...plain,
    input: storedValue(job.input),
    submitter: storedSubmitter(submitter),
    questions: storedRecord(job.questions),
    answers: storedRecord(job.answers),
    failures: failures.map((one) => ({ ...one })),
    ...(progress !== undefined && { progress: { ...progress } }),
    ...(result !== undefined && { result: storedValue(result) }),
    ...(failure !== undefined && { failure: { ...failure } }),
  };
}

/** That a job was never made, and never will be: its submitter died, or came too late. */
export const VOID = "void";

function makeSchema() {
  const count = z.int().min(0);
  const json = z.string().transform((text): Json => JSON.parse(text));
  const record = z.string().transform((text): Readonly<Record<string, Json>> => JSON.parse(text));
  const value = z.union([
    z.object({ text: json }).transform(({ text }): JobValue => ({ at: "item", json: text })),
    z
      .object({ blob: z.string(), bytes: count })
      .transform(({ blob, bytes }): JobValue => ({ at: "blob", bytes, key: blob })),
  ]);
  const failure = z.object({ code: z.string(), message: z.string() });
  return z.object({
    kind: z.string(),
    title: z.string(),
    input: value,
    submitter: submitterSchema(),
    priority: z.enum(JOB_PRIORITIES),
    state: z.enum(JOB_STATES),
    revision: count,
    drive: z.int().min(1),
    term: count,
    leaseUntilEpochMs: z.number().exactOptional(),
    attempts: count,
    attemptsMax: z.int().min(1),
    failures: z.array(failure.extend({ atEpochMs: z.number() })),
    progress: z
      .object({ done: z.number(), total: z.number().exactOptional(), message: z.string().exactOptional() })
      .exactOptional(),
    questions: record,
    answers: record,
    wakeAtEpochMs: z.number().exactOptional(),
    wokenTerm: count.exactOptional(),
    cancelAskedAtEpochMs: z.number().exactOptional(),
    result: value.exactOptional(),
    failure: failure.exactOptional(),
    submittedAtEpochMs: z.number(),
    readyAtEpochMs: z.number(),
    endByEpochMs: z.number(),
    startedAtEpochMs: z.number().exactOptional(),
    changedAtEpochMs: z.number(),
    endedAtEpochMs: z.number().exactOptional(),
  });
}

let schema: ReturnType<typeof makeSchema> | undefined;

/**
 * Undefined where no job is, or one that was never made.
 *
 * @throws {JobCorrupt}
 */
export function parseStoredJob(tenantId: TenantId, item: Item | undefined): Job | undefined {
  if (item === undefined || item.state === VOID) return undefined;
  schema ??= makeSchema();
  const jobId = parseJobId(item.sk);
  const parsed = schema.safeParse(item);
  if (!jobId.ok || !parsed.success) throw new JobCorrupt({ cause: parsed.error ?? jobId });
  const { submitter, ...job } = parsed.data;
  return { ...job, tenantId, jobId: jobId.value, submitter: { ...submitter, tenantId } };
}

import type { Job } from "../../core/job/job.ts";
import { parseJobId } from "../../core/job/job-id.ts";
import type { Jobs } from "../../core/job/jobs.ts";
import type { Json } from "../../core/ports/table.ts";
import type { Principal } from "../../core/tenant/principal.ts";
import type { Capabilities } from "../call/caller.ts";
import { isRecord } from "../protocol/json-rpc.ts";

/** The kind of a job that runs a tool. */
export const TOOL_JOB = "tool";

/** A call of a tool, as its job keeps it. */
export interface ToolJob {
  readonly tool: string;
  /** As the caller gave them. */
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Of the call that asked for it; the same in each run. */
  readonly callId: string;
  /** What the caller's client could be asked. */
  readonly capabilities: Capabilities;
  /** What was answered before there was a job, by the tool's own keys. */
  readonly answers: Readonly<Record<string, unknown>>;
}

/** Only what questions depend on: a client may say anything of itself. */
const ASKABLE = ["elicitation", "sampling", "roots"] as const;

export function toolJobInput({ capabilities, ...call }: ToolJob): Json {
  const askable = Object.fromEntries(ASKABLE.map((name) => [name, capabilities[name]]));
  return plainJson({ ...call, capabilities: askable });
}

/** Undefined of what is no call of a tool. One that somebody submitted by hand need have nothing but the tool's name. */
export function readToolJob(input: Json | undefined, jobId: string): ToolJob | undefined {
  if (!isRecord(input) || typeof input.tool !== "string") return undefined;
  const { tool, callId } = input;
  return {
    tool,
    arguments: recordOr(input.arguments),
    callId: typeof callId === "string" ? callId : jobId,
    capabilities: recordOr(input.capabilities),
    answers: recordOr(input.answers),
  };
}

const recordOr = (raw: unknown): Readonly<Record<string, unknown>> => (isRecord(raw) ? raw : {});

/** Undefined of what is no call of a tool that this very principal has made: to everybody else there is none. */
export async function toolJobOf(jobs: Pick<Jobs, "get">, principal: Principal, raw: unknown): Promise<Job | undefined> {
  const { tenantId, subject } = principal;
  const jobId = parseJobId(raw);
  const job = jobId.ok ? await jobs.get(tenantId, jobId.value) : undefined;
  return job?.kind === TOOL_JOB && job.submitter.subject === subject ? job : undefined;
}

/** As JSON keeps it: without what is undefined. */
export function plainJson(value: object): Json {
  return JSON.parse(JSON.stringify(value));
}

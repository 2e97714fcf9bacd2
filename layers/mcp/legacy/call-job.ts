import type { Job } from "../../core/job/job.ts";
import { parseJobId } from "../../core/job/job-id.ts";
import type { Caller } from "../call/caller.ts";
import { calledTool } from "../catalogue/called-tool.ts";
import type { McpServer } from "../mcp-server.ts";
import { isAsking } from "../task/job-answers.ts";
import type { ParkedCall } from "./parked-calls.ts";

interface Driving {
  readonly server: McpServer;
  readonly caller: Caller;
}

/** Whether others than the client may answer: then what the client says, or does not, is no end of the call. */
export function outlivesCaller({ catalogue }: McpServer, { request }: ParkedCall): boolean {
  return calledTool(catalogue, request)?.tool.outlivesCaller === true;
}

/** The job that a call waits for. */
export function jobIdOf({ callState }: ParkedCall): Job["jobId"] | undefined {
  const jobId = parseJobId(callState.jobId);
  return jobId.ok ? jobId.value : undefined;
}

/** A job that asks through its call waits for nothing any more. */
export async function endJob({ server, caller }: Driving, call: ParkedCall): Promise<void> {
  const jobId = jobIdOf(call);
  if (jobId !== undefined) await server.jobs?.cancel(caller.context.principal.tenantId, jobId);
}

/** A job that others can answer too may have gone on: what it came to is found by running the call again. */
export async function isAnsweredElsewhere({ server, caller }: Driving, call: ParkedCall): Promise<boolean> {
  const jobId = jobIdOf(call);
  if (jobId === undefined || !outlivesCaller(server, call)) return false;
  const job = await server.jobs?.get(caller.context.principal.tenantId, jobId);
  return job === undefined || !isAsking(job);
}

import { type JobsToolkitParts, jobsToolkit } from "../layers/mcp/task/jobs-toolkit.ts";
import type { Toolkits } from "../layers/mcp/toolkit/tool.ts";

/** By what tenants have the tools on or off with which clients look after calls that have become jobs. */
export const JOBS_TOOLKIT = "jobs";

/** Whether any of the tools runs as a job, so that there is something to look after. */
export function hasJobTools(toolkits: Toolkits): boolean {
  return Object.values(toolkits).some((tools) => tools.some((entry) => entry.kind === "tool" && entry.mode === "job"));
}

/** With those tools where there is something to look after. A toolkit of the same name that is there stays. */
export function withJobTools(toolkits: Toolkits, parts: JobsToolkitParts): Toolkits {
  return hasJobTools(toolkits) ? { [JOBS_TOOLKIT]: jobsToolkit(parts), ...toolkits } : toolkits;
}

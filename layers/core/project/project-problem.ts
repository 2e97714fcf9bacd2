import type { StartProblem } from "../ports/runner.ts";
import type { WorkspaceProblem } from "../ports/workspace.ts";
import type { QuotaReached } from "../quota/quotas.ts";
import type { PortProblem } from "./port-book.ts";
import type { ProjectTooLarge } from "./project-store.ts";

export type ProjectUnknown = { readonly reason: "project_unknown"; readonly projectId: string };
/** The folder is another project's of the tenant. */
export type WorkspaceTaken = { readonly reason: "workspace_taken"; readonly projectId: string };
/** Neither the start, nor the project, nor its files say how. */
export type CommandUnknown = { readonly reason: "command_unknown"; readonly projectId: string };
/** A run goes on that was started otherwise than this one asks for. */
export type RunOpen = { readonly reason: "run_open"; readonly projectId: string; readonly port: number | undefined };
/** Something else was started and ended again and again meanwhile; nothing of this call goes on. */
export type RunContended = { readonly reason: "run_contended"; readonly projectId: string };

export type RegisterProblem = WorkspaceProblem | WorkspaceTaken | QuotaReached | ProjectTooLarge;
export type RunProblem =
  | ProjectUnknown
  | CommandUnknown
  | RunOpen
  | RunContended
  | RegisterProblem
  | PortProblem
  | StartProblem;

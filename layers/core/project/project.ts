import type { RunEndReason } from "../ports/runner.ts";
import type { QuotaName, TakenQuota } from "../quota/quotas.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { Tech } from "./tech.ts";

export const RUN_ENVIRONMENTS = ["development", "staging", "production"] as const;
export type RunEnvironment = (typeof RUN_ENVIRONMENTS)[number];

/** A folder of files that can be run, as its tenant registered it. */
export interface Project {
  readonly tenantId: TenantId;
  readonly projectId: string;
  readonly name: string;
  /** As it was given when it was registered. */
  readonly workspace: string;
  /** What names the folder however it is written; two projects never have one folder. */
  readonly placeDigest: string;
  readonly tech?: Tech;
  readonly stack: readonly string[];
  /** That its stack was said by whoever registered it, and not read from its files. */
  readonly isStackGiven?: true;
  /** The upload that its workspace is; left out where it was not uploaded. */
  readonly upload?: WorkspaceUpload;
  /** The latest upload that was its workspace and was removed: neither it nor an earlier one comes back. */
  readonly removedUpload?: UploadMoment;
  /** How it is started where a start says nothing else, and what says so. */
  readonly start?: { readonly command: string; readonly from: string };
  /** Added to that of each run. */
  readonly environment: Readonly<Record<string, string>>;
  /** Those that it would like, best first. */
  readonly wantedPorts: readonly number[];
  readonly registeredAtEpochMs: number;
  readonly changedAtEpochMs: number;
  /** Counts the writes; each is conditional on the one that it read. */
  readonly revision: number;
  /** Rises with each run: of two that start it at once, one does. */
  readonly term: number;
  /** The last one. */
  readonly run?: ProjectRun;
}

/** By what uploads are put in their order. */
export interface UploadMoment {
  readonly uploadId: string;
  readonly offeredAtEpochMs: number;
}

/** What was sent to be a project's workspace. */
export interface WorkspaceUpload extends UploadMoment {
  /** Where it lies: runs elsewhere do not find it. */
  readonly region: string;
  /** Of the archive, as it was sent. */
  readonly bytes: number;
  /** Of the archive, in 64 small hexadecimal digits. */
  readonly sha256: string;
  readonly unpackedBytes: number;
  readonly entryCount: number;
  readonly acceptedAtEpochMs: number;
}

/** What a run uses of its tenant's quotas from its order to its end. */
export const RUN_QUOTAS = ["containers", "memoryBytes", "cpus", "ports"] as const satisfies readonly QuotaName[];
export type RunQuota = TakenQuota & { readonly quota: (typeof RUN_QUOTAS)[number] };

/** All that a run was ordered with, so that whoever comes upon an order that was not sent can send it. */
interface RunOrdered {
  readonly runId: string;
  readonly term: number;
  /** The project's, as it was when the run was ordered. Left out of runs that were ordered before that was kept. */
  readonly workspace?: string;
  readonly command: string;
  readonly environmentName: RunEnvironment;
  readonly environment: Readonly<Record<string, string>>;
  /** What of its environment its start alone has said. */
  readonly added: Readonly<Record<string, string>>;
  readonly port?: number;
  readonly memoryBytes: number;
  readonly graceMs: number;
  readonly orderedAtEpochMs: number;
  /** Given back by whoever writes down that it has ended. */
  readonly taken: readonly RunQuota[];
  /** As the runner told it. */
  readonly place?: string;
}

/**
 * `starting` from when it is written down; `running` once the runner has said so; `stopping` once somebody asked for its
 * end. What is true now the runner knows: these say what was known last.
 */
export type OpenRun = RunOrdered &
  (
    | { readonly state: "starting" }
    | { readonly state: "running"; readonly startedAtEpochMs: number }
    | { readonly state: "stopping"; readonly stopAskedAtEpochMs: number; readonly startedAtEpochMs?: number }
  );

export type EndedRun = RunOrdered & {
  readonly state: "ended";
  readonly startedAtEpochMs?: number;
  readonly end: RunEnd;
};

export interface RunEnd {
  readonly reason: RunEndReason;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly detail?: string;
  readonly atEpochMs: number;
}

export type ProjectRun = OpenRun | EndedRun;

/** The run that may still go on. */
export function openRun({ run }: Pick<Project, "run">): OpenRun | undefined {
  return run === undefined || run.state === "ended" ? undefined : run;
}

/** As one is told of that was removed meanwhile: nothing of it runs. */
export function withoutRun({ run: _run, ...project }: Project): Project {
  return project;
}

/** How a project stands, in the words of the MCP Debug Host. */
export type ProjectStatus = "registered" | "starting" | "running" | "stopping" | "stopped" | "error";

/** Ended as somebody meant it to, or with success, is stopped; any other end is an error. */
export function statusOf({ run }: Pick<Project, "run">): ProjectStatus {
  if (run === undefined) return "registered";
  if (run.state !== "ended") return run.state;
  const { reason, exitCode } = run.end;
  return reason === "stopped" || (reason === "exited" && exitCode === 0) ? "stopped" : "error";
}

/** What a process has to end by itself once it is asked to. Source: the MCP Debug Host, by tech (read 2026-11-20). */
export const GRACE_MS: Readonly<Record<Tech | "unknown", number>> = {
  node: 10_000,
  python: 15_000,
  php: 10_000,
  static: 5_000,
  unknown: 10_000,
};

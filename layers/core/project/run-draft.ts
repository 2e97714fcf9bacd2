import { GRACE_MS_MAX, type RunOrder } from "../ports/runner.ts";
import type { QuotaAsked } from "../quota/quotas.ts";
import type { TenantLimits } from "../quota/tenant-limits.ts";
import { RUN_CPUS, RUN_DISK_BYTES, RUN_LIFETIME_MS, RUN_MEMORY_BYTES, RUN_PROCESSES } from "./limits.ts";
import { GRACE_MS, type OpenRun, type Project, type RunEnvironment } from "./project.ts";

/** What a start says beside the project that it starts. */
export interface StartAsked {
  /** A line for a shell; the project's own where it is left out. */
  readonly command?: string;
  /** This port or none; any that is free where it is left out. */
  readonly port?: number;
  /** Added to the project's own, and before it where both have a name. */
  readonly environment?: Readonly<Record<string, string>>;
  /** @default development */
  readonly environmentName?: RunEnvironment;
}

/** A run before it has a port and a place in the quotas. */
export interface RunDraft {
  readonly command: string;
  readonly environmentName: RunEnvironment;
  readonly environment: Readonly<Record<string, string>>;
  readonly added: Readonly<Record<string, string>>;
  readonly memoryBytes: number;
  readonly graceMs: number;
}

/** Undefined where nothing says how it is started. */
export function draftRun(project: Project, asked: StartAsked, limits: TenantLimits): RunDraft | undefined {
  const command = asked.command ?? project.start?.command;
  if (command === undefined) return undefined;
  const environmentName = asked.environmentName ?? "development";
  return {
    command,
    environmentName,
    environment: { NODE_ENV: environmentName, ...project.environment, ...asked.environment },
    added: asked.environment ?? {},
    memoryBytes: Math.min(RUN_MEMORY_BYTES, Math.max(1, limits.memoryBytes)),
    graceMs: Math.min(GRACE_MS[project.tech ?? "unknown"], GRACE_MS_MAX),
  };
}

/** What a run takes of the quotas for as long as it is open. */
export function quotasOf({ memoryBytes }: Pick<RunDraft, "memoryBytes">, limits: TenantLimits): readonly QuotaAsked[] {
  return [
    { quota: "containers", limit: limits.containers },
    { quota: "cpus", limit: limits.cpus, amount: RUN_CPUS },
    { quota: "memoryBytes", limit: limits.memoryBytes, amount: memoryBytes },
    { quota: "ports", limit: limits.ports },
  ];
}

/** Whether a start asks for nothing that the run isn't already. */
export function isAsAsked({ command, port, environmentName, environment }: OpenRun, asked: StartAsked): boolean {
  if (asked.command !== undefined && asked.command !== command) return false;
  if (asked.port !== undefined && asked.port !== port) return false;
  if (asked.environmentName !== undefined && asked.environmentName !== environmentName) return false;
  return Object.entries(asked.environment ?? {}).every(([name, value]) => environment[name] === value);
}

export function orderOf(project: Project, run: OpenRun): RunOrder {
  return {
    runId: run.runId,
    projectId: project.projectId,
    command: { shell: run.command },
    workingDirectory: run.workspace ?? project.workspace,
    environment: run.environment,
    ...(run.port !== undefined && { port: run.port }),
    limits: {
      cpuShare: RUN_CPUS,
      memoryBytes: run.memoryBytes,
      diskBytes: RUN_DISK_BYTES,
      processCount: RUN_PROCESSES,
      lifetimeMs: RUN_LIFETIME_MS,
    },
    graceMs: run.graceMs,
  };
}

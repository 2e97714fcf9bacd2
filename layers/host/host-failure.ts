import type { PortRange } from "../core/deployment/project-ports.ts";
import type { LogQueryProblem } from "../core/log/log-query-problem.ts";
import { logQueryProblemText } from "../core/log/log-query-problem.ts";
import type { PortProblem } from "../core/project/port-book.ts";
import { SYSTEM_PORTS } from "../core/project/port-ranges.ts";
import type { RunProblem } from "../core/project/project-problem.ts";
import { unreachable } from "../core/result.ts";

/**
 * The codes that clients of the MCP Debug Host match on. The four of ports are those of its architecture document; its
 * port registry calls two of them PORT_OUT_OF_RANGE and PORT_IN_USE_EXTERNAL.
 */
export type HostCode =
  | "INVALID_PARAMS"
  | "PROJECT_RUNNING"
  | "PROJECT_BUSY"
  | "QUOTA_EXCEEDED"
  | "RUNNER_FULL"
  | "INVALID_PORT"
  | "SYSTEM_RESERVED"
  | "WRONG_RANGE"
  | "PORT_IN_USE"
  | "HOST_PORT_BUSY"
  | "NO_AVAILABLE_PORTS"
  | "TIMEOUT";

/** Why a tool did not do what it was asked for. */
export interface HostFailure {
  readonly code: HostCode;
  /** What was wrong and what is allowed. */
  readonly message: string;
  /** What a program can go on with: `suggestions`, ids, limits. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export function invalidParams(message: string, details?: HostFailure["details"]): HostFailure {
  return { code: "INVALID_PARAMS", message, ...(details !== undefined && { details }) };
}

export function logFailure(problem: LogQueryProblem): HostFailure {
  return invalidParams(logQueryProblemText(problem), { reason: problem.reason });
}

/** What the refusal of a start, a registration or a change tells the caller. */
export function runFailure(problem: RunProblem): HostFailure {
  switch (problem.reason) {
    case "project_unknown":
      return invalidParams(`There is no project ${problem.projectId}; host.list tells which there are`, {
        reason: "PROJECT_NOT_FOUND",
        projectId: problem.projectId,
      });
    case "command_unknown":
      return invalidParams("Nothing in the project's files says how it is started; give a command", {
        reason: "COMMAND_UNKNOWN",
        projectId: problem.projectId,
      });
    case "workspace_taken":
      return invalidParams(`The workspace is that of the project ${problem.projectId} already`, {
        reason: "WORKSPACE_TAKEN",
        existingProjectId: problem.projectId,
      });
    case "workspace_forbidden":
    case "workspace_absent":
    case "workspace_outside":
    case "workspace_missing":
      return workspaceFailure(problem);
    case "environment_refused":
      return invalidParams(
        `The environment can't have ${problem.name}: it is no name, or one that is set for each run`,
        {
          reason: "ENVIRONMENT_REFUSED",
          name: problem.name,
        },
      );
    case "order_too_large":
    case "project_too_large":
      return invalidParams(
        `Command and environment have ${problem.bytes} bytes; at most ${problem.bytesMax} are taken`,
        {
          reason: "TOO_LARGE",
        },
      );
    case "run_open":
      return {
        code: "PROJECT_RUNNING",
        message: "The project runs already, started otherwise than asked for now; stop it first, or restart it",
        details: {
          projectId: problem.projectId,
          ...(problem.port !== undefined && { port: problem.port }),
          suggestions: ["host.restart", "host.stop"],
        },
      };
    case "run_contended":
      return {
        code: "PROJECT_BUSY",
        message: "The project is started and stopped by others at the same time; try again",
        details: { projectId: problem.projectId },
      };
    case "quota_reached":
      return quotaFailure(problem);
    case "runner_full":
      return {
        code: "RUNNER_FULL",
        message: `No more projects can be started now; try again in ${problem.retryAfterSeconds} s`,
        details: { retryAfterSeconds: problem.retryAfterSeconds },
      };
    default:
      return portFailure(problem);
  }
}

const QUOTA_WORDS: Readonly<Record<string, string>> = {
  projects: "registered projects",
  containers: "running projects",
  memoryBytes: "bytes of memory for running projects",
  cpus: "processors for running projects",
  ports: "ports",
  storageBytes: "bytes of storage for workspaces",
};

/** What makes room again. */
const ROOM_MAKERS: Readonly<Record<string, readonly string[]>> = {
  projects: ["host.remove"],
  storageBytes: ["host.remove", "DELETE /api/projects/<projectId>/workspace"],
};

function quotaFailure({ quota, limit }: RunProblem & { readonly reason: "quota_reached" }): HostFailure {
  return {
    code: "QUOTA_EXCEEDED",
    message: `The tenant may have ${limit} ${QUOTA_WORDS[quota] ?? quota}, and has them`,
    details: { quota, limit, suggestions: ROOM_MAKERS[quota] ?? ["host.stop"] },
  };
}

function workspaceFailure(
  problem: RunProblem & {
    readonly reason: "workspace_forbidden" | "workspace_absent" | "workspace_outside" | "workspace_missing";
  },
): HostFailure {
  switch (problem.reason) {
    case "workspace_forbidden":
      return invalidParams(`The workspace lies where this tenant has none; ${problem.allowed}`, {
        reason: "WORKSPACE_FORBIDDEN",
      });
    case "workspace_outside":
      return invalidParams("The workspace leads to where this tenant has none", { reason: "WORKSPACE_FORBIDDEN" });
    case "workspace_absent":
    case "workspace_missing":
      return invalidParams("The workspace is no folder", { reason: "WORKSPACE_NOT_FOUND" });
    default:
      return unreachable(problem);
  }
}

const spoken = ({ first, last }: PortRange): string => `${first} to ${last}`;

export function portFailure(
  problem: PortProblem | { readonly reason: "port_reserved" | "port_taken"; readonly port: number },
): HostFailure {
  switch (problem.reason) {
    case "port_invalid":
      return {
        code: "INVALID_PORT",
        message: "A port is a whole number from 1 to 65535",
        details: { port: problem.port },
      };
    case "port_system_reserved":
    case "port_reserved":
      return {
        code: "SYSTEM_RESERVED",
        message: `Port ${problem.port} is reserved: no project has one below 1024, from ${spoken(SYSTEM_PORTS)}, or of this server itself`,
        details: { port: problem.port, suggestions: [] },
      };
    case "port_wrong_range":
      return {
        code: "WRONG_RANGE",
        message: `Port ${problem.port} is in no range for this; ${problem.allowed.map(spoken).join(", ")} are`,
        details: { port: problem.port, allowed: problem.allowed },
      };
    case "port_in_use":
      return {
        code: "PORT_IN_USE",
        message: `Port ${problem.port} is that of the project ${problem.projectId}`,
        details: { port: problem.port, conflictingProject: problem.projectId, suggestions: problem.suggestions },
      };
    case "port_host_busy":
      return {
        code: "HOST_PORT_BUSY",
        message: `Port ${problem.port} is taken on this machine`,
        details: { port: problem.port, suggestions: problem.suggestions },
      };
    case "port_taken":
      return {
        code: "HOST_PORT_BUSY",
        message: `Port ${problem.port} is taken on this machine`,
        details: { port: problem.port, suggestions: [] },
      };
    case "ports_exhausted":
      return {
        code: "NO_AVAILABLE_PORTS",
        message: `Of the ports ${problem.ranges.map(spoken).join(", ")} none is free`,
        details: { ranges: problem.ranges },
      };
    default:
      return unreachable(problem);
  }
}

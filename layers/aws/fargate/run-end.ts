import { constants } from "node:os";
import { supervisorExitOf } from "../../core/deployment/project-task.ts";
import type { RunEndReason } from "../../core/ports/runner.ts";
import type { RunTask } from "./parse-task.ts";

/** Why a run ended, and with what. */
export interface RunEnd {
  readonly reason: RunEndReason;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly detail?: string;
}

/** Given to ECS with a stop of ours, which tells it again. */
export const STOP_REASON = "stopped by its tenant";

/** AWS took the place away under it. Source: ECS developer guide, "Stopped tasks error codes" (read 2026-11-21). */
const HOST_STOPS = new Set([
  "SpotInterruption",
  "TerminationNotice",
  "InfrastructureHealth",
  "ServiceSchedulerInitiated",
]);

const KILLED: Pick<RunEnd, "exitCode" | "signal"> = { exitCode: 137, signal: "SIGKILL" };

const START_DETAILS = {
  order_unread: "its order could not be read in time",
  workspace_unread: "its workspace could not be read: it has to be a tar archive, compressed with gzip",
  folder_missing: "its folder is not in the workspace",
  command_unstartable: "its command could not be started",
} as const;

/** Of a task that has ended. */
export function runEndOf(task: RunTask): RunEnd {
  const { stopCode = "", stoppedReason, exitCode, containerReason } = task;
  if (HOST_STOPS.has(stopCode)) return { ...exitOf(exitCode), reason: "host_lost", ...detailOf(stoppedReason) };
  if (containerReason?.startsWith("OutOfMemoryError") === true) return { ...KILLED, reason: "memory_exceeded" };
  const bySupervisor = supervisorEnd(exitCode);
  if (bySupervisor !== undefined) return bySupervisor;
  if (stopCode === "UserInitiated") {
    const isOurs = stoppedReason === STOP_REASON;
    return { ...exitOf(exitCode), reason: "stopped", ...(isOurs ? {} : detailOf(stoppedReason)) };
  }
  if (stopCode === "TaskFailedToStart" || exitCode === undefined) {
    return { reason: "start_failed", ...detailOf(stoppedReason ?? containerReason) };
  }
  return { ...exitOf(exitCode), reason: "exited" };
}

function supervisorEnd(exitCode: number | undefined): RunEnd | undefined {
  const exit = exitCode === undefined ? undefined : supervisorExitOf(exitCode);
  switch (exit) {
    case undefined:
      return undefined;
    case "order_unread":
    case "workspace_unread":
    case "folder_missing":
    case "command_unstartable":
      return { reason: "start_failed", detail: START_DETAILS[exit] };
    default:
      return { ...KILLED, reason: exit };
  }
}

function exitOf(exitCode: number | undefined): Pick<RunEnd, "exitCode" | "signal"> {
  if (exitCode === undefined) return {};
  const signal = Object.entries(constants.signals).find(([, number]) => number === exitCode - 128)?.[0];
  return { exitCode, ...(signal !== undefined && { signal }) };
}

function detailOf(text: string | undefined): Pick<RunEnd, "detail"> {
  return text === undefined || text === "" ? {} : { detail: text };
}

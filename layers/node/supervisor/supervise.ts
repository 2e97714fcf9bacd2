import { stat } from "node:fs/promises";
import { join } from "node:path";
import {
  exitCodeOf,
  RUN_ENDED,
  runName,
  type SupervisorExit,
  type TaskOrder,
} from "../../core/deployment/project-task.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { fetchOrder } from "./fetch-order.ts";
import { LogLines } from "./log-lines.ts";
import { type ProgramParts, runProgram } from "./run-program.ts";
import { type NamePlace, tellName } from "./tell-name.ts";
import { type RunUser, unpackWorkspace } from "./unpack-workspace.ts";

export interface SupervisorParts extends Pick<ProgramParts, "diskBytes" | "outOfMemoryCount" | "stop"> {
  /** To the order. */
  readonly link: string;
  /** Where the workspace goes, and what the run writes besides. Both are there and the run's own once they are prepared. */
  readonly workspace: string;
  readonly temporary: string;
  readonly prepare: () => void;
  /** Of the image: what a program may know of it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly user: RunUser | undefined;
  /** Where whoever carries calls here asks whose run this is. */
  readonly namePlace: NamePlace;
  /** Takes a line of the log, with its end. */
  readonly write: (line: string) => void;
  readonly clock: Clock;
}

/** What a run finds of the image; everything else there stays there. */
const PASSED_ON = ["PATH", "LANG", "LC_ALL", "TZ"];
/** Any address of the task's, whose security group lets in nobody but the cell. */
const LISTENED_HOST = "0.0.0.0";

/**
 * All of what a task does: gets its order and its workspace, runs the program, and keeps its limits.
 *
 * @returns the exit code of the task.
 */
export async function supervise(parts: SupervisorParts): Promise<number> {
  const { clock } = parts;
  let order: TaskOrder;
  try {
    order = await fetchOrder(parts.link, clock);
  } catch (fault) {
    parts.write(`${JSON.stringify({ stream: "system", text: `no order: ${nameOf(fault)}` })}\n`);
    return exitCodeOf("order_unread");
  }
  parts.prepare();
  const log = new LogLines({ order, nowMs: clock.nowMs, write: parts.write });
  const end = await runOrder(order, parts, log);
  // Whoever reads the log knows by this line that it has all of it.
  log.add("system", `${RUN_ENDED} ${end}`);
  return typeof end === "number" ? end : exitCodeOf(end);
}

async function runOrder(order: TaskOrder, parts: SupervisorParts, log: LogLines): Promise<number | SupervisorExit> {
  const { workspace, user, clock, stop, namePlace } = parts;
  try {
    await tellName(runName(order.tenantId, order.runId), namePlace);
  } catch (fault) {
    log.add("system", `no call finds this run: ${nameOf(fault)}`);
  }
  try {
    await unpackWorkspace(order.workspace, { folder: workspace, user, clock });
  } catch (fault) {
    log.add("system", `the workspace could not be read: ${nameOf(fault)}`);
    return "workspace_unread";
  }
  if (stop.aborted) return TERMINATED;
  const folder = join(workspace, order.folder);
  if (!(await isFolder(folder))) return "folder_missing";
  const environment = environmentOf(order, parts);
  const end = await runProgram({ ...parts, order, folder, environment, log });
  return "ended" in end ? end.ended : end.exitCode;
}

/** As a shell tells of what SIGTERM has ended. */
const TERMINATED = 143;

function environmentOf(order: TaskOrder, { environment, workspace, temporary }: SupervisorParts) {
  const passedOn = PASSED_ON.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(passedOn),
    ...order.environment,
    HOME: workspace,
    TMPDIR: temporary,
    ...(order.port === undefined ? {} : { HOST: LISTENED_HOST, PORT: String(order.port) }),
  };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

/** Never its message: it may hold the link. */
function nameOf(fault: unknown): string {
  return fault instanceof Error ? fault.name : "unknown";
}

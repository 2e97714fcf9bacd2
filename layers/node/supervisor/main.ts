import { chownSync, mkdirSync, readFileSync, statfsSync } from "node:fs";
import process from "node:process";
import { NAME_PORT, ORDER_VARIABLE, RUN_USER_ID, WORKSPACE_FOLDER } from "../../core/deployment/project-task.ts";
import { systemClock } from "../system-clock.ts";
import { supervise } from "./supervise.ts";

/** The first program of a task, as root of its container: what it starts is nobody there. */

const TEMPORARY_FOLDER = "/tmp";

const user = { uid: RUN_USER_ID, gid: RUN_USER_ID };
let usedBeforeBytes = 0;

function prepare(): void {
  mkdirSync(WORKSPACE_FOLDER, { recursive: true });
  chownSync(WORKSPACE_FOLDER, user.uid, user.gid);
  usedBeforeBytes = usedBytes();
}

/** All files of a task lie on a disk of its own. */
function usedBytes(): number {
  const { blocks, bfree, bsize } = statfsSync(WORKSPACE_FOLDER);
  return (blocks - bfree) * bsize;
}

/** Of the container's control group, in either version. */
function outOfMemoryCount(): number {
  for (const path of ["/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"]) {
    try {
      return Number(/^oom_kill (\d+)$/m.exec(readFileSync(path, "utf8"))?.[1] ?? 0);
    } catch {
      // Of the other version, or not shown here.
    }
  }
  return 0;
}

const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop.abort());

process.exitCode = await supervise({
  link: process.env[ORDER_VARIABLE] ?? "",
  workspace: WORKSPACE_FOLDER,
  temporary: TEMPORARY_FOLDER,
  environment: process.env,
  user,
  namePlace: { host: "0.0.0.0", port: NAME_PORT },
  prepare,
  diskBytes: () => usedBytes() - usedBeforeBytes,
  outOfMemoryCount,
  stop: stop.signal,
  write: (line) => void process.stdout.write(line),
  clock: systemClock(),
});
process.exit();

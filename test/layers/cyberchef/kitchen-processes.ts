import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

interface KitchenProcess {
  readonly command: string;
  readonly environment: string;
  /** It uses the processor. */
  readonly running: boolean;
}

/** The processes in which this one bakes, as the system knows them. */
export function kitchenProcesses(): readonly KitchenProcess[] {
  const found = process.platform === "linux" ? fromProc() : fromPs();
  return found.filter(({ command }) => command.includes("kitchen.mjs"));
}

function fromProc(): readonly KitchenProcess[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const read = (name: string) => readFileSync(`/proc/${pid}/${name}`, "utf8");
      const [, state, parent] = /\) (\S) (\d+)/.exec(read("stat")) ?? [];
      if (parent !== String(process.pid)) return [];
      return [{ command: read("cmdline"), environment: read("environ"), running: state === "R" }];
    } catch {
      // Not a process, or one that ended meanwhile.
      return [];
    }
  });
}

function fromPs(): readonly KitchenProcess[] {
  const lines = execFileSync("ps", ["-Awwo", "pid=,ppid=,state=,command="], { encoding: "utf8" }).split("\n");
  return lines.flatMap((line) => {
    const [, pid = "", parent, state = "", command = ""] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (parent !== String(process.pid)) return [];
    const environment = execFileSync("ps", ["eww", "-p", pid], { encoding: "utf8" });
    return [{ command, environment, running: state.startsWith("R") }];
  });
}

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import process from "node:process";

/** Where the subject of a measurement runs, and where the load on it is made. */
export const SUBJECT_CPU = 0;
export const LOAD_CPU = 1;

export interface PinnedProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  end(): Promise<void>;
}

let pinning: boolean | undefined;

/** Whether this machine lets a process be kept on one core, and has a second one for the load. */
export function canPin(): boolean {
  pinning ??= availableParallelism() > LOAD_CPU && spawnSync("taskset", ["--version"]).status === 0;
  return pinning;
}

/** Runs one of the built entries in a process of its own, on one core where that can be. */
export function spawnPinned(
  cpu: number,
  args: readonly string[],
  { stdio }: { readonly stdio: "ipc" | "stdout" },
): PinnedProcess {
  const [command = "", ...rest] = canPin()
    ? ["taskset", "--cpu-list", String(cpu), process.execPath, ...args]
    : [process.execPath, ...args];
  const child = spawn(command, rest, {
    stdio: stdio === "ipc" ? ["ignore", "ignore", "inherit", "ipc"] : ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_ENV: "production" },
  });
  const { pid } = child;
  if (pid === undefined) throw new ProcessNotStarted(args);
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    child,
    pid,
    end() {
      child.kill("SIGKILL");
      return exited;
    },
  };
}

export class ProcessNotStarted extends Error {
  readonly code = "process_not_started";
  constructor(args: readonly string[]) {
    super(`node ${args.join(" ")} could not be started`);
    this.name = "ProcessNotStarted";
  }
}

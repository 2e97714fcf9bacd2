import { spawnSync } from "node:child_process";
import type { RunOrder } from "../../core/ports/runner.ts";
import { CPU_BACKSTOP_SECONDS, MEMORY_BACKSTOP_BYTES, NICENESS } from "./limits.ts";

/**
 * What this machine has for keeping the processes of a run together and bounded. All of it is util-linux and the kernel's;
 * a container may forbid some, and macOS has none. Whoever watches the runs makes up for what is missing.
 */
export interface Isolation {
  /**
   * Options of `unshare` for process ids of a run's own: when its first process ends, whichever way, the kernel ends all
   * of them at once, and none can leave. Undefined where that is forbidden.
   */
  readonly unshare: readonly string[] | undefined;
  /** The first process ends when the runner does. */
  readonly deathSignal: boolean;
  /** Bounds that the kernel keeps for each process. */
  readonly processLimits: boolean;
  readonly nice: boolean;
}

export const NO_ISOLATION: Isolation = { unshare: undefined, deathSignal: false, processLimits: false, nice: false };

/** As root, and else as a user who is root of nothing but the run's own process ids. */
const UNSHARE_WAYS = [
  ["--pid", "--fork", "--kill-child=SIGKILL", "--mount-proc"],
  ["--user", "--map-current-user", "--pid", "--fork", "--kill-child=SIGKILL", "--mount-proc"],
] as const;
const TRIAL_TIMEOUT_MS = 2_000;

/** Tried out, since what is installed may yet be forbidden. Takes some 10 ms. */
export function isolationHere(): Isolation {
  return {
    unshare: UNSHARE_WAYS.find((options) => works(["unshare", ...options, "sh", "-c", "exit 0"])),
    deathSignal: works(["setpriv", "--pdeathsig", "KILL", "true"]),
    processLimits: works(["prlimit", "--core=0", "--fsize=1048576", "--cpu=10", "--data=1073741824", "true"]),
    nice: works(["nice", "-n", String(NICENESS), "true"]),
  };
}

function works([program = "", ...args]: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: "ignore", timeout: TRIAL_TIMEOUT_MS }).status === 0;
}

/**
 * The first process of its own process ids has to reap those that lose their parent, and must not be the program: the
 * kernel spares it every signal that it does not handle. It keeps quiet; the program's standard error is descriptor 3.
 */
const FIRST_PROCESS = '"$@" 2>&3 3>&-; exit $?';

/** The whole line to launch, which becomes the program without leaving its process, but for `unshare`'s own. */
export function launchLine(isolation: Isolation, order: RunOrder): readonly [string, ...string[]] {
  const { limits, command } = order;
  const program = "argv" in command ? command.argv : ["sh", "-c", command.shell];
  const line = [
    ...(isolation.nice ? ["nice", "-n", String(NICENESS)] : []),
    ...(isolation.deathSignal ? ["setpriv", "--pdeathsig", "KILL"] : []),
    ...(isolation.processLimits ? ["prlimit", ...processLimits(limits)] : []),
    ...(isolation.unshare === undefined ? [] : ["unshare", ...isolation.unshare, "sh", "-c", FIRST_PROCESS, "sh"]),
    ...program,
  ];
  const [first = "", ...rest] = line;
  return [first, ...rest];
}

/** What one process may do beyond its run's limits before the next look at them: so much and no more. */
function processLimits(limits: RunOrder["limits"]): readonly string[] {
  const { cpuSeconds, diskBytes, memoryBytes } = limits;
  return [
    "--core=0",
    `--fsize=${Math.ceil(diskBytes)}`,
    `--data=${Math.ceil(2 * memoryBytes + MEMORY_BACKSTOP_BYTES)}`,
    ...(cpuSeconds === undefined
      ? []
      : [`--cpu=${Math.ceil(cpuSeconds)}:${Math.ceil(cpuSeconds) + CPU_BACKSTOP_SECONDS}`]),
  ];
}

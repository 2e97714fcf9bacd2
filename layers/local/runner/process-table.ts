import { execFile } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import process from "node:process";
import { promisify } from "node:util";

/** One process of this machine, as it was at the look. */
export interface ProcessRow {
  readonly pid: number;
  readonly parentPid: number;
  readonly groupId: number;
  /** With the pid, names a process for good: pids are given again. */
  readonly startedAt: string;
  /** Of its own, and of its children that have ended. */
  readonly cpuMs: number;
  /** What it holds resident, also where it shares it. */
  readonly residentBytes: number;
}

/** The processes of this machine. What ends during a look is left out. */
export interface ProcessTable {
  /** @param skipped need not be told of. */
  read(skipped?: ReadonlySet<number>): Promise<readonly ProcessRow[]>;
  /** How many threads the machine runs, in some µs. Undefined where nobody counts them. */
  threadCount(): number | undefined;
  /** What it was started with, where that can be read: undefined for what has ended or is somebody else's. */
  environmentOf(pid: number): string | undefined;
  /** What it holds resident, its part of what is shared. Undefined where nobody counts that. */
  proportionalBytes(pid: number): number | undefined;
}

const PAGE_BYTES = 4096;
/** USER_HZ, the same on every Linux that Node runs on. Source: man 7 time, "The software clock, HZ, and jiffies". */
const TICK_MS = 10;

/** Linux. Some 10 µs for each process of the machine. */
export function procTable(): ProcessTable {
  return {
    async read(skipped) {
      return readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name) && skipped?.has(Number(name)) !== true)
        .map((pid) => statRow(read(`/proc/${pid}/stat`)))
        .filter((row) => row !== undefined);
    },
    /** The fourth field is `<runnable>/<all>`. Source: man 5 proc_loadavg. */
    threadCount() {
      const count = /\/(\d+) /.exec(read("/proc/loadavg") ?? "")?.[1];
      return count === undefined ? undefined : Number(count);
    },
    environmentOf: (pid) => read(`/proc/${pid}/environ`),
    proportionalBytes(pid) {
      const kibibytes = /^Pss:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? "")?.[1];
      return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
    },
  };
}

const ENDED_STATES = ["Z", "X", "x"];

/** The fields after the program's name, which may hold anything. Source: man 5 proc_pid_stat. */
function statRow(stat: string | undefined): ProcessRow | undefined {
  if (stat === undefined) return undefined;
  const nameEnd = stat.lastIndexOf(")");
  const fields = stat.slice(nameEnd + 2).split(" ");
  const field = (number: number): number => Number(fields[number - 3]);
  // What has ended and is not yet asked for holds nothing, starts nothing and takes no signal.
  if (fields.length < 22 || ENDED_STATES.includes(fields[0] ?? "")) return undefined;
  return {
    pid: Number.parseInt(stat, 10),
    parentPid: field(4),
    groupId: field(5),
    startedAt: String(field(22)),
    cpuMs: (field(14) + field(15) + field(16) + field(17)) * TICK_MS,
    residentBytes: field(24) * PAGE_BYTES,
  };
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Ended meanwhile, or somebody else's: either way it has nothing to tell.
    return undefined;
  }
}

const COLUMNS = ["pid", "ppid", "pgid", "rss", "stat", "time", "lstart"];
const PS_OUTPUT_BYTES_MAX = 16 * 1024 * 1024;
const PS_TIMEOUT_MS = 5_000;

/** macOS, and wherever else there is no /proc. Tells nothing of environments: processes are known by their groups. */
export function psTable(): ProcessTable {
  const run = promisify(execFile);
  return {
    async read() {
      const args = ["-A", ...COLUMNS.flatMap((column) => ["-o", `${column}=`])];
      const options = { maxBuffer: PS_OUTPUT_BYTES_MAX, timeout: PS_TIMEOUT_MS, env: { ...process.env, LC_ALL: "C" } };
      const { stdout } = await run("ps", args, options);
      return stdout
        .split("\n")
        .map(psRow)
        .filter((row) => row !== undefined);
    },
    threadCount: () => undefined,
    environmentOf: () => undefined,
    proportionalBytes: () => undefined,
  };
}

function psRow(line: string): ProcessRow | undefined {
  const fields = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+([^Z\s]\S*)\s+(?:(\d+)-)?([\d:.]+)\s+(\S.*)$/.exec(line);
  if (fields === null) return undefined;
  const [, pid, parentPid, groupId, kibibytes, , days = "0", time = "0", startedAt = ""] = fields;
  const seconds = time.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return {
    pid: Number(pid),
    parentPid: Number(parentPid),
    groupId: Number(groupId),
    startedAt: startedAt.trim(),
    cpuMs: (Number(days) * 86_400 + seconds) * 1000,
    residentBytes: Number(kibibytes) * 1024,
  };
}

/** Where sockets of a process are told: their inodes. */
export function socketsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${descriptor}`) ?? "")?.[1];
      return inode === undefined ? [] : [inode];
    });
  } catch {
    return [];
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

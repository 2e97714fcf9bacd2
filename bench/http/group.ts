import { type Comparison, columnOf } from "../comparison.ts";
import type { Group, Measurements, Settings } from "../group.ts";
import { asked } from "../measure/asked.ts";
import { LOAD_CPU, type PinnedProcess, spawnPinned } from "../measure/pinned-process.ts";
import { peakMemoryMib, processCpuMs } from "../measure/processor-time.ts";
import type { Measured } from "../measure/quiet.ts";
import { inRounds } from "../measure/rounds.ts";
import { entryOf } from "../subjects.ts";
import type { LoadWindow, WindowResult } from "./load-window.ts";
import { cellCommand, PEER_COMMANDS, type Served, serve, withDataDir } from "./served.ts";

const PACE = {
  full: { rounds: 5, warmUpMs: 3_000, windowMs: 4_000 },
  quick: { rounds: 2, warmUpMs: 500, windowMs: 500 },
};
const CONNECTION_COUNTS = [16, 1];

interface Subject extends Served {
  readonly name: string;
  readonly connectionCount: number;
}

interface Window extends WindowResult {
  readonly cpuMicrosPerCall: number;
}

export const http: Group = {
  about:
    "tools/call over loopback HTTP, server on one core and load on another: a whole cell with 500 tools, validation, limits and log, beside bare servers with one tool",
  measure: (settings) => withDataDir((dataDir) => measure(dataDir, settings)),
};

async function measure(dataDir: string, settings: Settings): Promise<Measurements> {
  const pace = settings.quick ? PACE.quick : PACE.full;
  const load = spawnPinned(LOAD_CPU, [entryOf("load")], { stdio: "ipc" });
  const servers = new Map<string, Served>();
  try {
    const commands = { skein: cellCommand(dataDir, "500-tools.js"), ...PEER_COMMANDS };
    for (const [name, command] of Object.entries(commands)) {
      settings.progress(`warming ${name}`);
      const served = await serve(command);
      servers.set(name, served);
      await offered(load, { port: served.port, connectionCount: 16, durationMs: pace.warmUpMs });
    }
    const measured = await inRounds<Subject, Window>({
      subjects: CONNECTION_COUNTS.flatMap((connectionCount) =>
        [...servers].map(([name, served]) => ({ name, connectionCount, ...served })),
      ),
      count: pace.rounds,
      nameOf: ({ name, connectionCount }) => `${name}, ${callers(connectionCount)}`,
      measure: (subject) => windowOf(load, subject, pace.windowMs),
      pids: [load.pid, ...[...servers.values()].map(({ process }) => process.pid)],
      progress: settings.progress,
    });
    return { comparisons: [...comparisonsOf(measured), memory(servers)], rows: [] };
  } finally {
    await Promise.all([load, ...[...servers.values()].map(({ process }) => process)].map((each) => each.end()));
  }
}

async function windowOf(
  load: PinnedProcess,
  { port, connectionCount, process }: Subject,
  durationMs: number,
): Promise<Window> {
  const beforeMs = processCpuMs(process.pid);
  const result = await offered(load, { port, connectionCount, durationMs });
  return { ...result, cpuMicrosPerCall: ((processCpuMs(process.pid) - beforeMs) * 1_000) / result.callCount };
}

function offered(load: PinnedProcess, window: LoadWindow): Promise<WindowResult> {
  return asked(load.child, window);
}

function comparisonsOf(measured: ReadonlyMap<Subject, readonly Measured<Window>[]>): readonly Comparison[] {
  return CONNECTION_COUNTS.flatMap((connectionCount) => {
    const rounds = [...measured].filter(([subject]) => subject.connectionCount === connectionCount);
    const compared = (
      about: Pick<Comparison, "what" | "unit" | "better" | "goal" | "timesBetterGoals">,
      of: (window: Window) => number,
    ): Comparison => {
      const [ours, ...others] = rounds.map(([{ name }, windows]) =>
        columnOf(
          name,
          windows.map(({ value, noisy }) => ({ value: of(value), noisy })),
        ),
      );
      if (ours === undefined) throw new TypeError("nothing was measured");
      return { ...about, what: `${about.what}, ${callers(connectionCount)}`, columns: [ours, ...others] };
    };
    const under16 = connectionCount === 16;
    return [
      compared(
        {
          what: "calls a second",
          unit: "1/s",
          better: "more",
          ...(under16 ? { timesBetterGoals: { tmcp: 1, "official SDK v2": 4 } } : {}),
        },
        ({ callsPerSecond }) => callsPerSecond,
      ),
      compared(
        {
          what: "CPU a call",
          unit: "µs",
          better: "less",
          ...(under16 ? { goal: { atMost: 70 }, timesBetterGoals: { tmcp: 1, "official SDK v2": 4 } } : {}),
        },
        ({ cpuMicrosPerCall }) => cpuMicrosPerCall,
      ),
      compared({ what: "p50", unit: "ms", better: "less" }, ({ p50Ms }) => p50Ms),
      compared({ what: "p99", unit: "ms", better: "less" }, ({ p99Ms }) => p99Ms),
    ];
  });
}

function memory(servers: ReadonlyMap<string, Served>): Comparison {
  const [ours, ...others] = [...servers].map(([name, { process }]) =>
    columnOf(name, [{ value: peakMemoryMib(process.pid), noisy: false }]),
  );
  if (ours === undefined) throw new TypeError("nothing was measured");
  return { what: "peak memory", unit: "MiB", better: "less", columns: [ours, ...others], goal: { atMost: 150 } };
}

function callers(connectionCount: number): string {
  return connectionCount === 1 ? "1 caller" : `${connectionCount} callers`;
}

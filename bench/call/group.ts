import { type Comparison, columnOf } from "../comparison.ts";
import type { Group, Measurements, Settings } from "../group.ts";
import { asked } from "../measure/asked.ts";
import { type PinnedProcess, SUBJECT_CPU, spawnPinned } from "../measure/pinned-process.ts";
import type { Measured } from "../measure/quiet.ts";
import { inRounds } from "../measure/rounds.ts";
import type { Row } from "../row.ts";
import { entryOf, type Subject } from "../subjects.ts";
import type { CallCost, CallWindow } from "./subject.ts";

const SERVERS = {
  skein: "call-skein",
  tmcp: "call-tmcp",
  "official SDK v2": "call-official-sdk",
  floor: "call-floor",
} as const satisfies Record<string, Subject>;

/** How many tools a server has, and how many of them are called. */
interface Load {
  readonly toolCount: number;
  readonly calledCount: number;
}

const LOADS: readonly Load[] = [
  { toolCount: 1, calledCount: 1 },
  { toolCount: 10, calledCount: 1 },
  { toolCount: 100, calledCount: 1 },
  { toolCount: 500, calledCount: 1 },
  { toolCount: 500, calledCount: 500 },
];

const PACE = {
  full: { rounds: 5, warmUpMs: 1_500, windowMs: 1_000 },
  quick: { rounds: 2, warmUpMs: 200, windowMs: 100 },
};
/** To learn from how many calls make a window. */
const FIRST_WINDOW_CALLS = 1_000;
/** The calls of a window are made before it and held through it. */
const WINDOW_CALLS_MAX = 50_000;

interface Running {
  readonly name: string;
  readonly load: Load;
  readonly process: PinnedProcess;
  readonly callCount: number;
}

export const call: Group = {
  about: "tools/call in process, from the text of the body to the text of the reply, one call after the other",
  measure,
};

async function measure(settings: Settings): Promise<Measurements> {
  const { rounds } = settings.quick ? PACE.quick : PACE.full;
  const running: Running[] = [];
  try {
    for (const load of LOADS) {
      for (const [name, entry] of Object.entries(SERVERS)) {
        // The floor has no tools.
        if (name === "floor" && load.toolCount > 1) continue;
        settings.progress(`warming ${name}, ${textOf(load)}`);
        running.push(await start({ name, entry, load }, settings));
      }
    }
    const measured = await inRounds({
      subjects: running,
      count: rounds,
      nameOf: ({ name, load }) => `${name}, ${textOf(load)}`,
      measure: async (subject) => (await costOf(subject, subject.callCount)).cpuMicrosPerCall,
      pids: running.map(({ process }) => process.pid),
      progress: settings.progress,
    });
    return measurementsOf(measured);
  } finally {
    await Promise.all(running.map(({ process }) => process.end()));
  }
}

async function start(
  { name, entry, load }: { readonly name: string; readonly entry: Subject; readonly load: Load },
  { quick }: Settings,
): Promise<Running> {
  const { warmUpMs, windowMs } = quick ? PACE.quick : PACE.full;
  const process = spawnPinned(SUBJECT_CPU, [entryOf(entry), String(load.toolCount)], { stdio: "ipc" });
  const startedMs = performance.now();
  let callCount = FIRST_WINDOW_CALLS;
  do {
    const { cpuMicrosPerCall } = await costOf({ process, load }, callCount);
    callCount = Math.min(WINDOW_CALLS_MAX, Math.ceil((windowMs * 1_000) / cpuMicrosPerCall));
  } while (performance.now() - startedMs < warmUpMs);
  return { name, load, process, callCount };
}

function costOf({ process, load }: Pick<Running, "process" | "load">, callCount: number): Promise<CallCost> {
  const window: CallWindow = { callCount, calledCount: load.calledCount };
  return asked(process.child, window);
}

function measurementsOf(measured: ReadonlyMap<Running, readonly Measured<number>[]>): Measurements {
  const columns = [...measured].map(([{ name, load }, rounds]) => ({ ...columnOf(name, rounds), load }));
  const comparisons = LOADS.map((load): Comparison => {
    const [ours, ...others] = columns.filter((column) => column.load === load);
    if (ours === undefined) throw new TypeError("nothing was measured");
    return {
      what: `CPU a call, ${textOf(load)}`,
      unit: "µs",
      better: "less",
      columns: [ours, ...others],
      goal: { atMost: 10 },
      // 500 validators in turn are never as hot as one, and cost the most where there is least beside them.
      ...(load.calledCount === 1 ? { timesBetterGoals: { tmcp: 5, "official SDK v2": 15 } } : {}),
    };
  });
  return { comparisons, rows: [flatness(comparisons)] };
}

/** What one tool of 500 costs over an only one. */
function flatness(comparisons: readonly Comparison[]): Row {
  const [one = Number.NaN, , , one500 = Number.NaN] = comparisons.map(({ columns: [ours] }) => ours.spread.median);
  return { name: "CPU a call, 500 tools over 1", value: one500 / one, unit: "×", goal: { atMost: 1.1 } };
}

function textOf({ toolCount, calledCount }: Load): string {
  const tools = toolCount === 1 ? "1 tool" : `${toolCount} tools`;
  return calledCount === 1 ? tools : `${tools} in turn`;
}

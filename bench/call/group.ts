import { type Column, type Comparison, columnOf } from "../comparison.ts";
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

const TOOL_COUNTS = [1, 10, 100, 500];

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
  readonly toolCount: number;
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
    for (const toolCount of TOOL_COUNTS) {
      for (const [name, entry] of Object.entries(SERVERS)) {
        // The floor has no tools.
        if (name === "floor" && toolCount > 1) continue;
        settings.progress(`warming ${name} with ${tools(toolCount)}`);
        running.push(await start({ name, entry, toolCount }, settings));
      }
    }
    const measured = await inRounds({
      subjects: running,
      count: rounds,
      nameOf: ({ name, toolCount }) => `${name} with ${tools(toolCount)}`,
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
  { name, entry, toolCount }: { readonly name: string; readonly entry: Subject; readonly toolCount: number },
  { quick }: Settings,
): Promise<Running> {
  const { warmUpMs, windowMs } = quick ? PACE.quick : PACE.full;
  const process = spawnPinned(SUBJECT_CPU, [entryOf(entry), String(toolCount)], { stdio: "ipc" });
  const startedMs = performance.now();
  let callCount = FIRST_WINDOW_CALLS;
  do {
    const { cpuMicrosPerCall } = await costOf({ process }, callCount);
    callCount = Math.min(WINDOW_CALLS_MAX, Math.ceil((windowMs * 1_000) / cpuMicrosPerCall));
  } while (performance.now() - startedMs < warmUpMs);
  return { name, toolCount, process, callCount };
}

function costOf({ process }: Pick<Running, "process">, callCount: number): Promise<CallCost> {
  const window: CallWindow = { callCount };
  return asked(process.child, window);
}

function measurementsOf(measured: ReadonlyMap<Running, readonly Measured<number>[]>): Measurements {
  const columns = [...measured].map(([{ name, toolCount }, rounds]) => ({ ...columnOf(name, rounds), toolCount }));
  const comparisons = TOOL_COUNTS.map((toolCount): Comparison => {
    const [ours, ...others] = columns.filter((column) => column.toolCount === toolCount);
    if (ours === undefined) throw new TypeError("nothing was measured");
    return {
      what: `CPU a call, ${tools(toolCount)}`,
      unit: "µs",
      better: "less",
      columns: [ours, ...others],
      goal: { atMost: 10 },
      timesBetterGoals: { tmcp: 5, "official SDK v2": 15 },
    };
  });
  return { comparisons, rows: [flatness(columns.filter(({ name }) => name === "skein"))] };
}

/** What the last of many tools costs over an only one. */
function flatness(ours: readonly Column[]): Row {
  const [one, most] = [ours[0], ours.at(-1)].map((column) => column?.spread.median ?? Number.NaN);
  return {
    name: "CPU a call, 500 tools over 1",
    value: (most ?? Number.NaN) / (one ?? Number.NaN),
    unit: "×",
    goal: { atMost: 1.25 },
  };
}

function tools(count: number): string {
  return count === 1 ? "1 tool" : `${count} tools`;
}

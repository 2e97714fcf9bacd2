import { join } from "node:path";
import { EnvironmentPool } from "../../layers/local/lambda/environment-pool.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { type Column, type Comparison, columnOf } from "../comparison.ts";
import type { Group, Settings } from "../group.ts";
import { withDataDir } from "../http/served.ts";
import { inRounds } from "../measure/rounds.ts";
import { spreadOf } from "../measure/spread.ts";
import type { Row } from "../row.ts";
import { bundleKilobytes, bundlePeer } from "./bundle.ts";
import { type ColdCall, tookMs } from "./calls.ts";
import { httpCall, LIST_TOOLS, PROBE } from "./http-calls.ts";
import type { Subject } from "./subject.ts";
import { openSubjects } from "./subjects.ts";

/** How often the processes of a function are started, and how often each is called after its first answer. */
interface Pace {
  readonly launches: { readonly full: number; readonly quick: number };
  /** The first ones bring the files into the machine's memory. */
  readonly warmUpLaunches: number;
  readonly warmCalls: number;
}

const COMPARED: Pace = { launches: { full: 15, quick: 3 }, warmUpLaunches: 2, warmCalls: 20 };
/** There are many of them, and no goal of theirs hangs on a few milliseconds. */
const ALONE: Pace = { launches: { full: 5, quick: 1 }, warmUpLaunches: 1, warmCalls: 5 };

export const cold: Group = {
  about: "functions' bundles as Lambda runs them: from the start of a process to its first answer, and a later answer",
  measure: (settings) =>
    withDataDir(async (dataDir) => {
      const { mcp, others, close } = await openSubjects(dataDir, stockOf(settings));
      try {
        return await measured({ compared: [mcp, ...(await peersOf(mcp, dataDir))], alone: others }, settings);
      } finally {
        await close();
      }
    }),
};

/** As many events as are asked for, if no round has to be measured again. */
function stockOf({ quick }: Pick<Settings, "quick">): number {
  const { launches, warmUpLaunches, warmCalls } = ALONE;
  return (warmUpLaunches + (quick ? launches.quick : launches.full)) * (1 + warmCalls);
}

/** With the MCP function's memory and its variables. */
async function peersOf({ hosted }: Subject, dataDir: string): Promise<readonly Subject[]> {
  const peer = async (name: string, source: string, call: ColdCall): Promise<Subject> => {
    const codeDir = join(dataDir, name);
    await bundlePeer(source, codeDir);
    return { name, call, hosted: { ...hosted, codeDir } };
  };
  return [
    await peer("official SDK v2", "bench/cold/official-sdk.ts", httpCall(LIST_TOOLS, "")),
    await peer("empty", "bench/cold/empty.ts", httpCall({ ...PROBE, answer: "200" }, "")),
  ];
}

interface Measured {
  readonly compared: readonly Subject[];
  /** These have stores to ask and no peer to stand beside. */
  readonly alone: readonly Subject[];
}

async function measured({ compared, alone }: Measured, settings: Settings) {
  const beside = await launchesOf(compared, COMPARED, settings);
  const others = await launchesOf(alone, ALONE, settings);
  return {
    comparisons: [comparison(FIRST_ANSWER, beside.first, 100), comparison(LATER_ANSWER, beside.later, 5)],
    rows: [
      ...rowsOf(FIRST_ANSWER, others.first),
      ...rowsOf(LATER_ANSWER, others.later),
      ...[...compared, ...alone].map(bundleRow),
    ],
  };
}

async function launchesOf(subjects: readonly Subject[], pace: Pace, { quick, progress }: Settings) {
  const launches = { subjects, nameOf: ({ name }: Subject) => name, pids: [], progress };
  const measure = (subject: Subject) => launched(subject, pace.warmCalls);
  await inRounds({ ...launches, count: pace.warmUpLaunches, measure });
  const rounds = await inRounds({ ...launches, count: quick ? pace.launches.quick : pace.launches.full, measure });
  const columns = (of: keyof Launch): readonly Column[] =>
    [...rounds].map(([{ name }, each]) =>
      columnOf(
        name,
        each.map(({ value, noisy }) => ({ value: value[of], noisy })),
      ),
    );
  return { first: columns("coldMs"), later: columns("warmMs") };
}

const FIRST_ANSWER = "first answer of a new process";
const LATER_ANSWER = "answer of a warm process";

function rowsOf(what: string, columns: readonly Column[]): readonly Row[] {
  return columns.map(({ name, spread: { median, min, max }, noisyRounds }) => {
    const row: Row = { name: `${what}, ${name}`, value: median, unit: "ms", range: [min, max] };
    return noisyRounds > 0 ? { ...row, noisyRounds } : row;
  });
}

function bundleRow({ name, hosted }: Subject): Row {
  return { name: `bundle, unpacked: ${name}`, value: Math.round(bundleKilobytes(hosted.codeDir)), unit: "kB" };
}

function comparison(what: string, [ours, ...others]: readonly Column[], atMost: number): Comparison {
  if (ours === undefined) throw new TypeError("nothing was measured");
  return { what, unit: "ms", better: "less", columns: [ours, ...others], goal: { atMost } };
}

interface Launch {
  readonly coldMs: number;
  /** The median of those that come after it. */
  readonly warmMs: number;
}

/** Ends the process too, so that its work counts as this measurement's own. */
async function launched({ hosted, call }: Subject, warmCalls: number): Promise<Launch> {
  const pool = await EnvironmentPool.open(hosted, { clock: systemClock() });
  try {
    const coldMs = await tookMs(pool, call);
    const later: number[] = [];
    for (let count = 0; count < warmCalls; count++) later.push(await tookMs(pool, call));
    return { coldMs, warmMs: spreadOf(later).median };
  } finally {
    await pool.close();
  }
}

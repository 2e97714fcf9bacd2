import { join } from "node:path";
import { EnvironmentPool } from "../../layers/local/lambda/environment-pool.ts";
import type { HostedFunction } from "../../layers/local/lambda/hosted-function.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { deployLocally, type LocalDeployment } from "../../scripts/lambda/local-deployment.ts";
import { type Column, type Comparison, columnOf } from "../comparison.ts";
import type { Group, Settings } from "../group.ts";
import { withDataDir } from "../http/served.ts";
import { inRounds } from "../measure/rounds.ts";
import { spreadOf } from "../measure/spread.ts";
import type { Row } from "../row.ts";
import { bundleKilobytes, bundlePeer } from "./bundle.ts";
import { type ColdCall, LIST_TOOLS, OPEN_SESSION, PROBE, tookMs } from "./calls.ts";

const LAUNCHES = { full: 15, quick: 3 };
/** The first ones bring the files into the machine's memory. */
const WARM_UP_LAUNCHES = 2;
const WARM_CALLS = 20;

export const cold: Group = {
  about: "functions' bundles as Lambda runs them: from the start of a process to its first answer, and a later answer",
  measure: (settings) =>
    withDataDir(async (dataDir) => {
      const deployment = await deployLocally({ dataDir, surface: "index", frontDoor: "rest" });
      try {
        return await measured(await subjectsOf(deployment, dataDir), settings, deployment.accessKey);
      } finally {
        await deployment.close();
      }
    }),
};

interface Subject {
  readonly name: string;
  readonly hosted: HostedFunction;
  readonly call: ColdCall;
}

const CALLS: Readonly<Record<string, ColdCall>> = { mcp: LIST_TOOLS, sessions: OPEN_SESSION, health: PROBE };

/** The MCP function first, which the others stand beside; with its memory and its variables the peers. */
async function subjectsOf({ functions }: LocalDeployment, dataDir: string): Promise<readonly Subject[]> {
  const ours = functions.flatMap((hosted): Subject[] => {
    const call = CALLS[hosted.shape.name];
    return call === undefined ? [] : [{ name: hosted.shape.name, hosted: quiet(hosted), call }];
  });
  const [mcp] = ours;
  if (mcp === undefined) throw new TypeError("there are no functions");
  const peer = async (name: string, source: string, call: ColdCall): Promise<Subject> => {
    const codeDir = join(dataDir, name);
    await bundlePeer(source, codeDir);
    return { name, call, hosted: { ...mcp.hosted, codeDir } };
  };
  return [
    ...ours,
    await peer("official SDK v2", "bench/cold/official-sdk.ts", LIST_TOOLS),
    await peer("empty", "bench/cold/empty.ts", { ...PROBE, answer: "200" }),
  ];
}

/** Started by the call that is measured, with its log in nobody's way. */
function quiet(hosted: Omit<HostedFunction, "log">): HostedFunction {
  return { ...hosted, provisionedCount: 0, log: () => {} };
}

async function measured(subjects: readonly Subject[], { quick, progress }: Settings, accessKey: string) {
  const launches = { subjects, nameOf: ({ name }: Subject) => name, pids: [], progress };
  const measure = (subject: Subject) => launched(subject, accessKey);
  await inRounds({ ...launches, count: WARM_UP_LAUNCHES, measure });
  const rounds = await inRounds({ ...launches, count: quick ? LAUNCHES.quick : LAUNCHES.full, measure });
  const columns = (of: keyof Launch): readonly Column[] =>
    [...rounds].map(([{ name }, each]) =>
      columnOf(
        name,
        each.map(({ value, noisy }) => ({ value: value[of], noisy })),
      ),
    );
  const sizes = subjects.map(({ name, hosted }): Row => {
    return { name: `bundle, unpacked: ${name}`, value: Math.round(bundleKilobytes(hosted.codeDir)), unit: "kB" };
  });
  const [first, later] = [columns("coldMs"), columns("warmMs")];
  return {
    comparisons: [compared(FIRST_ANSWER, first, 100), compared(LATER_ANSWER, later, 5)],
    rows: [...alone(FIRST_ANSWER, first), ...alone(LATER_ANSWER, later), ...sizes],
  };
}

const FIRST_ANSWER = "first answer of a new process";
const LATER_ANSWER = "answer of a warm process";

/** These have stores to ask and no peer to stand beside. */
const ALONE: readonly string[] = ["sessions", "health"];

function alone(what: string, columns: readonly Column[]): readonly Row[] {
  const ours = columns.filter(({ name }) => ALONE.includes(name));
  return ours.map(({ name, spread: { median, min, max }, noisyRounds }) => {
    const row: Row = { name: `${what}, ${name}`, value: median, unit: "ms", range: [min, max] };
    return noisyRounds > 0 ? { ...row, noisyRounds } : row;
  });
}

function compared(what: string, columns: readonly Column[], atMost: number): Comparison {
  const [ours, ...others] = columns.filter(({ name }) => !ALONE.includes(name));
  if (ours === undefined) throw new TypeError("nothing was measured");
  return { what, unit: "ms", better: "less", columns: [ours, ...others], goal: { atMost } };
}

interface Launch {
  readonly coldMs: number;
  /** The median of those that come after it. */
  readonly warmMs: number;
}

/** Ends the process too, so that its work counts as this measurement's own. */
async function launched({ hosted, call }: Subject, accessKey: string): Promise<Launch> {
  const pool = await EnvironmentPool.open(hosted, { clock: systemClock() });
  try {
    const coldMs = await tookMs(pool, call, accessKey);
    const later: number[] = [];
    for (let count = 0; count < WARM_CALLS; count++) later.push(await tookMs(pool, call, accessKey));
    return { coldMs, warmMs: spreadOf(later).median };
  } finally {
    await pool.close();
  }
}

import { execFile } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { processBaker } from "../layers/cyberchef/baker.ts";
import { startKitchen } from "../layers/cyberchef/kitchen-process.ts";
import type { Operation } from "../layers/cyberchef/operation.ts";
import { type OperationIndex, operationIndex } from "../layers/cyberchef/operation-index.ts";
import { systemClock } from "../layers/node/system-clock.ts";
import { buildCyberChef, CYBERCHEF_BUILD } from "../scripts/build/cyberchef.ts";
import type { Group } from "./group.ts";
import { type Measured, quietly } from "./measure/quiet.ts";
import type { Progress } from "./measure/rounds.ts";
import { percentile, spreadOf } from "./measure/spread.ts";
import { printed } from "./print.ts";
import type { Row } from "./row.ts";

const PACE = {
  full: { everyNth: 1, loads: 3, starts: 15, bakes: 5_000 },
  quick: { everyNth: 20, loads: 1, starts: 3, bakes: 500 },
};
const MEMORY_BYTES_MAX = 512 * 2 ** 20;
const TIMEOUT_MS = 30_000;
const KIBIBYTE = "x".repeat(1024);

type Pace = (typeof PACE)["full" | "quick"];

export const cyberchef: Group = {
  about: "CyberChef's operations: their first load in a fresh process, bakes in a warm one, and what a process costs",
  async measure({ quick, progress }) {
    await buildCyberChef({ report: progress });
    const index = operationIndex(CYBERCHEF_BUILD);
    const pace = quick ? PACE.quick : PACE.full;
    const loads = await coldLoads(index, pace, progress);
    progress("bakes");
    return { comparisons: [], rows: [...loads, indexRow(), ...(await bakeRows(index, pace)), await memoryRow()] };
  },
};

/** Each operation is loaded by processes of its own; what counts for it is the median. */
async function coldLoads({ operations }: OperationIndex, pace: Pace, progress: Progress): Promise<readonly Row[]> {
  const runtime = operations.find(({ name }) => name === "Fork");
  if (runtime === undefined) throw new TypeError("there is no Fork");
  const measured: Measured<number>[] = [];
  const some = operations.filter((_, at) => at % pace.everyNth === 0);
  for (const [at, operation] of some.entries()) {
    if (at % 25 === 0) progress(`cold loads, ${at} of ${some.length}`);
    measured.push(await quietly([], () => coldLoadMs(runtime, operation, pace.loads)));
  }
  const sorted = measured.map(({ value }) => value).sort((left, right) => left - right);
  const noisyRounds = measured.filter(({ noisy }) => noisy).length;
  const row = (name: string, percent: number): Row => ({
    name: `cold load of an operation, ${name}`,
    value: percentile(sorted, percent),
    unit: "ms",
    noisyRounds,
  });
  return [
    { ...row("median", 50), goal: { atMost: 15 } },
    { ...row("p99", 99), goal: { atMost: 100 } },
    row("slowest", 100),
  ];
}

async function coldLoadMs(runtime: Operation, operation: Operation, loads: number): Promise<number> {
  const script = join(import.meta.dirname, "cyberchef/cold-load.ts");
  const chunks = [runtime, operation].map(({ chunk }) => join(CYBERCHEF_BUILD, chunk));
  const loadsMs: number[] = [];
  for (let load = 0; load < loads; load++) {
    const { stdout } = await promisify(execFile)(process.execPath, ["--no-deprecation", script, ...chunks]);
    loadsMs.push(Number(stdout));
  }
  return spreadOf(loadsMs).median;
}

function indexRow(): Row {
  const readsMs = Array.from({ length: 9 }, () => {
    const startedMs = performance.now();
    void operationIndex(CYBERCHEF_BUILD).operations;
    return performance.now() - startedMs;
  });
  const { median, min, max } = spreadOf(readsMs);
  return { name: "read the index of operations", value: median, unit: "ms", range: [min, max], goal: { atMost: 10 } };
}

async function bakeRows(index: OperationIndex, { starts, bakes }: Pace): Promise<readonly Row[]> {
  const firstMs: number[] = [];
  for (let start = 0; start < starts; start++) {
    const fresh = bakerOf(index);
    firstMs.push(await bakeMs(fresh));
    await fresh.close();
  }
  const warm = bakerOf(index);
  await bakeMs(warm);
  const { value: warmMs, noisy } = await quietly([], () => manyBakes(warm, bakes));
  await warm.close();
  const { median, min, max } = spreadOf(firstMs);
  const row = (name: string, percent: number): Row => ({
    name: `bake of 1 KiB in a warm process, ${name}`,
    value: percentile(warmMs, percent),
    unit: "ms",
    noisyRounds: noisy ? 1 : 0,
  });
  return [
    { name: "process start to its first bake answered", value: median, unit: "ms", range: [min, max] },
    row("median", 50),
    row("p99", 99),
  ];
}

function bakerOf(index: OperationIndex) {
  return processBaker({
    buildDir: CYBERCHEF_BUILD,
    index,
    processesMax: 1,
    memoryBytesMax: MEMORY_BYTES_MAX,
    queueMax: 1,
    operationTimeoutMs: TIMEOUT_MS,
    clock: systemClock(),
  });
}

async function manyBakes(baker: ReturnType<typeof bakerOf>, count: number): Promise<readonly number[]> {
  const bakesMs: number[] = [];
  while (bakesMs.length < count) bakesMs.push(await bakeMs(baker));
  return bakesMs.sort((left, right) => left - right);
}

async function bakeMs(baker: ReturnType<typeof bakerOf>): Promise<number> {
  const startedMs = performance.now();
  const request = { input: KIBIBYTE, steps: [{ operation: "To Base64" }], timeoutMs: TIMEOUT_MS };
  const baked = await baker.bake(request, new AbortController().signal);
  if (!baked.ok) throw new TypeError(baked.problem.reason);
  return performance.now() - startedMs;
}

async function memoryRow(): Promise<Row> {
  const kitchen = startKitchen({ buildDir: CYBERCHEF_BUILD, memoryBytesMax: MEMORY_BYTES_MAX });
  const steps = [{ op: "To Base64", args: ["A-Za-z0-9+/="] }];
  const answer = await kitchen.bake({ input: KIBIBYTE, steps, timeoutMs: TIMEOUT_MS });
  kitchen.end();
  if (answer.kind === "lost") throw new TypeError("the process was lost");
  return { name: "resident memory of a process after a bake", value: answer.residentBytes / 2 ** 20, unit: "MiB" };
}

if (import.meta.main) {
  const progress = (doing: string) => process.stderr.write(`${doing}\n`);
  process.stdout.write(printed(cyberchef.about, await cyberchef.measure({ quick: false, progress })));
}

import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { logFacets } from "../../layers/core/log/log-facets.ts";
import { EVERY_LINE, type LogQuery } from "../../layers/core/log/log-query.ts";
import { parseLogQuery } from "../../layers/core/log/parse-log-query.ts";
import { projectLogFolder } from "../../layers/core/store/keys.ts";
import { type FileLogs, fileLogs } from "../../layers/local/log/file-logs.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { type Comparison, columnOf } from "../comparison.ts";
import type { Settings } from "../group.ts";
import { type Measured, quietly } from "../measure/quiet.ts";
import { inRounds } from "../measure/rounds.ts";
import { percentile, spreadOf } from "../measure/spread.ts";
import type { Row } from "../row.ts";
import { tenantNamed } from "./tenant-named.ts";

const PACE = { full: { rounds: 7, heard: 1_000 }, quick: { rounds: 1, heard: 100 } };
const LINES = 100_000;
const PROJECT = "proj_bench";
const BENCH = tenantNamed("bench");

interface Filled {
  readonly logs: FileLogs;
  readonly folder: string;
  readonly files: readonly string[];
}

/** How long it takes to find lines among a hundred thousand, and for a line to reach who listens. */
export async function logs(
  settings: Settings,
): Promise<{ readonly comparison: Comparison; readonly rows: readonly Row[] }> {
  const folder = await mkdtemp(join(tmpdir(), "skein-bench-logs-"));
  try {
    settings.progress(`${LINES} lines`);
    const filled = await fill(folder);
    return { comparison: await searches(filled, settings), rows: await others(filled, settings) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Lines as servers write them, of which one in a thousand has the word that is looked for. */
async function fill(folder: string): Promise<Filled> {
  const store = fileLogs({ folder, clock: systemClock() });
  const writer = store.writer(BENCH, PROJECT);
  for (let from = 0; from < LINES; from += 1_000) {
    const lines = Array.from({ length: 1_000 }, (_, index) => ({
      runId: "run-1",
      atEpochMs: Date.now(),
      stream: index % 10 === 0 ? ("stderr" as const) : ("stdout" as const),
      text: textOf(from + index),
    }));
    await writer.append(lines);
  }
  writer.close();
  const segments = join(folder, projectLogFolder(BENCH, PROJECT));
  const names = (await readdir(segments)).filter((name) => name.endsWith(".log")).sort();
  return { logs: store, folder, files: names.map((name) => join(segments, name)) };
}

function textOf(number: number): string {
  if (number % 1_000 === 999) return `ERROR request ${number} failed: Timeout after 30000 ms`;
  return `GET /api/items/${(number * 7_919) % LINES} 200 in ${number % 97} ms, ${(number % 400) + 100} bytes`;
}

const SUBJECTS = ["skein", "a parse of each line", "grep -c, with the start of its process"] as const;
type Subject = (typeof SUBJECTS)[number];

/** One word among a hundred thousand lines, of which all that have it are found. */
async function searches(filled: Filled, { quick, progress }: Settings): Promise<Comparison> {
  const query = queryOf("timeout");
  const ways: Readonly<Record<Subject, () => Promise<number>>> = {
    skein: () => countFound(filled, query),
    "a parse of each line": () => countParsed(filled, "timeout"),
    "grep -c, with the start of its process": () => grepped(filled, "timeout"),
  };
  for (const subject of SUBJECTS) {
    const found = await ways[subject]();
    if (found !== LINES / 1_000) throw new RangeError(`${subject} has found ${found} lines`);
  }
  const measured = await inRounds<Subject, number>({
    subjects: SUBJECTS,
    count: (quick ? PACE.quick : PACE.full).rounds,
    nameOf: (subject) => `log search by ${subject}`,
    measure: (subject) => timed(ways[subject]),
    pids: [],
    progress,
  });
  const column = (subject: Subject) => columnOf(subject, measured.get(subject) ?? []);
  return {
    what: `log search for a word in ${LINES} lines`,
    unit: "ms",
    better: "less",
    goal: { atMost: 200 },
    columns: [column(SUBJECTS[0]), column(SUBJECTS[1]), column(SUBJECTS[2])],
  };
}

async function others(filled: Filled, { quick, progress }: Settings): Promise<readonly Row[]> {
  const { rounds, heard } = quick ? PACE.quick : PACE.full;
  const page = queryOf('level:error -"no such" since:1d');
  const ways: readonly (readonly [name: string, work: () => Promise<unknown>])[] = [
    ["the newest 100 that a level, an exclusion and a time find", () => newest(filled, page)],
    ["the newest 100 lines", () => newest(filled, EVERY_LINE)],
    ["all lines counted by level, stream, run and time", () => logFacets(scanned(filled, EVERY_LINE))],
  ];
  const rows: Row[] = [];
  for (const [name, work] of ways) {
    progress(name);
    await work();
    rows.push(rowOf(`log of ${LINES} lines: ${name}`, await repeated(rounds, () => timed(work)), 200));
  }
  progress("lines to a listener");
  const late = await repeated(quick ? 1 : 3, () => lineToListenerP99Ms(filled.folder, heard));
  return [...rows, rowOf("line of another process to a listener, p99", late, 100)];
}

function newest({ logs: store }: Filled, query: LogQuery): Promise<unknown> {
  return store.read(BENCH, PROJECT, { query, limit: 100, from: "newest" });
}

const scanned = ({ logs: store }: Filled, query: LogQuery) => store.scan(BENCH, PROJECT, query);

async function countFound(filled: Filled, query: LogQuery): Promise<number> {
  let count = 0;
  for await (const lines of scanned(filled, query)) count += lines.length;
  return count;
}

/** What does without any care: every line taken apart and compared. */
async function countParsed({ files }: Filled, word: string): Promise<number> {
  let count = 0;
  for (const file of files) {
    for (const line of (await readFile(file, "utf8")).split("\n")) {
      const tab = line.indexOf("\t");
      const parsed = { at: new Date(Number(line.slice(0, 13))).toISOString(), text: line.slice(tab + 1) };
      if (parsed.text.toLowerCase().includes(word)) count++;
    }
  }
  return count;
}

function grepped({ files }: Filled, word: string): Promise<number> {
  return new Promise((settle, fail) => {
    const grep = spawn("grep", ["-c", "-i", "-h", word, ...files], { stdio: ["ignore", "pipe", "inherit"] });
    let told = "";
    grep.stdout.setEncoding("utf8").on("data", (text: string) => {
      told += text;
    });
    grep.once("error", fail);
    grep.once("close", () => settle(told.split("\n").reduce((sum, count) => sum + Number(count), 0)));
  });
}

/** From the call that writes the line in another process, to the listener's hands in this one. */
async function lineToListenerP99Ms(folder: string, count: number): Promise<number> {
  const projectId = `proj_heard_${Math.round(performance.now())}`;
  const follower = fileLogs({ folder, clock: systemClock() }).follow(BENCH, projectId, {
    query: EVERY_LINE,
    after: "0",
  });
  const writer = spawn(
    process.execPath,
    [resolve(import.meta.dirname, "log-writer.ts"), folder, projectId, String(count), "5"],
    {
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  const lateMs: number[] = [];
  while (lateMs.length < count) {
    const { lines } = await follower.next(10_000);
    const nowMs = performance.timeOrigin + performance.now();
    if (lines.length === 0) throw new RangeError(`after ${lateMs.length} lines nothing came for ten seconds`);
    lateMs.push(...lines.map(({ text }) => nowMs - Number(text)));
  }
  follower.close();
  writer.kill();
  return percentile(
    lateMs.toSorted((left, right) => left - right),
    99,
  );
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

async function repeated(count: number, measure: () => Promise<number>): Promise<readonly Measured<number>[]> {
  const rounds: Measured<number>[] = [];
  for (let round = 0; round < count; round++) rounds.push(await quietly([], measure));
  return rounds;
}

function rowOf(name: string, rounds: readonly Measured<number>[], atMost: number): Row {
  const { median, min, max } = spreadOf(rounds.map(({ value }) => value));
  const noisyRounds = rounds.filter(({ noisy }) => noisy).length;
  return { name, value: median, unit: "ms", range: [min, max], noisyRounds, goal: { atMost } };
}

function queryOf(text: string): LogQuery {
  const query = parseLogQuery(text, Date.now());
  if (!query.ok) throw new TypeError(query.problem.reason);
  return query.value;
}

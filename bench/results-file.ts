import { readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { canPin } from "./measure/pinned-process.ts";
import { isMet, type Row } from "./row.ts";
import { ROOT } from "./subjects.ts";

const FILE = join(ROOT, "bench/results.json");

/** Puts a group's rows in the place of its earlier ones; the other groups stay as they were measured. */
export function writeResults(group: string, rows: readonly Row[]): void {
  const results = {
    ...readResults(),
    [group]: { measuredAt: new Date().toISOString(), machine: machine(), rows: rows.map(judged) },
  };
  writeFileSync(FILE, `${JSON.stringify(results, undefined, 2)}\n`);
}

function readResults(): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(readFileSync(FILE, "utf8"));
  } catch {
    return {}; // the first run, or a file that is about to be replaced
  }
}

/** With more digits than a measurement has, each run would change every line. */
function judged(row: Row) {
  const { value, range, goal } = row;
  return {
    ...row,
    value: rounded(value),
    ...(range === undefined ? {} : { range: range.map(rounded) }),
    ...(goal === undefined ? {} : { met: isMet(goal, value) }),
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

function machine() {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model ?? "unknown",
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    linux: release(),
    node: process.version,
    pinned: canPin(),
  };
}

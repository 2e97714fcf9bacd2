import { spawn } from "node:child_process";
import { execPath } from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { PAGE_LINES_MAX } from "../../../../layers/core/log/limits.ts";
import type { LogLine } from "../../../../layers/core/log/log-line.ts";
import { EVERY_LINE } from "../../../../layers/core/log/log-query.ts";
import { fileLogs } from "../../../../layers/local/log/file-logs.ts";
import { systemClock } from "../../../../layers/node/system-clock.ts";
import { testFolder } from "../../../fixtures/temporary-folder.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const LOGGER = fileURLToPath(new URL("../../../fixtures/tireless-logger.ts", import.meta.url));
const acme = tenant("acme");
const LINE = /^(\w+) (\d+) (é*) end$/;

function startedLogger(args: readonly string[]) {
  const logger = spawn(execPath, [LOGGER, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void logger.kill("SIGKILL"));
  return logger;
}

/** What a logger may still write until the signal comes: less than a page, and than a log keeps. */
const BATCHES_AFTER = 20;

/** Runs until it was acknowledged so often, and is killed in the middle of whatever it does then. */
async function killedLogger(folder: string, runId: string, acknowledgements: number): Promise<number> {
  const logger = startedLogger([folder, runId, String(acknowledgements + BATCHES_AFTER)]);
  let last = -1;
  let count = 0;
  for await (const line of createInterface({ input: logger.stdout })) {
    last = Number(line);
    if (++count === acknowledgements) logger.kill("SIGKILL");
  }
  return last;
}

function numbersOf(lines: readonly LogLine[], runId: string): readonly number[] {
  return lines.filter((line) => line.runId === runId).map(({ text }) => Number(LINE.exec(text)?.[2]));
}

test("writers that are killed while they write, side by side, lose nothing that was kept and spoil nothing", async () => {
  const folder = await testFolder();
  const logs = fileLogs({ folder, clock: systemClock() });
  const runs = ["a1", "b1", "a2", "b2", "a3", "b3"];
  const told: LogLine[] = [];
  const isOver = new AbortController();
  const follower = logs.follow(acme, "proj_1", { query: EVERY_LINE, after: "0" });
  const listening = (async () => {
    while (!isOver.signal.aborted) told.push(...(await follower.next(10_000, isOver.signal)).lines);
  })();

  const acknowledged = new Map<string, number>();
  for (const [left = "", right = ""] of [runs.slice(0, 2), runs.slice(2, 4), runs.slice(4, 6)]) {
    const both = await Promise.all([killedLogger(folder, left, 41), killedLogger(folder, right, 67)]);
    acknowledged.set(left, both[0]).set(right, both[1]);
  }

  const { lines } = await logs.read(acme, "proj_1", { query: EVERY_LINE, limit: PAGE_LINES_MAX, from: "oldest" });
  expect(lines.filter(({ text }) => !LINE.test(text))).toEqual([]);
  expect(lines.map(({ sequence }) => Number(sequence))).toEqual(lines.map((_line, index) => index + 1));
  for (const [runId, last] of acknowledged) {
    const numbers = numbersOf(lines, runId);
    expect(numbers).toEqual(numbers.map((_number, index) => index));
    expect(numbers.length).toBeGreaterThan(last);
    expect(lines.filter((line) => line.runId === runId).every(({ text }) => text.startsWith(`${runId} `))).toBe(true);
  }
  await expect.poll(() => told.length).toBe(lines.length);
  isOver.abort();
  await listening;
  follower.close();
  expect(told).toEqual(lines);
});

test("each line of another process is heard when it comes, not when the listener's time is over", async () => {
  const folder = await testFolder();
  const follower = fileLogs({ folder, clock: systemClock() }).follow(acme, "proj_1", { query: EVERY_LINE, after: "0" });
  const logger = startedLogger([folder, "a", "100", "5"]);
  const heard: LogLine[] = [];

  while (heard.length < 100) heard.push(...(await follower.next(60_000)).lines);

  logger.kill("SIGKILL");
  follower.close();
  expect(numbersOf(heard, "a")).toEqual(heard.map((_line, index) => index));
});

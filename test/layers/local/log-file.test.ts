import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  LOG_FILE_BYTES_MAX,
  LOG_FILES_KEPT_MAX,
  LOG_FLUSH_BYTES,
  LOG_WAITING_BYTES_MAX,
} from "../../../layers/local/limits.ts";
import { LogFile } from "../../../layers/local/log-file.ts";
import { eventually } from "../../fixtures/eventually.ts";
import { manualClock } from "../../fixtures/manual-clock.ts";

let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "skein-log-"));
  file = join(folder, "calls.ndjson");
});
afterEach(() => rmSync(folder, { recursive: true }));

function linesOf(path: string): unknown[] {
  return readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

test("lines come to the file by themselves, in order", async () => {
  const log = new LogFile(file, manualClock());

  log.append({ n: 1 });
  log.append({ n: 2 });

  await eventually(() => expect(linesOf(file)).toEqual([{ n: 1 }, { n: 2 }]));
});

test("no file is made before the first line", () => {
  new LogFile(file, manualClock()).close();

  expect(readdirSync(folder)).toEqual([]);
});

test("closing writes what waits", () => {
  const log = new LogFile(file, manualClock());
  log.append({ n: 1 });

  log.close();

  expect(linesOf(file)).toEqual([{ n: 1 }]);
});

test("two processes' lines stand beside each other", () => {
  const [one, other] = [new LogFile(file, manualClock()), new LogFile(file, manualClock())];
  one.append({ n: 1 });
  other.append({ n: 2 });

  one.close();
  other.close();

  expect(linesOf(file)).toEqual([{ n: 1 }, { n: 2 }]);
});

test("a full file is put aside, and the oldest of those put aside goes", async () => {
  const clock = manualClock();
  const full = `${" ".repeat(LOG_FILE_BYTES_MAX)}\n`;
  const log = new LogFile(file, clock);
  const asideBefore = Array.from({ length: LOG_FILES_KEPT_MAX }, (_, n) => `calls-${n}.ndjson`);
  for (const name of asideBefore) writeFileSync(join(folder, name), "");
  log.append({ n: 1 });
  await eventually(() => expect(linesOf(file)).toEqual([{ n: 1 }]));
  appendFileSync(file, full);

  log.append({ n: 2 });
  log.close();

  expect(linesOf(file)).toEqual([{ n: 2 }]);
  expect(readdirSync(folder).sort()).toEqual(
    ["calls.ndjson", ...asideBefore.slice(1), `calls-${clock.nowMs()}.ndjson`].sort(),
  );
});

test("a file that another process put aside is left, and the new one is used", async () => {
  const log = new LogFile(file, manualClock());
  log.append({ n: 1 });
  await eventually(() => expect(linesOf(file)).toEqual([{ n: 1 }]));
  rmSync(file);

  log.append({ n: 2 });
  log.close();

  expect(linesOf(file)).toEqual([{ n: 2 }]);
});

test("lines past the memory they may take are lost and counted", async () => {
  const log = new LogFile(file, manualClock());
  const long = "a".repeat(LOG_WAITING_BYTES_MAX);

  // The first is on its way to the disk at once, the second waits behind it.
  for (let n = 0; n < 4; n++) log.append({ long });
  log.close();

  await eventually(() => expect(linesOf(file)).toHaveLength(3));
  expect(linesOf(file)).toContainEqual({ lostLineCount: 2 });
});

test("many lines do not wait for the time to be over", () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  const log = new LogFile(file, manualClock());

  log.append({ long: "a".repeat(LOG_FLUSH_BYTES) });
  vi.useRealTimers();

  return eventually(() => expect(linesOf(file)).toHaveLength(1));
});

test("lines that the disk refuses are lost and counted, and nobody is stopped", async () => {
  const laterFolder = join(folder, "later");
  const refused = new LogFile(join(laterFolder, "calls.ndjson"), manualClock());
  const written = new LogFile(file, manualClock());
  refused.append({ n: 1 });
  written.append({ n: 1 });
  await eventually(() => expect(linesOf(file)).toEqual([{ n: 1 }]));
  mkdirSync(laterFolder);

  refused.append({ n: 2 });
  refused.close();

  expect(linesOf(join(laterFolder, "calls.ndjson"))).toEqual([{ n: 2 }, { lostLineCount: 1 }]);
});

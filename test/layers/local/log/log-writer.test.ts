import { appendFile, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { KEPT_MS, LINE_CHARACTERS_MAX, PAGE_LINES_MAX, RING_BYTES_MAX } from "../../../../layers/core/log/limits.ts";
import type { WrittenLine } from "../../../../layers/core/log/log-line.ts";
import { EVERY_LINE } from "../../../../layers/core/log/log-query.ts";
import type { LogStore, LogWriter } from "../../../../layers/core/log/log-store.ts";
import { type FileLogs, fileLogs } from "../../../../layers/local/log/file-logs.ts";
import { SEGMENT_BYTES_MAX } from "../../../../layers/local/log/limits.ts";
import { type ManualClock, manualClock } from "../../../fixtures/manual-clock.ts";
import { testFolder } from "../../../fixtures/temporary-folder.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");

interface Opened {
  readonly folder: string;
  readonly clock: ManualClock;
  readonly logs: FileLogs;
  readonly writer: LogWriter;
}

async function opened(): Promise<Opened> {
  const root = await testFolder();
  const clock = manualClock();
  const logs = fileLogs({ folder: root, clock });
  return { folder: join(root, "log/acme/proj_1"), clock, logs, writer: writerOf(logs) };
}

function writerOf(logs: FileLogs): LogWriter {
  const writer = logs.writer(acme, "proj_1");
  onTestFinished(() => writer.close());
  return writer;
}

const line = (clock: ManualClock, text: string): WrittenLine => ({
  runId: "r",
  atEpochMs: clock.nowMs(),
  stream: "stdout",
  text,
});

async function numbered(logs: LogStore): Promise<readonly string[]> {
  const { lines } = await logs.read(acme, "proj_1", { query: EVERY_LINE, limit: PAGE_LINES_MAX, from: "oldest" });
  return lines.map(({ sequence, text }) => `${sequence} ${text}`);
}

async function segments(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith(".log")).sort();
}

async function sizeOf(folder: string): Promise<number> {
  const sizes = await Promise.all((await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

test("nothing is made before the first line, and what is made is for its owner alone", async () => {
  const { folder, clock, writer } = await opened();
  await writer.append([]);
  await expect(readdir(folder)).rejects.toMatchObject({ code: "ENOENT" });

  await writer.append([line(clock, "a")]);

  expect((await stat(folder)).mode & 0o077).toBe(0);
  expect(await segments(folder)).toEqual(["0000000000000001.log"]);
  expect(await readFile(join(folder, "0000000000000001.log"), "utf8")).toBe("1798761600000ior\ta\n");
});

test("an empty line is a line", async () => {
  const { clock, logs, writer } = await opened();

  await writer.append([line(clock, ""), line(clock, "b")]);

  expect(await numbered(logs)).toEqual(["1 ", "2 b"]);
});

describe("a log that is full", () => {
  test("keeps its newest lines, never more bytes than it may, and numbers them on", async () => {
    const { folder, clock, logs, writer } = await opened();
    const filling = "x".repeat(4_000);
    let most = 0;

    for (let batch = 0; batch < 130; batch++) {
      await writer.append(
        Array.from({ length: 25 }, (_, index) => line(clock, `${batch * 25 + index + 1} ${filling}`)),
      );
      most = Math.max(most, await sizeOf(folder));
    }

    const kept = await numbered(logs);
    expect(most).toBeLessThanOrEqual(RING_BYTES_MAX);
    expect(most).toBeGreaterThan(RING_BYTES_MAX - 2 * SEGMENT_BYTES_MAX);
    expect(kept.at(-1)).toBe(`3250 3250 ${filling}`);
    expect(kept.filter((each) => each.split(" ")[0] !== each.split(" ")[1])).toEqual([]);
    expect(kept.length).toBeGreaterThan(RING_BYTES_MAX / 4_100 - 500);
    expect((await segments(folder)).length).toBeLessThanOrEqual(RING_BYTES_MAX / SEGMENT_BYTES_MAX);
  });

  test("takes more in one go than it can hold", async () => {
    const { folder, clock, logs, writer } = await opened();
    const filling = "é".repeat(LINE_CHARACTERS_MAX);

    await writer.append(Array.from({ length: 700 }, () => line(clock, filling)));

    expect(await sizeOf(folder)).toBeLessThanOrEqual(RING_BYTES_MAX);
    expect((await numbered(logs)).at(-1)?.slice(0, 3)).toBe("700");
  });

  test("tells a listener that stayed behind how many lines it has missed, and goes on with the oldest", async () => {
    const { clock, logs, writer } = await opened();
    await writer.append([line(clock, "first")]);
    const follower = logs.follow(acme, "proj_1", { query: EVERY_LINE, after: "0" });
    onTestFinished(() => follower.close());
    await follower.next(0);

    await writer.append(Array.from({ length: 1_000 }, () => line(clock, "x".repeat(LINE_CHARACTERS_MAX))));
    const { lines, missed } = await follower.next(0);

    const oldest = Number((await numbered(logs))[0]?.split(" ")[0]);
    expect(oldest).toBeGreaterThan(300);
    expect(missed).toEqual({ count: oldest - 2 });
    expect(Number(lines[0]?.sequence)).toBe(oldest);
    expect((await follower.next(0)).missed).toBeUndefined();
  });
});

describe("a line that was never finished", () => {
  test("is dropped, and its number is the next line's", async () => {
    const { folder, clock, logs, writer } = await opened();
    await writer.append([line(clock, "a"), line(clock, "b")]);
    await appendFile(join(folder, "0000000000000001.log"), "1798761600000ior\ttor");
    expect(await numbered(logs)).toEqual(["1 a", "2 b"]);

    await writer.append([line(clock, "c")]);
    await writerOf(logs).append([line(clock, "d")]);

    expect(await numbered(logs)).toEqual(["1 a", "2 b", "3 c", "4 d"]);
    expect(await segments(folder)).toEqual(["0000000000000001.log", "0000000000000003.log"]);
  });

  test("is dropped also where it was the first of its file", async () => {
    const { folder, clock, logs, writer } = await opened();
    await writer.append([line(clock, "a")]);
    await logs.clear(acme, "proj_1");
    await writeFile(join(folder, "0000000000000002.log"), "1798761600000ior\ttor");

    await writer.append([line(clock, "b")]);

    expect(await numbered(logs)).toEqual(["2 b"]);
    expect(await segments(folder)).toEqual(["0000000000000002.log"]);
  });

  test("holds no listener up", async () => {
    const { folder, clock, logs, writer } = await opened();
    await writer.append([line(clock, "a")]);
    const follower = logs.follow(acme, "proj_1", { query: EVERY_LINE, after: "0" });
    onTestFinished(() => follower.close());
    await appendFile(join(folder, "0000000000000001.log"), "1798761600000ior\ttor");
    await writer.append([line(clock, "b")]);

    const told = [...(await follower.next(0)).lines, ...(await follower.next(0)).lines];

    expect(told.map(({ text }) => text)).toEqual(["a", "b"]);
  });
});

test("what a disk that lost power has put between the lines is left out", async () => {
  const { folder, clock, logs, writer } = await opened();
  await writer.append([line(clock, "a")]);
  await appendFile(join(folder, "0000000000000001.log"), `${"\0".repeat(40)}\nnot one of ours\n\n`);
  await writer.append([line(clock, "b")]);

  expect(await numbered(logs)).toEqual(["1 a", "5 b"]);
});

describe("what is too old", () => {
  test("goes with a sweep, and the numbers go on", async () => {
    const { folder, clock, logs, writer } = await opened();
    await writer.append([line(clock, "a"), line(clock, "b")]);
    clock.advance(KEPT_MS + 1);

    await logs.sweep();
    const sizes = await Promise.all(
      (await segments(folder)).map(async (name) => (await stat(join(folder, name))).size),
    );
    await logs.sweep();
    await writer.append([line(clock, "c")]);

    expect(sizes).toEqual([0]);
    expect(await numbered(logs)).toEqual(["3 c"]);
  });

  test("goes while the project writes on", async () => {
    const { folder, clock, logs, writer } = await opened();
    const filling = "x".repeat(LINE_CHARACTERS_MAX);
    await writer.append(Array.from({ length: 70 }, () => line(clock, filling)));
    expect(await segments(folder)).toHaveLength(2);
    clock.advance(KEPT_MS + 1);

    await writer.append(Array.from({ length: 70 }, () => line(clock, filling)));

    expect(await segments(folder)).not.toContain("0000000000000001.log");
    expect((await numbered(logs))[0]?.slice(0, 3)).toBe("71 ");
  });

  test("is told from what is not by a sweep", async () => {
    const { clock, logs, writer } = await opened();
    await writer.append([line(clock, "a")]);
    clock.advance(KEPT_MS);
    await writer.append([line(clock, "b")]);

    await logs.sweep();

    expect(await numbered(logs)).toEqual(["1 a", "2 b"]);
  });
});

test("a log that was erased is not made again by who wrote to it", async () => {
  const { folder, clock, logs, writer } = await opened();
  await writer.append([line(clock, "a")]);
  await logs.erase(acme, "proj_1");

  const fault = { code: "store_unavailable", store: "log", operation: "append" };
  await expect(writer.append([line(clock, "b")])).rejects.toMatchObject(fault);
  await expect(writer.append([line(clock, "c")])).rejects.toMatchObject(fault);

  await expect(readdir(folder)).rejects.toMatchObject({ code: "ENOENT" });
});

test("a listener that stood further on in an earlier log of that name is told all of this one", async () => {
  const { clock, logs, writer } = await opened();
  await writer.append([line(clock, "a"), line(clock, "b")]);

  const follower = logs.follow(acme, "proj_1", { query: EVERY_LINE, after: "5000" });
  onTestFinished(() => follower.close());

  expect((await follower.next(0)).lines.map(({ text }) => text)).toEqual(["a", "b"]);
});

test("a run's name that would not be one is a mistake, and nothing of its lines is kept", async () => {
  const { clock, logs, writer } = await opened();
  const lines = ["", "a\tb", "a\nb", "x".repeat(65)].map((runId) => ({ ...line(clock, "a"), runId }));

  for (const wrong of lines) {
    await expect(writer.append([line(clock, "good"), wrong])).rejects.toMatchObject({ code: "log_malformed" });
  }

  expect(await numbered(logs)).toEqual([]);
});

test("a folder that can't be one is a fault of the store", async () => {
  const { folder, clock, writer } = await opened();
  await mkdir(dirname(folder), { recursive: true });
  await writeFile(folder, "");

  await expect(writer.append([line(clock, "b")])).rejects.toMatchObject({ code: "store_unavailable", store: "log" });
});

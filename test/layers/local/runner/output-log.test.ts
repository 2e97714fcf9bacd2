import { expect, test } from "vitest";
import type { WrittenLine } from "../../../../layers/core/log/log-line.ts";
import type { LogWriter } from "../../../../layers/core/log/log-store.ts";
import { outputLog } from "../../../../layers/local/runner/output-log.ts";
import { eventually } from "../../../fixtures/eventually.ts";

const line = (text: string): WrittenLine => ({ runId: "run1", atEpochMs: 1, stream: "stdout", text });

/** Keeps what it is given while `takes` says so. */
function aLog(takes: () => boolean = () => true) {
  const batches: string[][] = [];
  let isClosed = false;
  const writer: LogWriter = {
    async append(lines) {
      if (!takes()) throw new TypeError("the disk is full");
      batches.push(lines.map(({ text }) => text));
    },
    close() {
      isClosed = true;
    },
  };
  return { writer, batches, isClosed: () => isClosed };
}

test("lines come to the log in their order, those of one moment together, and all of them before it is closed", async () => {
  const log = aLog();
  const sink = outputLog(log.writer, () => {});
  sink.take([line("1"), line("2")]);
  sink.take([line("3")]);

  await sink.close();

  expect(log.batches).toEqual([["1", "2", "3"]]);
  expect(log.isClosed()).toBe(true);
});

test("more than is written at a time is written some at a time", async () => {
  const log = aLog();
  const sink = outputLog(log.writer, () => {});
  sink.take(Array.from({ length: 4_500 }, (_, index) => line(String(index))));

  await sink.close();

  expect(log.batches.map(({ length }) => length)).toEqual([2_000, 2_000, 500]);
  expect(log.batches.flat()).toEqual(Array.from({ length: 4_500 }, (_, index) => String(index)));
});

test("what the log does not take is lost and told, and what comes later is kept", async () => {
  let isFull = true;
  const log = aLog(() => !isFull);
  const reports: unknown[] = [];
  const sink = outputLog(log.writer, (fault) => void reports.push(fault));
  sink.take([line("lost")]);
  await eventually(() => expect(reports).toHaveLength(1));
  isFull = false;
  sink.take([line("kept")]);

  await sink.close();

  expect(log.batches).toEqual([["kept"]]);
});

test("a sink with much waiting is full until that is written", async () => {
  const sink = outputLog(aLog().writer, () => {});
  sink.take([line("x".repeat(1024 * 1024))]);
  const before = sink.isFull;

  await sink.drained();

  expect([before, sink.isFull]).toEqual([true, false]);
});

test("a sink that was given nothing closes", async () => {
  const log = aLog();

  await outputLog(log.writer, () => {}).close();

  expect([log.batches, log.isClosed()]).toEqual([[], true]);
});

import { PassThrough } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import type { WrittenLine } from "../../../../layers/core/log/log-line.ts";
import type { OutputSink } from "../../../../layers/local/runner/output-log.ts";
import { RunPipes } from "../../../../layers/local/runner/run-pipes.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";

test("what a program printed before its end is kept, however long the disk takes", async () => {
  const [clock, readable] = [manualClock(), new PassThrough()];
  const taken: WrittenLine[] = [];
  const disk = Promise.withResolvers<void>();
  let isFull = true;
  const sink: OutputSink = {
    take: (lines) => void taken.push(...lines),
    get isFull() {
      return isFull;
    },
    drained: () => disk.promise,
    close: async () => {},
  };
  const pipes = new RunPipes({ runId: "run1", bytesMax: undefined, sink, clock });
  pipes.read(readable, "stdout", () => {});
  readable.write("first\n");
  await turn();

  readable.end("last\n");
  const drained = pipes.drain();
  clock.advance(3_600_000);
  await turn();
  isFull = false;
  disk.resolve();
  await drained;

  expect(taken.map(({ text }) => text)).toEqual(["first", "last"]);
});

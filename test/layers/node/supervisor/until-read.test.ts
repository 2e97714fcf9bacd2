import { closeSync, writeSync } from "node:fs";
import { PassThrough, type Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { openNamedPipes } from "../../../../layers/local/runner/named-pipes.ts";
import { PIPES_END_MS, PIPES_LEFT_BYTES_MAX } from "../../../../layers/node/supervisor/limits.ts";
import { untilRead } from "../../../../layers/node/supervisor/until-read.ts";
import { systemClock } from "../../../../layers/node/system-clock.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { testFolder } from "../../../fixtures/temporary-folder.ts";
import { elapse } from "../../../fixtures/virtual-time.ts";

/** What comes of it, counted. */
function counted(readable: Readable) {
  let count = 0;
  readable.on("data", (chunk: Buffer) => {
    count += chunk.byteLength;
  });
  return { bytes: async () => count };
}

test("what came while its reader stood still for longer than it waits is read", async () => {
  const [pipe] = await openNamedPipes(await testFolder(), 1);
  if (pipe === undefined) return expect.unreachable();
  onTestFinished(() => {
    closeSync(pipe.writeDescriptor);
    pipe.readable.destroy();
  });
  const { bytes } = counted(pipe.readable);
  const clock = systemClock();
  // A second of its waiting is over after 20 ms of the machine's time.
  const hasty = { ...clock, sleep: (_: number, signal?: AbortSignal) => clock.sleep(20, signal) };
  const reading = untilRead([pipe.readable], { clock: hasty, bytes });
  await turn();

  writeSync(pipe.writeDescriptor, "printed");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  await reading;

  expect(await bytes()).toBe("printed".length);
});

test("pipes that are closed are waited for no longer", async () => {
  const pipes = [new PassThrough(), new PassThrough()];
  const { bytes } = counted(pipes[0] ?? new PassThrough());
  pipes[1]?.destroy();
  await turn();
  const reading = untilRead(pipes, { clock: manualClock(), bytes });

  pipes[0]?.end("last");
  await reading;

  expect(await bytes()).toBe(4);
});

test("one that somebody else has open is waited for as long as it is silent", async () => {
  const [clock, pipe] = [manualClock(), new PassThrough()];
  let isRead = false;
  const reading = untilRead([pipe], { clock, ...counted(pipe) }).then(() => {
    isRead = true;
  });

  await elapse(clock, PIPES_END_MS - 10);
  expect(isRead).toBe(false);
  await elapse(clock, 10);
  await reading;
});

test("somebody else who goes on printing is not heard for ever", async () => {
  const pipe = new PassThrough();
  const { bytes } = counted(pipe);
  const sleep = async (): Promise<void> => void pipe.write(Buffer.alloc(PIPES_LEFT_BYTES_MAX / 4));

  await untilRead([pipe], { clock: { ...manualClock(), sleep }, bytes });

  expect(await bytes()).toBe((PIPES_LEFT_BYTES_MAX / 4) * 5);
});

test("a reader that has to wait for its disk reads on", async () => {
  const [clock, pipe] = [manualClock(), new PassThrough()];
  const disk = Promise.withResolvers<void>();
  let count = 0;
  let resting: Promise<void> | undefined;
  pipe.on("data", (chunk: Buffer) => {
    count += chunk.byteLength;
    if (resting !== undefined) return;
    pipe.pause();
    resting = disk.promise.then(() => void pipe.resume());
  });
  pipe.write("first");
  await turn();
  const bytes = async () => {
    await resting;
    return count;
  };
  const reading = untilRead([pipe], { clock, bytes });

  pipe.end("and last");
  clock.advance(10 * PIPES_END_MS);
  disk.resolve();
  await reading;

  expect(count).toBe("firstand last".length);
});

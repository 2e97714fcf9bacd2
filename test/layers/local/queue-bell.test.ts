import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { expect, onTestFinished, test } from "vitest";
import { type QueueBell, queueBell } from "../../../layers/local/queue-bell.ts";
import { manualClock } from "../../fixtures/manual-clock.ts";
import { testFolder } from "../../fixtures/temporary-folder.ts";

/** On a clock that stands still, so that nothing but a ring wakes anyone. */
function bellOn(file: string): QueueBell {
  const bell = queueBell(file, manualClock());
  onTestFinished(() => bell.close());
  return bell;
}

test("a ring wakes all who listen, on each bell of the file", async () => {
  const file = join(await testFolder(), "bell");
  const [one, two] = [bellOn(file), bellOn(file)];
  const listening = [one.heard(1, undefined), one.heard(1, undefined), two.heard(1, undefined)];

  one.ring();

  await expect(Promise.all(listening)).resolves.toHaveLength(3);
});

test("the file does not grow by being rung", async () => {
  const file = join(await testFolder(), "bell");
  const [one, two] = [bellOn(file), bellOn(file)];

  for (let rings = 0; rings < 3; rings++) {
    const heard = two.heard(1, undefined);
    one.ring();
    await heard;
  }

  expect(readFileSync(file)).toHaveLength(1);
});

test("nobody but its owner can ring, or hear", async () => {
  const file = join(await testFolder(), "bell");
  const umask = process.umask(0o022);
  onTestFinished(() => void process.umask(umask));

  bellOn(file);

  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("who is called off, or whose bell is closed, waits no longer", async () => {
  const bell = bellOn(join(await testFolder(), "bell"));
  const caller = new AbortController();
  const [calledOff, left] = [bell.heard(1, caller.signal), bell.heard(1, undefined)];

  caller.abort();
  await calledOff;
  bell.close();
  bell.close();

  await expect(left).resolves.toBeUndefined();
});

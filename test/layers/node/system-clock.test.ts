import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { systemClock } from "../../../layers/node/system-clock.ts";

test("tells the time of the machine", () => {
  const before = Date.now();
  const now = systemClock().nowMs();

  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(Date.now());
});

test("a sleep lasts as long as it was asked to", async () => {
  const start = performance.now();

  await systemClock().sleep(20);

  expect(performance.now() - start).toBeGreaterThan(18);
});

test("an abort ends a sleep at once, and the sleep resolves", async () => {
  const controller = new AbortController();
  const sleep = systemClock().sleep(3_600_000, controller.signal);

  controller.abort();

  expect(await sleep).toBeUndefined();
});

test("under a signal that is aborted already there is no sleep", async () => {
  expect(await systemClock().sleep(3_600_000, AbortSignal.abort())).toBeUndefined();
});

test("a sleep that is over leaves nothing on its signal", async () => {
  const { signal } = new AbortController();

  await systemClock().sleep(1, signal);

  expect(getEventListeners(signal, "abort")).toEqual([]);
});

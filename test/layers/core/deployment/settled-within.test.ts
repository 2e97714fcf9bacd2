import { expect, test } from "vitest";
import { settledWithin } from "../../../../layers/core/deployment/settled-within.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";

test("it waits for all, those that fail too", async () => {
  let done = false;
  const slow = Promise.resolve().then(() => {
    done = true;
  });

  await settledWithin(manualClock(), { work: [Promise.reject(new TypeError("broken")), slow], waitMsMax: 1000 });

  expect(done).toBe(true);
});

test("it waits no longer than it may", async () => {
  const clock = manualClock();
  const waiting = settledWithin(clock, { work: [new Promise(() => {})], waitMsMax: 1000 });

  clock.advance(1000);

  await expect(waiting).resolves.toBeUndefined();
});

import { expect, test } from "vitest";
import { inParallel } from "../../../layers/core/in-parallel.ts";

test("every item is worked on, so many at a time, and answered in its place", async () => {
  let [running, most] = [0, 0];

  const answers = await inParallel([1, 2, 3, 4, 5, 6, 7], { parallelMax: 3 }, async (item) => {
    running++;
    most = Math.max(most, running);
    await Promise.resolve();
    running--;
    return item * 10;
  });

  expect(answers).toEqual([10, 20, 30, 40, 50, 60, 70]);
  expect(most).toBe(3);
});

test("nothing more is begun once it is aborted", async () => {
  const enough = new AbortController();

  const answers = await inParallel([1, 2, 3], { parallelMax: 1, signal: enough.signal }, async (item) => {
    if (item === 2) enough.abort();
    return item;
  });

  expect(answers).toEqual([1, 2, undefined]);
});

test("nothing to do is done at once", async () => {
  expect(await inParallel([], { parallelMax: 3 }, async () => 1)).toEqual([]);
});

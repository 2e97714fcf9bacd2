import { beforeEach, describe, expect, test } from "vitest";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import {
  ANSWER_BYTES_MAX,
  ANSWER_MARGIN_MS,
  BATCH_CALLS_MAX,
  BATCH_PARALLEL_MAX,
  RUNNING_CALLS_MAX,
} from "../../../../layers/cyberchef/tools/limits.ts";
import { type ChefBench, chefBench, type SimpleBaker, simpleBaker } from "../../../fixtures/chef-parts.ts";

let baker: SimpleBaker;
let bench: ChefBench;
beforeEach(() => {
  baker = simpleBaker();
  bench = chefBench({ baker });
});

const reverse = (input: string) => ({ tool: "cyberchef_reverse", arguments: { input } });
const sleep = (input: string) => ({ tool: "cyberchef_bake", arguments: { input, recipe: ["Sleep"] } });

/** Lets everything run that can without the baker waking anyone. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("calls of any tool are answered by their index; those that fail stop no other", async () => {
  const batch = await bench.json("cyberchef_batch", {
    operations: [
      reverse("abc"),
      { tool: "cyberchef_bake", arguments: { input: "a", recipe: ["No such operation"] } },
      { tool: "cyberchef_bake", arguments: { input: "b", recipe: [{ op: "To Hex" }] } },
      { tool: "cyberchef_reverse", arguments: {} },
      { tool: "cyberchef_bake", arguments: { recipe: [] } },
      { tool: "cyberchef_recipe_get", arguments: { id: "not an id" } },
      { tool: "cyberchef_no_such_tool", arguments: {} },
      { tool: "echo", arguments: {} },
    ],
  });

  expect(batch).toEqual({
    total: 8,
    successful: 2,
    failed: 6,
    results: [
      { index: 0, result: "cba" },
      { index: 2, result: "62" },
    ],
    errors: [
      { index: 1, error: expect.stringContaining("No such operation") },
      { index: 3, error: "cyberchef_reverse needs input, a string" },
      { index: 4, error: expect.stringContaining("input: ") },
      { index: 5, error: expect.stringContaining("id: ") },
      { index: 6, error: "Operation not found: cyberchef_no_such_tool" },
      { index: 7, error: "Operation not found: echo" },
    ],
    mode: "parallel",
  });
});

test("a batch holds no batch", async () => {
  const inner = { tool: "cyberchef_batch", arguments: { operations: [reverse("abc")] } };

  const batch = await bench.json("cyberchef_batch", { operations: [inner] });

  expect(batch).toMatchObject({ failed: 1, errors: [{ index: 0, error: "A batch can't hold a batch" }] });
});

test("a batch has at least one call and at most as many as allowed", async () => {
  const batchOf = (count: number) => bench.json("cyberchef_batch", { operations: Array(count).fill(reverse("a")) });

  await expect(batchOf(0)).rejects.toThrow();
  await expect(batchOf(BATCH_CALLS_MAX + 1)).rejects.toThrow();
  expect(await batchOf(BATCH_CALLS_MAX)).toMatchObject({ successful: BATCH_CALLS_MAX });
});

describe("under way at a time are", () => {
  test("a few calls of a parallel batch", async () => {
    const operations = Array.from({ length: 20 }, (_, at) => sleep(`${at}`));
    const batch = bench.json("cyberchef_batch", { operations });
    await settle();
    const atOnce = baker.stats().busy;
    while (baker.stats().busy > 0) {
      baker.wake();
      await settle();
    }

    expect(atOnce).toBe(BATCH_PARALLEL_MAX);
    expect(await batch).toMatchObject({ successful: 20, mode: "parallel" });
  });

  test("one call of a sequential batch, in the order given", async () => {
    const operations = Array.from({ length: 5 }, (_, at) => sleep(`${at}`));
    const batch = bench.json("cyberchef_batch", { operations, mode: "sequential" });
    await settle();
    const atOnce = [baker.stats().busy];
    while (baker.stats().busy > 0) {
      baker.wake();
      await settle();
      atOnce.push(baker.stats().busy);
    }

    expect(Math.max(...atOnce)).toBe(1);
    expect(baker.asked.map(({ input }) => input)).toEqual(["0", "1", "2", "3", "4"]);
    expect(await batch).toMatchObject({ successful: 5, mode: "sequential" });
  });

  test("never more calls than the tenant has places: those of batches wait for one", async () => {
    const batches = Array.from({ length: 5 }, (_, batch) =>
      bench.json("cyberchef_batch", {
        operations: Array.from({ length: 8 }, (_each, at) => sleep(`${batch} ${at}`)),
      }),
    );
    await settle();
    const atOnce = [baker.stats().busy];
    while (baker.stats().busy > 0) {
      baker.wake();
      await settle();
      atOnce.push(baker.stats().busy);
    }

    expect(Math.max(...atOnce)).toBe(RUNNING_CALLS_MAX);
    for (const batch of await Promise.all(batches)) expect(batch).toMatchObject({ successful: 8, failed: 0 });
  });
});

test("progress is told as calls end", async () => {
  const told: [number, number | undefined][] = [];

  await bench.json(
    "cyberchef_batch",
    { operations: [reverse("a"), reverse("b"), reverse("c")], mode: "sequential" },
    { progress: (done, total) => told.push([done, total]) },
  );

  expect(told).toEqual([
    [1, 3],
    [2, 3],
    [3, 3],
  ]);
});

test("a batch that is cancelled begins no further call and says which it left out", async () => {
  const leaving = new AbortController();
  const operations = Array.from({ length: 10 }, (_, at) => sleep(`${at}`));
  const batch = bench.json("cyberchef_batch", { operations }, { signal: leaving.signal });
  await settle();

  leaving.abort();
  baker.wake();

  expect(await batch).toMatchObject({ successful: 0, failed: 10 });
  expect(baker.asked).toHaveLength(BATCH_PARALLEL_MAX);
});

test("a batch whose time runs out while calls wait for a place answers with what is done", async () => {
  const others = Array.from({ length: RUNNING_CALLS_MAX - 1 }, (_, at) =>
    bench.call("cyberchef_bake", { input: `other ${at}`, recipe: ["Sleep"] }),
  );
  await settle();
  const batch = bench.json("cyberchef_batch", { operations: [sleep("in"), reverse("waits")] }, { timeLeftMs: 10_000 });
  await settle();

  bench.clock.advance(10_000 - ANSWER_MARGIN_MS);
  await settle();
  baker.wake();

  expect(await batch).toMatchObject({
    results: [{ index: 0, result: "in" }],
    errors: [{ index: 1, error: expect.stringContaining("No place") }],
  });
  await Promise.all(others);
  expect(await bench.json("cyberchef_quota_info", {})).toMatchObject({ quota: { concurrentOperations: 0 } });
});

test("a store that is lost fails the calls that need it, and no others", async () => {
  const lost = async (): Promise<never> => {
    throw new StoreFault("table", "answer", { cause: "cut off" });
  };
  const storeless = chefBench({ baker, table: { get: lost, put: lost, update: lost, delete: lost, query: lost } });

  const batch = await storeless.json("cyberchef_batch", {
    operations: [{ tool: "cyberchef_recipe_list", arguments: {} }, reverse("abc")],
  });

  expect(batch).toMatchObject({
    results: [{ index: 1, result: "cba" }],
    errors: [{ index: 0, error: expect.stringContaining("store did not answer") }],
  });
});

test("results that do not fit into one answer are left out one by one, and told", async () => {
  const large = "x".repeat(ANSWER_BYTES_MAX / 2);

  const batch = await bench.json("cyberchef_batch", {
    operations: [reverse(large), reverse(`${large}y`), reverse("abc")],
  });

  expect(batch).toMatchObject({
    successful: 2,
    results: [{ index: 0 }, { index: 2, result: "cba" }],
    errors: [{ index: 1, error: expect.stringContaining("does not fit") }],
  });
});

test("each call is counted as its own, and the batch once more", async () => {
  await bench.json("cyberchef_batch", { operations: [reverse("abc"), reverse("abc"), reverse("abcd")] });

  const records = (await bench.json("cyberchef_telemetry_export", {})) as { tool: string }[];

  expect(records.map(({ tool }) => tool).sort()).toEqual([
    "cyberchef_batch",
    "cyberchef_reverse",
    "cyberchef_reverse",
    "cyberchef_reverse",
  ]);
});

test("a batch that is run again makes its recipes once", async () => {
  const create = (name: string) => ({
    tool: "cyberchef_recipe_create",
    arguments: { name, operations: [{ op: "MD5" }] },
  });
  const operations = [create("one"), create("two")];

  const first = await bench.json("cyberchef_batch", { operations }, { callId: "the call" });
  const again = await bench.json("cyberchef_batch", { operations }, { callId: "the call" });

  const ids = (batch: unknown) =>
    (batch as { results: { result: string }[] }).results.map(({ result }) => JSON.parse(result).id);
  expect(ids(again)).toEqual(ids(first));
  expect(new Set(ids(first)).size).toBe(2);
  expect(await bench.json("cyberchef_recipe_list", {})).toHaveLength(2);
});

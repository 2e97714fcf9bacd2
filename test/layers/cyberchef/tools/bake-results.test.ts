import { beforeEach, expect, test } from "vitest";
import type { Cache } from "../../../../layers/core/ports/cache.ts";
import type { BakeStep } from "../../../../layers/core/recipe/baker.ts";
import { operationIndex } from "../../../../layers/cyberchef/operation-index.ts";
import { BakeResults } from "../../../../layers/cyberchef/tools/bake-results.ts";
import {
  CACHED_BAKE_BYTES_MAX,
  CACHED_BAKE_TTL_MS,
  CACHED_BAKES_BYTES_MAX,
  CACHED_BAKES_MAX,
  METERED_TENANTS_MAX,
} from "../../../../layers/cyberchef/tools/limits.ts";
import { OperationBook } from "../../../../layers/cyberchef/tools/operation-book.ts";
import { lruCache } from "../../../../layers/node/lru-cache.ts";
import { systemChance } from "../../../../layers/node/system-chance.ts";
import { BUILD_DIR } from "../../../fixtures/chef-parts.ts";
import { type ManualClock, manualClock } from "../../../fixtures/manual-clock.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");
const other = tenant("other");
const book = new OperationBook(operationIndex(BUILD_DIR));

let clock: ManualClock;
let cache: Cache;
let results: BakeResults;
beforeEach(() => {
  clock = manualClock();
  cache = lruCache({ clock, entriesMax: 100_000, bytesMax: 256 * 1024 * 1024 });
  results = new BakeResults({ cache, chance: systemChance() });
});

function named(steps: readonly BakeStep[]) {
  const read = book.nameSteps(steps);
  if (!read.ok) throw new TypeError(read.problem.reason);
  return read.value;
}

function keyOf(input: string, steps: readonly BakeStep[] = [{ operation: "MD5" }], version = "11.5.0") {
  return results.keyOf(acme, { input, steps: named(steps), version });
}

async function keep(input: string, output: string, tenantId = acme): Promise<string> {
  const key = await results.keyOf(tenantId, { input, steps: named([{ operation: "MD5" }]), version: "11.5.0" });
  await results.keep(tenantId, key ?? "", output);
  return key ?? "";
}

test("a key holds the tenant, the generation and a digest, and no input", async () => {
  expect(await keyOf("secret")).toMatch(/^TENANT#acme#BAKE#[\w-]{16}#[\w-]{43}$/);
});

test("the whole input counts: inputs that differ in their last character after a megabyte have two keys", async () => {
  const shared = "x".repeat(1_000_000);

  expect(await keyOf(`${shared}a`)).not.toBe(await keyOf(`${shared}b`));
});

test.each([
  ["another operation", [{ operation: "SHA1" }], "11.5.0"],
  ["another argument", [{ operation: "To Hex", args: ["Comma"] }], "11.5.0"],
  ["one more step", [{ operation: "To Hex" }, { operation: "MD5" }], "11.5.0"],
  ["another version", [{ operation: "To Hex" }], "11.6.0"],
])("%s makes another key", async (_what, steps, version) => {
  expect(await keyOf("in", steps, version)).not.toBe(await keyOf("in", [{ operation: "To Hex" }]));
});

test("the same bake has one key, however its operation and its arguments are named", async () => {
  const keys = await Promise.all([
    keyOf("in", [{ operation: "To Hex", args: ["Comma", 0] }]),
    keyOf("in", [{ operation: "to_hex", args: { delimiter: "comma" } }]),
    keyOf("in", [{ operation: "TO HEX", args: { Delimiter: "Comma", bytes_per_line: 0 } }]),
  ]);

  expect(new Set(keys).size).toBe(1);
});

test.each(["Generate UUID", "generate uuid", "Get Time", "Bcrypt", "JWT Sign"])(
  "what %s gives is never kept, since it may differ each time",
  async (operation) => {
    expect(await keyOf("in", [{ operation: "MD5" }, { operation }])).toBeUndefined();
  },
);

test("an input with half a surrogate pair has no key, since it would share one with its like", async () => {
  expect(await keyOf("\ud800")).toBeUndefined();
  expect(await keyOf("😀")).toBeDefined();
});

test("what was kept is found, by any process that shares the cache, and by no other tenant", async () => {
  const key = await keep("in", "out");
  const otherProcess = new BakeResults({ cache, chance: systemChance() });
  const bake = { input: "in", steps: named([{ operation: "MD5" }]), version: "11.5.0" };

  expect(await otherProcess.keyOf(acme, bake)).toBe(key);
  expect(await otherProcess.find(acme, key)).toBe("out");
  expect(await results.keyOf(other, bake)).not.toBe(key);
});

test("what nobody asks for is forgotten in time", async () => {
  const key = await keep("in", "out");

  clock.advance(CACHED_BAKE_TTL_MS);

  expect(await results.find(acme, key)).toBeUndefined();
  expect(results.stats(acme)).toEqual({ items: 0, bytes: 0, hits: 0, misses: 1 });
});

test("clearing makes a tenant's results unfindable, in other processes too, and leaves other tenants theirs", async () => {
  await keep("in", "out");
  const theirs = await keep("in", "theirs", other);
  const otherProcess = new BakeResults({ cache, chance: systemChance() });

  await otherProcess.clear(acme);

  const key = await keyOf("in");
  expect(await results.find(acme, key ?? "")).toBeUndefined();
  expect(await results.find(other, theirs)).toBe("theirs");
});

test("a bake that was under way while the results were cleared is not found afterwards", async () => {
  const key = await keyOf("in");
  await results.clear(acme);

  await results.keep(acme, key ?? "", "out");

  expect(await keyOf("in")).not.toBe(key);
});

test("clearing also empties the cache of what this process kept", async () => {
  const key = await keep("in", "out");

  await results.clear(acme);

  expect(await cache.get(key)).toBeUndefined();
  expect(results.stats(acme)).toEqual({ items: 0, bytes: 0, hits: 0, misses: 0 });
});

test("a cache that forgets everything costs only the results", async () => {
  await keep("in", "out");
  const forgetful: Cache = { get: async () => undefined, set: async () => {}, delete: async () => {} };
  const left = new BakeResults({ cache: forgetful, chance: systemChance() });

  const key = await left.keyOf(acme, { input: "in", steps: named([{ operation: "MD5" }]), version: "11.5.0" });

  expect(await left.find(acme, key ?? "")).toBeUndefined();
});

test("the largest output is kept, a larger one is not, nor one that a store could not hold", async () => {
  const largest = await keep("a", "x".repeat(CACHED_BAKE_BYTES_MAX));
  const larger = await keep("b", "x".repeat(CACHED_BAKE_BYTES_MAX + 1));
  const halved = await keep("c", "\ud800");

  expect(await results.find(acme, largest)).toHaveLength(CACHED_BAKE_BYTES_MAX);
  expect(await results.find(acme, larger)).toBeUndefined();
  expect(await results.find(acme, halved)).toBeUndefined();
});

test("bytes and results are bounded for each tenant: the oldest go, from the cache too", async () => {
  const first = await keep("0", "x".repeat(CACHED_BAKE_BYTES_MAX));
  const fitting = CACHED_BAKES_BYTES_MAX / CACHED_BAKE_BYTES_MAX;
  for (let at = 1; at <= fitting; at++) await keep(`${at}`, "x".repeat(CACHED_BAKE_BYTES_MAX));

  expect(results.stats(acme)).toMatchObject({ items: fitting, bytes: CACHED_BAKES_BYTES_MAX });
  expect(await cache.get(first)).toBeUndefined();

  for (let at = 0; at <= CACHED_BAKES_MAX; at++) await keep(`small ${at}`, "x");
  expect(results.stats(acme)).toMatchObject({ items: CACHED_BAKES_MAX, bytes: CACHED_BAKES_MAX });
});

test("the same result kept twice is counted once", async () => {
  await keep("in", "out");
  await keep("in", "out");

  expect(results.stats(acme)).toMatchObject({ items: 1, bytes: 3 });
});

test("only so many tenants are remembered", async () => {
  await keep("in", "out");

  for (let at = 0; at < METERED_TENANTS_MAX; at++) results.stats(tenant(`t${at}`));

  expect(results.stats(acme).items).toBe(0);
});

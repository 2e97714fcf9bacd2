import { setImmediate as turn } from "node:timers/promises";
import { beforeEach, expect, test } from "vitest";
import { CACHED_BAKES_BYTES_MAX, CALL_RECORDS_MAX } from "../../../../layers/cyberchef/tools/limits.ts";
import { type ChefBench, chefBench, type SimpleBaker, simpleBaker } from "../../../fixtures/chef-parts.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const other = { tenantId: tenant("other") };

let baker: SimpleBaker;
let bench: ChefBench;
beforeEach(() => {
  baker = simpleBaker();
  bench = chefBench({ baker });
});

const bake = (input: string, options = {}) => bench.call("cyberchef_bake", { input, recipe: ["Reverse"] }, options);

test("cache statistics count a tenant's own results, hits and misses", async () => {
  await bake("abc");
  await bake("abc");
  await bake("abcd");

  expect(await bench.json("cyberchef_cache_stats", {})).toEqual({
    items: 2,
    size: 7,
    maxSize: CACHED_BAKES_BYTES_MAX,
    maxItems: 1000,
    hits: 1,
    misses: 2,
  });
  expect(await bench.json("cyberchef_cache_stats", {}, other)).toMatchObject({ items: 0, size: 0, hits: 0, misses: 0 });
});

test("clearing the cache makes a tenant's bakes run anew, and no other's", async () => {
  await bake("abc");
  await bake("abc", other);

  const cleared = await bench.json("cyberchef_cache_clear", {});
  await bake("abc");
  await bake("abc", other);

  expect(cleared).toEqual({ success: true, message: "Cache cleared" });
  expect(baker.asked).toHaveLength(3);
});

test("quotas tell what ran and its sizes, cached calls included, for each tenant alone", async () => {
  await bake("abc");
  await bake("abc");
  await bake("é", other);

  expect(await bench.json("cyberchef_quota_info", {})).toEqual({
    quota: {
      concurrentOperations: 0,
      maxConcurrentOperations: 10,
      totalOperations: 2,
      totalInputSize: 6,
      totalOutputSize: 6,
      inputSizeMB: "0.00",
      outputSizeMB: "0.00",
      maxInputSizeMB: "3.94",
    },
    rateLimit: { enabled: false, maxRequests: 0, windowMs: 0, activeConnections: 0, totalTrackedRequests: 0 },
  });
});

test("telemetry tells of each call in the order of their ends, and nothing of what went in or out", async () => {
  await bake("secret");
  bench.clock.advance(1000);
  await bake("secret");
  await bench.call("cyberchef_bake", { input: "secret", recipe: ["MD5"] });

  const call = { tool: "cyberchef_bake", duration: 0, inputSize: 6 };
  const at = Date.UTC(2027, 0, 1);
  expect(await bench.json("cyberchef_telemetry_export", {})).toEqual([
    { ...call, outputSize: 6, success: true, cached: false, timestamp: at },
    { ...call, outputSize: 6, success: true, cached: true, timestamp: at + 1000 },
    { ...call, outputSize: 0, success: false, cached: false, timestamp: at + 1000 },
  ]);
});

test("a summary of telemetry has shares and averages, also of no calls", async () => {
  const none = await bench.json("cyberchef_telemetry_export", { format: "summary" }, other);
  await bake("abc");
  await bake("abc");
  await bench.call("cyberchef_bake", { input: "a", recipe: ["MD5"] });
  await bench.call("cyberchef_bake", { input: "b", recipe: ["MD5"] });

  const some = await bench.json("cyberchef_telemetry_export", { format: "summary" });

  expect(none).toEqual({ totalCalls: 0, successRate: "0.00%", avgDuration: "0ms", cacheHitRate: "0.00%" });
  expect(some).toEqual({ totalCalls: 4, successRate: "50.00%", avgDuration: "0ms", cacheHitRate: "25.00%" });
});

test("telemetry keeps the newest calls only", async () => {
  for (let at = 0; at < CALL_RECORDS_MAX + 5; at++) await bake("abc");

  expect(await bench.json("cyberchef_telemetry_export", {})).toHaveLength(CALL_RECORDS_MAX);
});

test("workers are told of as the baker tells of them, with the bakes that they ran for a tenant alone", async () => {
  const slow = bench.call("cyberchef_bake", { input: "abc", recipe: ["Sleep"] });
  while (baker.stats().busy === 0) await turn();
  bench.clock.advance(500);
  const meanwhile = await bench.json("cyberchef_worker_stats", {}, other);
  baker.wake();
  await slow;
  await bake("abc");
  await bake("abc"); // kept from before: no worker ran it

  const told = { enabled: true, threads: 1, waiting: 0, duration: 500 };
  expect(meanwhile).toEqual({ ...told, completed: 0, utilization: 1, runTime: 0 });
  expect(await bench.json("cyberchef_worker_stats", {})).toEqual({
    ...told,
    completed: 2,
    utilization: 0,
    runTime: 250,
  });
});

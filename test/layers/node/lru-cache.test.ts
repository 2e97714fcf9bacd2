import fc from "fast-check";
import { expect, test } from "vitest";
import { lruCache } from "../../../layers/node/lru-cache.ts";
import { cacheContract } from "../../contracts/cache.contract.ts";
import { manualClock } from "../../fixtures/manual-clock.ts";

cacheContract("the process's own memory", async () => {
  const clock = manualClock();
  return { cache: lruCache({ clock, entriesMax: 10, bytesMax: 10_000 }), clock, close: async () => {} };
});

const HOUR_MS = 3_600_000;

test("over its count of entries it forgets the one longest unused", async () => {
  const cache = lruCache({ clock: manualClock(), entriesMax: 2, bytesMax: 1000 });
  await cache.set("a", "1", HOUR_MS);
  await cache.set("b", "2", HOUR_MS);
  await cache.get("a");

  await cache.set("c", "3", HOUR_MS);

  expect([await cache.get("a"), await cache.get("b"), await cache.get("c")]).toEqual(["1", undefined, "3"]);
});

test("at its count of bytes it keeps all, over it it forgets", async () => {
  const cache = lruCache({ clock: manualClock(), entriesMax: 10, bytesMax: 40 });
  await cache.set("a", "123456789", HOUR_MS);
  await cache.set("b", "123456789", HOUR_MS);
  const full = [await cache.get("a"), await cache.get("b")];

  await cache.set("c", "", HOUR_MS);

  expect(full).toEqual(["123456789", "123456789"]);
  expect([await cache.get("a"), await cache.get("b"), await cache.get("c")]).toEqual([undefined, "123456789", ""]);
});

test("a value larger than the whole cache is not kept, takes the old one with it, and leaves the others", async () => {
  const cache = lruCache({ clock: manualClock(), entriesMax: 10, bytesMax: 40 });
  await cache.set("a", "1", HOUR_MS);
  await cache.set("b", "2", HOUR_MS);

  await cache.set("b", "x".repeat(20), HOUR_MS);

  expect([await cache.get("a"), await cache.get("b")]).toEqual(["1", undefined]);
});

test("whatever is done, it never answers with anything but the last value set, and never holds more than its bounds", async () => {
  const keys = fc.constantFrom("a", "b", "c", "d");
  const steps = fc.array(
    fc.oneof(
      fc.record({ do: fc.constant("set" as const), key: keys, value: fc.string({ maxLength: 6 }) }),
      fc.record({ do: fc.constant("delete" as const), key: keys }),
      fc.record({ do: fc.constant("wait" as const), ms: fc.nat(600) }),
    ),
    { maxLength: 60 },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      const clock = manualClock();
      const cache = lruCache({ clock, entriesMax: 3, bytesMax: 24 });
      const model = new Map<string, { value: string; untilMs: number }>();
      for (const step of script) {
        if (step.do === "wait") clock.advance(step.ms);
        if (step.do === "delete") {
          model.delete(step.key);
          await cache.delete(step.key);
        }
        if (step.do === "set") {
          model.set(step.key, { value: step.value, untilMs: clock.nowMs() + 1000 });
          await cache.set(step.key, step.value, 1000);
        }
        const held: string[] = [];
        for (const key of ["a", "b", "c", "d"]) {
          const value = await cache.get(key);
          if (value === undefined) continue;
          held.push(`${key}${value}`);
          const last = model.get(key);
          expect(last?.value).toBe(value);
          expect(last?.untilMs).toBeGreaterThan(clock.nowMs());
        }
        expect(held.length).toBeLessThanOrEqual(3);
        expect(2 * held.join("").length).toBeLessThanOrEqual(24);
      }
    }),
  );
});

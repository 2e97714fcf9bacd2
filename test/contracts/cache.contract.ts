import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Cache } from "../../layers/core/ports/cache.ts";
import { cacheKey } from "../../layers/core/store/keys.ts";
import type { ManualClock } from "../fixtures/manual-clock.ts";
import { tenant } from "../fixtures/tenants.ts";

export interface CacheUnderTest {
  /** New and empty, with room for what this contract puts in: ten small values. */
  readonly cache: Cache;
  readonly clock: ManualClock;
  close(): Promise<void>;
}

/** What every adapter of the port promises, when it has not forgotten. */
export function cacheContract(name: string, make: () => Promise<CacheUnderTest>): void {
  describe(`the cache contract, on ${name}`, () => {
    let made: CacheUnderTest;
    beforeEach(async () => {
      made = await make();
    });
    afterEach(() => made.close());

    test("a value is there for its time and gone at the end of it", async () => {
      const { cache, clock } = made;
      await cache.set("k", "v", 1000);

      clock.advance(999);
      const before = await cache.get("k");
      clock.advance(1);
      const after = await cache.get("k");

      expect([before, after]).toEqual(["v", undefined]);
    });

    test("the last value set is the one that is there, for its own time", async () => {
      const { cache, clock } = made;
      await cache.set("k", "old", 10_000);
      await cache.set("k", "new", 1000);

      const current = await cache.get("k");
      clock.advance(1000);

      expect(current).toBe("new");
      expect(await cache.get("k")).toBeUndefined();
    });

    test("what was deleted, or never set, or set for no time, is not there", async () => {
      const { cache } = made;
      await cache.set("deleted", "v", 1000);
      await cache.set("timeless", "old", 1000);

      await cache.delete("deleted");
      await cache.delete("never");
      for (const ttlMs of [0, -1, Number.NaN]) await cache.set("timeless", "new", ttlMs);

      for (const key of ["deleted", "never", "timeless"]) expect(await cache.get(key)).toBeUndefined();
    });

    test("empty texts and any Unicode are keys and values like others", async () => {
      const { cache } = made;
      const pairs = [
        ["", "empty key"],
        ["empty value", ""],
        ["é", "e\u0301"],
        ["e\u0301", "é"],
        ["😀\0", "\u{10FFFF}\n"],
      ] as const;

      for (const [key, value] of pairs) await cache.set(key, value, 1000);

      for (const [key, value] of pairs) expect(await cache.get(key)).toBe(value);
    });

    test("tenant A can't see tenant B's values, nor delete them", async () => {
      const { cache } = made;
      const [a, b] = [tenant("acme"), tenant("acme-two")];
      await cache.set(cacheKey(b, "BAKE", "k"), "b's", 1000);

      await cache.delete(cacheKey(a, "BAKE", "k"));

      expect(await cache.get(cacheKey(a, "BAKE", "k"))).toBeUndefined();
      expect(await cache.get(cacheKey(b, "BAKE", "k"))).toBe("b's");
    });
  });
}

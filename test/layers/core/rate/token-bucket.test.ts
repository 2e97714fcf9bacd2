import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Bucket,
  bucketOf,
  clockAheadMicros,
  returning,
  taking,
  tokensIn,
} from "../../../../layers/core/rate/token-bucket.ts";
import { holds } from "../../../../layers/core/store/condition.ts";

const NOW_MICROS = Date.UTC(2027, 0, 1) * 1_000;
const SECOND_MICROS = 1_000_000;
const SHAPE = { perSecond: 100, burst: 200 };
const atNow = (wanted: number) => ({ wanted, nowMicros: NOW_MICROS });
/** So many tokens are gone from it. */
const less = (tokens: number): Bucket => ({ fullAtEpochMicros: NOW_MICROS + tokens * 10_000, perSecond: 100 });

describe("a bucket", () => {
  test("that nobody has taken from is full", () => {
    expect(taking(undefined, SHAPE, atNow(500))).toMatchObject({ found: "tokens", tokens: 200 });
  });

  test("holds no more than its burst, however long nobody came", () => {
    const old = { fullAtEpochMicros: NOW_MICROS - 3_600 * SECOND_MICROS, perSecond: 100 };

    expect(tokensIn(old, SHAPE, NOW_MICROS)).toBe(200);
    expect(taking(old, SHAPE, atNow(50))).toMatchObject({
      change: { set: { fullAtEpochMicros: NOW_MICROS + 500_000, perSecond: 100 } },
    });
  });

  test("gives what it has where more is wanted, and without a token tells when the next one comes", () => {
    expect(taking(less(195), SHAPE, atNow(50))).toMatchObject({ tokens: 5 });
    expect(taking(less(200), SHAPE, atNow(50))).toEqual({ found: "none", nextTokenMs: 10 });
    expect(taking(less(300), SHAPE, atNow(50))).toEqual({ found: "none", nextTokenMs: 1_010 });
  });

  test("is written as it is told apart", () => {
    expect(taking(less(50), SHAPE, atNow(20))).toEqual({
      found: "tokens",
      tokens: 20,
      change: {
        add: { fullAtEpochMicros: 200_000 },
        set: { expiresAtEpochSeconds: NOW_MICROS / SECOND_MICROS + 2 + 3_600 },
      },
      condition: {
        if: "all",
        of: [
          { if: "below", attribute: "fullAtEpochMicros", value: NOW_MICROS + 1_800_001 },
          { if: "equals", attribute: "perSecond", value: 100 },
        ],
      },
    });
  });

  test("keeps its tokens when the rate changes, and the time that the missing ones take changes", () => {
    const slower = taking(less(50), { perSecond: 10, burst: 200 }, atNow(20));

    expect(slower).toMatchObject({
      tokens: 20,
      change: { set: { fullAtEpochMicros: NOW_MICROS + 7 * SECOND_MICROS, perSecond: 10 } },
    });
  });

  test("lacks no more than a smaller burst has", () => {
    expect(taking(less(150), { perSecond: 10, burst: 20 }, atNow(5))).toEqual({ found: "none", nextTokenMs: 100 });
  });

  test("takes back only what it gave to whoever saw it last, and is never more than full", () => {
    const { change, condition } = returning(less(50), { tokens: 80, nowMicros: NOW_MICROS });

    expect(change).toEqual({ set: { fullAtEpochMicros: NOW_MICROS } });
    expect(holds(condition, { pk: "p", sk: "s", ...less(50) })).toBe(true);
    expect(holds(condition, { pk: "p", sk: "s", ...less(51) })).toBe(false);
  });

  test("that lacks more than all its tokens was written by a clock that is ahead", () => {
    expect(clockAheadMicros(less(200), SHAPE, NOW_MICROS)).toBe(0);
    expect(clockAheadMicros(less(250), SHAPE, NOW_MICROS)).toBe(500_000);
  });

  test("is none where something else is stored", () => {
    expect(bucketOf(undefined)).toBeUndefined();
    expect(bucketOf({ pk: "p", sk: "s", fullAtEpochMicros: "1", perSecond: 1 })).toBeUndefined();
  });
});

test("takings of any sizes at any rate never give more than burst and rate, and hardly less", () => {
  const takings = fc.array(
    fc.record({ wanted: fc.integer({ min: 1, max: 500 }), elapsedMicros: fc.nat({ max: 2_000_000 }) }),
  );
  const shape = fc.record({
    perSecond: fc.integer({ min: 1, max: 1_000_000 }),
    burst: fc.integer({ min: 1, max: 1_000 }),
  });
  fc.assert(
    fc.property(shape, takings, ({ perSecond, burst }, history) => {
      let bucket: Bucket | undefined;
      let nowMicros = NOW_MICROS;
      let given = 0;
      for (const { wanted, elapsedMicros } of history) {
        nowMicros += elapsedMicros;
        const next = taking(bucket, { perSecond, burst }, { wanted, nowMicros });
        if (next.found === "none") continue;
        given += next.tokens;
        const full =
          next.change.set?.fullAtEpochMicros ??
          (bucket?.fullAtEpochMicros ?? 0) + (next.change.add?.fullAtEpochMicros ?? 0);
        bucket = { fullAtEpochMicros: Number(full), perSecond };
      }

      expect(given).toBeLessThanOrEqual(burst + ((nowMicros - NOW_MICROS) * perSecond) / SECOND_MICROS + 1e-6);
    }),
  );
});

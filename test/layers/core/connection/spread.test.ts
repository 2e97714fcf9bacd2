import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  CONNECTION_LIFE_MS_MAX,
  PEOPLE_PER_SHARD,
  SHARDS_MAX,
  SPREAD_SETTLE_MS,
  SPREAD_STALE_MS_MAX,
} from "../../../../layers/core/connection/limits.ts";
import {
  FIRST_SPREAD,
  grownSpread,
  placedShards,
  type Spread,
  servedShards,
  shardOf,
  shardsHearing,
  shrunkSpread,
} from "../../../../layers/core/connection/spread.ts";
import { channelOf } from "../../../../layers/core/message/channel.ts";
import { sha256 } from "../../../../layers/node/sha256.ts";

const T0 = Date.UTC(2027, 0, 1);

function changed(spread: Spread | undefined): Spread {
  if (spread === undefined) throw new TypeError("it did not change");
  return spread;
}

test("one part is enough for as many people as a part has, and one more makes two", () => {
  expect(grownSpread(FIRST_SPREAD, PEOPLE_PER_SHARD, T0)).toBeUndefined();
  expect(grownSpread(FIRST_SPREAD, PEOPLE_PER_SHARD + 1, T0)).toMatchObject({ shards: 2 });
});

test("many people at once make as many parts as they need, and never more than there may be", () => {
  expect(grownSpread(FIRST_SPREAD, 40 * PEOPLE_PER_SHARD, T0)).toMatchObject({ shards: 64 });
  expect(grownSpread(FIRST_SPREAD, 1e9, T0)).toMatchObject({ shards: SHARDS_MAX });
  const widest = { ...FIRST_SPREAD, shards: SHARDS_MAX };
  expect(grownSpread(widest, 1e9, T0)).toBeUndefined();
});

test("a change is served at once, placed by once everybody knows of it, and not changed again before", () => {
  const grown = changed(grownSpread(FIRST_SPREAD, PEOPLE_PER_SHARD + 1, T0));

  expect([placedShards(grown, T0), servedShards(grown, T0)]).toEqual([1, 2]);
  expect(placedShards(grown, T0 + SPREAD_SETTLE_MS)).toBe(2);
  expect(grownSpread(grown, PEOPLE_PER_SHARD + 1, T0 + SPREAD_SETTLE_MS - 1)).toBeUndefined();
});

test("few people make fewer parts, which are served until nobody can be in them", () => {
  const wide = { ...FIRST_SPREAD, shards: 64, before: 64, widest: 64 };

  const shrunk = changed(shrunkSpread(wide, PEOPLE_PER_SHARD, T0));
  const endMs = T0 + SPREAD_SETTLE_MS + CONNECTION_LIFE_MS_MAX;

  expect(shrunk).toMatchObject({ shards: 4, before: 64 });
  expect([servedShards(shrunk, endMs), servedShards(shrunk, shrunk.widestUntilEpochMs)]).toEqual([64, 4]);
  expect(shrunkSpread(shrunk, 0, endMs)).toBeUndefined();
  expect(shrunkSpread(wide, 8 * PEOPLE_PER_SHARD + 1, T0)).toBeUndefined();
  expect(shrunkSpread(FIRST_SPREAD, 0, T0)).toBeUndefined();
});

test("a person's parts under each number are among those in which they are looked for", () => {
  const subjects = Array.from({ length: 500 }, (_, number) => `user-${number}`);
  for (const subject of subjects) {
    const shards = shardsHearing(channelOf({ kind: "member", subject }, sha256), 64);
    for (let parts = 1; parts <= 64; parts *= 2) expect(shards).toContain(shardOf(sha256(subject), parts));
    expect(shards.length).toBeLessThanOrEqual(7);
  }
});

test("people are spread over all parts, and about alike", () => {
  const counts = new Array<number>(16).fill(0);
  for (let number = 0; number < 16_000; number++) {
    const shard = shardOf(sha256(`user-${number}`), 16);
    counts[shard] = (counts[shard] ?? 0) + 1;
  }

  expect(Math.min(...counts)).toBeGreaterThan(850);
  expect(Math.max(...counts)).toBeLessThan(1_150);
});

test("what is for many is for every part", () => {
  for (const audience of [
    { kind: "everyone" },
    { kind: "role", role: "viewer" },
    { kind: "channel", name: "a" },
  ] as const)
    expect(shardsHearing(channelOf(audience, sha256), 4)).toEqual([0, 1, 2, 3]);
});

test("whatever changes when: no connection is placed where a process with an old spread does not deliver to", () => {
  const step = fc.record({
    waitMs: fc.constantFrom(0, 1_000, 29_000, 31_000, 3_600_000, 7_200_000, 7_229_000, 7_231_000, 7_300_000),
    people: fc.constantFrom(0, 100, 300, 5_000, 100_000),
    isGrowth: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const written: { readonly spread: Spread; readonly atMs: number }[] = [{ spread: FIRST_SPREAD, atMs: 0 }];
      const opened: { readonly atMs: number; readonly parts: number }[] = [];
      let nowMs = T0;
      for (const { waitMs, people, isGrowth } of steps) {
        nowMs += waitMs;
        const current = written.at(-1)?.spread ?? FIRST_SPREAD;
        opened.push({ atMs: nowMs, parts: placedShards(current, nowMs) });
        const known = written.filter(
          ({ atMs }, index) =>
            (written[index + 1]?.atMs ?? Number.POSITIVE_INFINITY) >= nowMs - SPREAD_STALE_MS_MAX && atMs <= nowMs,
        );
        const living = opened.filter(({ atMs }) => nowMs - atMs < CONNECTION_LIFE_MS_MAX);
        const parts = Math.max(...living.map((one) => one.parts));
        for (const { spread } of known) expect(servedShards(spread, nowMs)).toBeGreaterThanOrEqual(parts);
        const next = isGrowth ? grownSpread(current, people, nowMs) : shrunkSpread(current, people, nowMs);
        if (next !== undefined) written.push({ spread: next, atMs: nowMs });
      }
    }),
    { seed: 1, numRuns: 500 },
  );
});

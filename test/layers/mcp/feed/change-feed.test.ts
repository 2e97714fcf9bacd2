import { expect, test } from "vitest";
import type { Clock } from "../../../../layers/core/ports/clock.ts";
import { feedKey } from "../../../../layers/core/store/keys.ts";
import { type Change, ChangeFeed, type ChangeReader } from "../../../../layers/mcp/feed/change-feed.ts";
import { FEED_OVERLAP_MS, FEED_TTL_SECONDS } from "../../../../layers/mcp/limits.ts";
import { type ManualClock, manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { seededChance } from "../../../fixtures/seeded-chance.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");

/** The clock of a machine that goes before or after the others. */
const skewed = (clock: ManualClock, byMs: number): Clock => ({ nowMs: () => clock.nowMs() + byMs, sleep: clock.sleep });

function feeds(...skewsMs: readonly number[]) {
  const clock = manualClock();
  const table = memoryTable(clock);
  const chance = seededChance(7);
  return { clock, table, of: skewsMs.map((byMs) => new ChangeFeed({ table, clock: skewed(clock, byMs), chance })) };
}

function oneFeed() {
  const { clock, table, of } = feeds(0);
  const [feed] = of;
  if (feed === undefined) throw new TypeError("no feed");
  return { clock, table, feed };
}

const uri = (n: number): Change => ({ uri: `r:${n}` });
const changesOf = async (reader: ChangeReader): Promise<Change[]> => (await reader.read()).map(({ change }) => change);

/** Reads as a listener does, until two looks in a row found nothing: one that finds a page of what was told moves on. */
async function allOf(reader: ChangeReader): Promise<Change[]> {
  const all: Change[] = [];
  for (let idle = 0; idle < 2; ) {
    const changes = await changesOf(reader);
    idle = changes.length === 0 ? idle + 1 : 0;
    all.push(...changes);
  }
  return all;
}

test("every listener is told every change, in the order of time, and once", async () => {
  const { clock, feed } = oneFeed();
  const [one, other] = [feed.reader(acme), feed.reader(acme)];

  const changes: Change[] = ["tools", "prompts", "resources", uri(1)];
  for (const change of changes) {
    await feed.publish(acme, change);
    clock.advance(5);
  }

  expect(await changesOf(one)).toEqual(changes);
  expect(await changesOf(one)).toEqual([]);
  expect(await changesOf(other)).toEqual(changes);
});

test("a change shortly before the listening is told, one well before it is not", async () => {
  const { clock, feed } = oneFeed();
  await feed.publish(acme, uri(1));
  clock.advance(FEED_OVERLAP_MS);
  await feed.publish(acme, uri(2));
  clock.advance(1);

  expect(await changesOf(feed.reader(acme))).toEqual([uri(2)]);
});

test("a change that is put off is told when its moment comes, and those before it meanwhile", async () => {
  const { clock, feed } = oneFeed();
  const reader = feed.reader(acme);
  await feed.publish(acme, "tools", { delayMs: 10_000 });
  await feed.publish(acme, uri(1));

  expect(await changesOf(reader)).toEqual([uri(1)]);
  clock.advance(9_999);
  expect(await changesOf(reader)).toEqual([]);
  clock.advance(1);
  expect(await changesOf(reader)).toEqual(["tools"]);
  expect(await changesOf(reader)).toEqual([]);
});

test("one tenant's changes are never told to another, also where one's name begins like the other's", async () => {
  const { feed } = oneFeed();
  const other = feed.reader(tenant("acme-two"));

  await feed.publish(acme, "tools");
  await feed.publish(tenant("acm"), "tools");

  expect(await changesOf(other)).toEqual([]);
});

test("a change of a machine whose clock is behind is told after a newer one was", async () => {
  const { of } = feeds(0, -FEED_OVERLAP_MS + 10);
  const [feed, behind] = of;
  const reader = feed?.reader(acme);
  await feed?.publish(acme, uri(1));
  expect(await reader?.read()).toHaveLength(1);

  await behind?.publish(acme, uri(2));

  expect((await reader?.read())?.map(({ change }) => change)).toEqual([uri(2)]);
});

test("a change of a machine whose clock is ahead does not hide those that follow", async () => {
  const { clock, of } = feeds(0, FEED_OVERLAP_MS - 10);
  const [feed, ahead] = of;
  const reader = feed?.reader(acme);
  await ahead?.publish(acme, uri(1));
  expect(await reader?.read()).toHaveLength(1);

  for (let n = 2; n < 10; n++) {
    await feed?.publish(acme, uri(n));
    clock.advance(100);
  }

  expect(await reader?.read()).toHaveLength(8);
});

test("a listener goes on where another one stood, and is told nothing twice", async () => {
  const { clock, feed } = oneFeed();
  const first = feed.reader(acme);
  await feed.publish(acme, uri(1));
  const [told] = await first.read();
  clock.advance(60_000);
  await feed.publish(acme, uri(2));

  const second = feed.reader(acme, told?.position);

  expect(await changesOf(second)).toEqual([uri(2)]);
});

test.each([
  ["short", 1_001, ""],
  ["short", 2_500, ""],
  // A page of the store ends at 1 MB, well before it holds a thousand of these.
  ["long", 1_200, "x".repeat(2_000)],
])("a burst of changes with %s uris, %i in one moment, is told whole", async (_length, count, padding) => {
  const { feed } = oneFeed();
  const reader = feed.reader(acme);

  for (let n = 0; n < count; n++) await feed.publish(acme, { uri: `${padding}${n}` });
  const told = await allOf(reader);

  expect(new Set(told.map((change) => (typeof change === "string" ? change : change.uri))).size).toBe(count);
  expect(told).toHaveLength(count);
});

test("a change is kept for as long as it may be read late, and then is gone", async () => {
  const { clock, feed } = oneFeed();
  const late = feed.reader(acme);
  await feed.publish(acme, "tools");

  clock.advance((FEED_TTL_SECONDS - 1) * 1000);
  expect(await changesOf(late)).toEqual(["tools"]);

  clock.advance(1_000);
  expect(await changesOf(feed.reader(acme, "000000000000000"))).toEqual([]);
});

test("what a later version may write is passed over", async () => {
  const { table, clock, feed } = oneFeed();
  const reader = feed.reader(acme);
  await table.put({ ...feedKey(acme, String(clock.nowMs()).padStart(15, "0"), "a"), change: "tasks" });
  await table.put({ ...feedKey(acme, String(clock.nowMs()).padStart(15, "0"), "b"), change: { id: 1 } });
  await feed.publish(acme, "tools");

  expect(await changesOf(reader)).toEqual(["tools"]);
});

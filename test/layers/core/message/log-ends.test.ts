import { expect, test } from "vitest";
import { passing } from "../../../fixtures/virtual-time.ts";
import {
  acme,
  channel,
  draft,
  everyone,
  harmed,
  logParts,
  type MessageBench,
  messageBench,
  readOn,
  told,
  value,
} from "./message-bench.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SECTION = 1_000_000_000;

/** Appends from a process that knows nothing yet. */
async function append(bench: MessageBench, ...bodies: readonly string[]): Promise<readonly string[]> {
  const { log } = logParts(bench);
  const drafts = bodies.map((body) => draft(body));
  return told(value(await passing(bench.clock, log.append(acme, everyone, drafts))));
}

const record = (bench: MessageBench) => bench.table.get({ pk: "TENANT#acme#CHANNEL", sk: "everyone" });

test("a message can be read for seven days and no longer, and what reads on is told that it is missing", async () => {
  const bench = messageBench();
  await append(bench, "a", "b");
  bench.clock.advance(DAY_MS);
  await append(bench, "c");

  bench.clock.advance(6 * DAY_MS - 1_000);
  const before = await readOn(bench.log, { channel: everyone, after: 0 });
  bench.clock.advance(1_000);
  const after = await readOn(bench.log, { channel: everyone, after: 0 });

  expect(before).toEqual(["1 a", "2 b", "3 c"]);
  expect(after).toEqual(["missing 1 to 2", "3 c"]);
  expect(await readOn(bench.log, { channel: everyone, after: 1 })).toEqual(["missing 2 to 2", "3 c"]);
  expect(await readOn(bench.log, { channel: everyone, after: 2 })).toEqual(["3 c"]);
  expect(told((await bench.log.history(acme, { channel: everyone, limit: 5 })).messages)).toEqual(["3 c"]);
});

test("where all messages are over a reader is told so, and of what comes then it misses nothing", async () => {
  const bench = messageBench();
  await append(bench, "a", "b", "c");
  bench.clock.advance(7 * DAY_MS);

  const page = await bench.log.read(acme, { channel: everyone, after: 1, limit: 5 });
  const appended = await append(bench, "d");

  expect(page).toEqual({ messages: [], missing: { from: 2, to: 3 }, next: 3 });
  expect(appended).toEqual(["4 d"]);
  expect(await readOn(bench.log, { channel: everyone, after: 3 })).toEqual(["4 d"]);
});

test("a log of which nothing is left goes on in the next section, and its head tells so beforehand", async () => {
  const bench = messageBench();
  await append(bench, "a", "b");
  bench.clock.advance(9 * DAY_MS);

  const head = await bench.log.headOf(acme, everyone);
  const appended = await append(bench, "c");

  expect(appended).toEqual([`${SECTION + 1} c`]);
  expect(head).toBe(SECTION);
  expect(await readOn(bench.log, { channel: everyone, after: 2 })).toEqual([
    `missing 3 to ${SECTION}`,
    `${SECTION + 1} c`,
  ]);
  expect(await readOn(bench.log, { channel: everyone, after: head })).toEqual([`${SECTION + 1} c`]);
  expect(await record(bench)).toMatchObject({ floor: SECTION });
});

test("two processes that find nothing left at the same moment agree on where the log goes on", async () => {
  const bench = messageBench();
  await append(bench, "a");
  bench.clock.advance(9 * DAY_MS);

  const appended = await Promise.all(["b", "c", "d"].map((body) => append(bench, body)));

  const seqs = appended.flat().map((each) => Number(each.split(" ")[0]));
  expect(seqs.toSorted()).toEqual([SECTION + 1, SECTION + 2, SECTION + 3]);
});

test("a section that was begun lately by who then died is used by who comes next", async () => {
  const bench = messageBench();
  await append(bench, "a");
  bench.clock.advance(9 * DAY_MS);
  const harm = harmed(bench.table);
  const dying = logParts({ ...bench, table: harm.wrap(1) });
  void dying.log.append(acme, everyone, [draft("never")]).catch(() => {});
  await expect.poll(() => harm.puts).toBe(2);

  bench.clock.advance(11 * HOUR_MS);
  const appended = await append(bench, "b");

  expect(appended).toEqual([`${SECTION + 1} b`]);
});

test("a section that was begun long ago, and in which nothing is, is closed before the log goes on", async () => {
  const bench = messageBench();
  await append(bench, "a");
  bench.clock.advance(9 * DAY_MS);
  const harm = harmed(bench.table);
  const slow = logParts({ ...bench, table: harm.wrap(1) });
  const late = slow.log.append(acme, everyone, [draft("late")]);
  await expect.poll(() => harm.puts).toBe(2);

  bench.clock.advance(13 * HOUR_MS);
  const appended = await append(bench, "b");
  harm.letGo();
  const lately = told(value(await passing(bench.clock, late)));

  expect(appended).toEqual([`${2 * SECTION + 1} b`]);
  expect(lately).toEqual([`${2 * SECTION + 2} late`]);
});

test("after an item that is gone soon nothing is appended: the log goes on in the next section, and nothing is missing", async () => {
  const bench = messageBench();
  await append(bench, "a");
  await append(bench, "b");
  bench.clock.advance(7 * DAY_MS + 18 * HOUR_MS + 2_000);

  const appended = await append(bench, "c");

  expect(appended).toEqual([`${SECTION + 1} c`]);
  expect(await readOn(bench.log, { channel: everyone, after: 2 })).toEqual([`${SECTION + 1} c`]);
  expect(await readOn(bench.log, { channel: everyone, after: 1 })).toEqual([
    `missing 2 to ${SECTION}`,
    `${SECTION + 1} c`,
  ]);
});

test("who would append after an item that was sealed meanwhile goes on where the others do", async () => {
  const bench = messageBench();
  await append(bench, "a");
  bench.clock.advance(7 * DAY_MS + 17 * HOUR_MS + 59 * 60_000);
  const harm = harmed(bench.table);
  const slow = logParts({ ...bench, table: harm.wrap(0) });
  const late = slow.log.append(acme, everyone, [draft("late")]);
  await expect.poll(() => harm.puts).toBe(1);

  bench.clock.advance(2 * 60_000);
  const appended = await append(bench, "b");
  harm.letGo();
  const lately = told(value(await passing(bench.clock, late)));

  expect(appended).toEqual([`${SECTION + 1} b`]);
  expect(lately).toEqual([`${SECTION + 2} late`]);
});

test("where a retention was shortened the log goes on in the next section, so that none outlives what comes after it", async () => {
  const bench = messageBench();
  await append(bench, "a");
  value(await bench.channels.setUp(acme, everyone, { retentionSeconds: 3_600 }));

  const appended = [...(await append(bench, "b")), ...(await append(bench, "c"))];
  const before = await readOn(bench.log, { channel: everyone, after: 0 });
  bench.clock.advance(HOUR_MS);
  const after = await readOn(bench.log, { channel: everyone, after: 0 });
  bench.clock.advance(30 * HOUR_MS);
  const later = await append(bench, "d");

  expect(appended).toEqual([`${SECTION + 1} b`, `${SECTION + 2} c`]);
  expect(before).toEqual(["1 a", ...appended]);
  expect(after).toEqual(["1 a", `missing ${SECTION + 1} to ${SECTION + 2}`]);
  expect(later).toEqual([`${2 * SECTION + 1} d`]);
  expect(await readOn(bench.log, { channel: everyone, after: SECTION + 2 })).toEqual([
    `missing ${SECTION + 3} to ${2 * SECTION}`,
    `${2 * SECTION + 1} d`,
  ]);
});

test("where a retention was shortened by less than an hour none is over sooner than the one before it", async () => {
  const bench = messageBench();
  value(await bench.channels.setUp(acme, everyone, { retentionSeconds: 7_200 }));
  await append(bench, "a");
  value(await bench.channels.setUp(acme, everyone, { retentionSeconds: 3_660 }));

  const appended = await append(bench, "b");
  bench.clock.advance(2 * HOUR_MS - 1_000);
  const before = await readOn(bench.log, { channel: everyone, after: 0 });
  bench.clock.advance(1_000);

  expect(appended).toEqual(["2 b"]);
  expect(before).toEqual(["1 a", "2 b"]);
  expect(await readOn(bench.log, { channel: everyone, after: 0 })).toEqual(["missing 1 to 2"]);
});

test("where a retention was made longer the log goes on as it is", async () => {
  const bench = messageBench();
  await append(bench, "a");
  value(await bench.channels.setUp(acme, everyone, { retentionSeconds: 90 * 24 * 3_600 }));

  expect(await append(bench, "b")).toEqual(["2 b"]);
  bench.clock.advance(89 * DAY_MS);
  expect(await readOn(bench.log, { channel: everyone, after: 0 })).toEqual(["missing 1 to 1", "2 b"]);
});

test("a process goes by the retention that it knew for ten minutes at most, however much it appends", async () => {
  const bench = messageBench();
  const appendOne = async (body: string) => told(value(await bench.log.append(acme, everyone, [draft(body)])));
  await appendOne("a");
  value(await logParts(bench).channels.setUp(acme, everyone, { retentionSeconds: 3_600 }));

  bench.clock.advance(9 * 60_000);
  const before = await appendOne("b");
  bench.clock.advance(60_000);
  const after = await appendOne("c");

  expect([before, after]).toEqual([["2 b"], [`${SECTION + 1} c`]]);
});

test("a section is never filled past its end, whose last number is a seal's", async () => {
  const bench = messageBench();
  await append(bench, "a");
  const { items } = await bench.table.query({ pk: "TENANT#acme#MESSAGE", limit: 1 });
  const sk = `everyone#${String(SECTION - 4).padStart(16, "0")}`;
  await bench.table.put({ ...items[0], pk: "TENANT#acme#MESSAGE", sk });

  const fitting = await append(bench, "b", "c");
  const past = await append(bench, "d", "e");

  expect(fitting).toEqual([`${SECTION - 3} b`, `${SECTION - 2} c`]);
  expect(past).toEqual([`${SECTION + 1} d`, `${SECTION + 2} e`]);
  expect(await readOn(bench.log, { channel: everyone, after: SECTION - 3 })).toEqual([`${SECTION - 2} c`, ...past]);
});

test("who dies between the seal and the next section leaves a log that goes on", async () => {
  const bench = messageBench();
  await append(bench, "a");
  value(await bench.channels.setUp(acme, everyone, { retentionSeconds: 3_600 }));
  const dying = logParts({ ...bench, table: { ...bench.table, update: () => new Promise<never>(() => {}) } });
  void dying.log.append(acme, everyone, [draft("never")]);
  await expect
    .poll(async () => (await bench.table.query({ pk: "TENANT#acme#MESSAGE", limit: 9 })).items.length)
    .toBe(2);

  expect(await bench.log.headOf(acme, everyone)).toBe(2);
  expect(await append(bench, "b")).toEqual([`${SECTION + 1} b`]);
});

test("a connection's own channel makes no record, and its messages are over after the connection's longest life", async () => {
  const bench = messageBench();
  const own = channel("connection:c1");
  await bench.log.append(acme, own, [draft("a")]);

  bench.clock.advance(2 * HOUR_MS - 1_000);
  const before = await readOn(bench.log, { channel: own, after: 0 });
  bench.clock.advance(1_000);

  expect(before).toEqual(["1 a"]);
  expect(await readOn(bench.log, { channel: own, after: 0 })).toEqual(["missing 1 to 1"]);
  expect(told(value(await logParts(bench).log.append(acme, own, [draft("b")])))).toEqual(["2 b"]);
  expect((await bench.table.query({ pk: "TENANT#acme#CHANNEL", limit: 9 })).items).toEqual([]);
});

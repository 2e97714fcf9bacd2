import { expect, test } from "vitest";
import { ok } from "../../../../layers/core/result.ts";
import { passing } from "../../../fixtures/virtual-time.ts";
import {
  acme,
  bar,
  channel,
  draft,
  everyone,
  harmed,
  logParts,
  messageBench,
  readOn,
  told,
  value,
} from "./message-bench.ts";

test("what is appended is read in order, each message under the next number", async () => {
  const { log } = messageBench();

  const first = value(await log.append(acme, everyone, [draft("a"), draft("b")]));
  const second = value(await log.append(acme, everyone, [draft("c")]));

  expect(told([...first, ...second])).toEqual(["1 a", "2 b", "3 c"]);
  expect(await log.read(acme, { channel: everyone, after: 0, limit: 10 })).toEqual({ messages: [...first, ...second] });
  expect(told((await log.read(acme, { channel: everyone, after: 1, limit: 10 })).messages)).toEqual(["2 b", "3 c"]);
  expect(await log.read(acme, { channel: everyone, after: 3, limit: 10 })).toEqual({ messages: [] });
  expect(await log.headOf(acme, everyone)).toBe(3);
});

test("channels have logs of their own, and so have tenants", async () => {
  const { log } = messageBench();
  await log.append(acme, everyone, [draft("a")]);
  await log.append(acme, channel("channel:x"), [draft("x")]);
  await log.append(acme, channel("channel:xy"), [draft("xy")]);

  const read = async (...[of, id]: [typeof acme, string]) =>
    told((await log.read(of, { channel: channel(id), after: 0, limit: 10 })).messages);

  expect(await read(acme, "everyone")).toEqual(["1 a"]);
  expect(await read(acme, "channel:x")).toEqual(["1 x"]);
  expect(await read(acme, "channel:xy")).toEqual(["1 xy"]);
  expect(await read(bar, "everyone")).toEqual([]);
  expect(await log.headOf(bar, everyone)).toBe(0);
});

test("what a process appends at the same moment is stored together, up to a hundred in one item, in the order of asking", async () => {
  const bench = messageBench();
  const harm = harmed(bench.table);
  const { log } = logParts({ ...bench, table: harm.wrap() });
  await log.append(acme, everyone, [draft("0")]);
  harm.puts = 0;

  const bodies = Array.from({ length: 250 }, (_, index) => `${index + 1}`);
  const appended = await Promise.all(bodies.map((body) => log.append(acme, everyone, [draft(body)])));

  expect(appended.flatMap((each) => told(value(each)))).toEqual(bodies.map((body) => `${Number(body) + 1} ${body}`));
  const { items } = await bench.table.query({ pk: "TENANT#acme#MESSAGE", limit: 100 });
  expect(items.map(({ count }) => count)).toEqual([1, 1, 100, 100, 49]);
  expect(harm.puts).toBe(4);
  expect(await readOn(log, { channel: everyone, after: 0 }, 70)).toHaveLength(251);
});

test("messages that are long together are stored apart, and a long one alone", async () => {
  const { log, table } = messageBench();
  const long = "x".repeat(30 * 1024);
  const longest = "y".repeat(65_534);
  const bodies = [long, long, long, longest, "z"];

  const appended = await Promise.all(
    bodies.map((body, index) => log.append(acme, everyone, [draft(body, { messageId: `m${index}` })])),
  );

  expect(appended.flatMap((each) => value(each).map(({ seq }) => seq))).toEqual([1, 2, 3, 4, 5]);
  const { items } = await table.query({ pk: "TENANT#acme#MESSAGE", limit: 100 });
  expect(items.map(({ count }) => count)).toEqual([1, 2, 1, 1]);
});

test("an append of nothing changes nothing", async () => {
  const { log } = messageBench();

  expect(await log.append(acme, everyone, [])).toEqual(ok([]));
  expect(await log.headOf(acme, everyone)).toBe(0);
});

test("a write whose answer was lost stores no second time", async () => {
  const bench = messageBench();
  const harm = harmed(bench.table);
  const { log } = logParts({ ...bench, table: harm.wrap() });
  await log.append(acme, everyone, [draft("a")]);
  harm.answersLost = 2;

  const appended = await passing(bench.clock, log.append(acme, everyone, [draft("b"), draft("c")]));
  const after = await log.append(acme, everyone, [draft("d")]);

  expect([...told(value(appended)), ...told(value(after))]).toEqual(["2 b", "3 c", "4 d"]);
  expect(await readOn(log, { channel: everyone, after: 0 })).toEqual(["1 a", "2 b", "3 c", "4 d"]);
});

test("where the store fails for good the append faults, others too that were with it, and later ones come through", async () => {
  const bench = messageBench();
  const harm = harmed(bench.table);
  const { log } = logParts({ ...bench, table: harm.wrap() });
  await log.append(acme, everyone, [draft("a")]);
  harm.putsFailing = 3;

  const both = ["b", "c"].map((body) => log.append(acme, everyone, [draft(body)]));
  const outcomes = await passing(bench.clock, Promise.allSettled(both));

  expect(outcomes[0]).toMatchObject({ status: "rejected", reason: { code: "store_unavailable" } });
  expect(outcomes[1]).toMatchObject({ status: "fulfilled" });
  expect(told(value(await log.append(acme, everyone, [draft("d")])))).toEqual(["3 d"]);
});

test("what was stored by an append that faulted is found by who appends it again, also from another process", async () => {
  const bench = messageBench();
  const harm = harmed(bench.table);
  const { log } = logParts({ ...bench, table: harm.wrap() });
  const { log: other } = logParts({ ...bench, seed: 2 });
  await other.append(acme, everyone, [draft("a")]);
  await log.append(acme, everyone, [draft("b")]);
  harm.answersLost = 3;
  const lost = await passing(bench.clock, Promise.allSettled([log.append(acme, everyone, [draft("c"), draft("d")])]));

  const again = await passing(bench.clock, other.append(acme, everyone, [draft("b"), draft("e")]));

  expect(lost[0]?.status).toBe("rejected");
  expect(told(value(again))).toEqual(["2 b", "5 e"]);
  expect(await log.findRecent(acme, { channel: everyone, messageId: "m-d", from: "ann" })).toMatchObject({ seq: 4 });
  expect(await log.findRecent(acme, { channel: everyone, messageId: "m-d", from: "bob" })).toBeUndefined();
});

test("a message of the same id by somebody else is not taken for one's own", async () => {
  const bench = messageBench();
  const { log: other } = logParts({ ...bench, seed: 2 });
  await bench.log.append(acme, everyone, [draft("a")]);
  await other.append(acme, everyone, [draft("b", { messageId: "m", from: "bob" })]);

  const mine = await bench.log.append(acme, everyone, [draft("c", { messageId: "m", from: "ann" })]);

  expect(told(value(mine))).toEqual(["3 c"]);
});

test("a process that knows an old end of the log goes on from the new one, and many at once store all in order", async () => {
  const bench = messageBench();
  const logs = Array.from({ length: 5 }, (_, index) => logParts({ ...bench, seed: index }).log);
  for (const [index, log] of logs.entries()) await log.append(acme, everyone, [draft(`first ${index}`)]);

  const work = Promise.all(
    logs.flatMap((log, index) => [1, 2, 3, 4].map((n) => log.append(acme, everyone, [draft(`${index}.${n}`)]))),
  );
  const appended = await passing(bench.clock, work);

  const seen = await readOn(bench.log, { channel: everyone, after: 0 });
  expect(seen.slice(5).toSorted()).toEqual(appended.flatMap((each) => told(value(each))).toSorted());
  expect(seen.map((each) => Number(each.split(" ")[0]))).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
});

test("more than a process holds for one log is refused as a store that does not answer", async () => {
  const bench = messageBench();
  const table = { ...bench.table, put: () => new Promise<never>(() => {}) };
  const { log } = logParts({ ...bench, table });
  const long = "x".repeat(1024 * 1024);
  for (let waiting = 0; waiting < 17; waiting++) void log.append(acme, everyone, [draft(long, { messageId: "m" })]);

  const refusal = log.append(acme, everyone, [draft("one more")]);

  await expect(refusal).rejects.toMatchObject({ code: "store_unavailable", cause: { code: "message_log_busy" } });
});

test("history goes from the newest to the oldest, page by page, also from the middle of what was stored together", async () => {
  const { log } = messageBench();
  const bodies = ["a", "b", "c", "d", "e", "f", "g"];
  await log.append(acme, everyone, [draft("a")]);
  await log.append(
    acme,
    everyone,
    bodies.slice(1, 6).map((body) => draft(body)),
  );
  await log.append(acme, everyone, [draft("g")]);

  const pages: string[][] = [];
  let before: number | undefined;
  do {
    const page = await log.history(acme, { channel: everyone, before, limit: 3 });
    pages.push([...told(page.messages)]);
    before = page.next;
  } while (before !== undefined);

  expect(pages).toEqual([["7 g", "6 f", "5 e"], ["4 d", "3 c", "2 b"], ["1 a"]]);
  expect(await log.history(bar, { channel: everyone, limit: 3 })).toEqual({ messages: [] });
});

test("limits beyond the bounds are taken as the nearest, and numbers beyond the end as the end", async () => {
  const { log } = messageBench();
  await log.append(acme, everyone, [draft("a"), draft("b")]);
  const read = async (after: number, limit: number) =>
    told((await log.read(acme, { channel: everyone, after, limit })).messages);

  expect(await read(0, 0)).toEqual(["1 a"]);
  expect(await read(0, -3)).toEqual(["1 a"]);
  expect(await read(0, 1e9)).toEqual(["1 a", "2 b"]);
  expect(await read(Number.MAX_SAFE_INTEGER - 1, 5)).toEqual([]);
});

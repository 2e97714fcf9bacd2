import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nowEpochSeconds } from "../../layers/core/ports/clock.ts";
import type { Condition, Item, Json } from "../../layers/core/ports/table.ts";
import type { ManualClock } from "../fixtures/manual-clock.ts";
import { keepsCallersApart, keepsLimits } from "./table-callers-and-limits.ts";
import { judgesConditions } from "./table-conditions.ts";
import { keepsPages, readsRanges } from "./table-ranges.ts";
import type { Subject, TableUnderTest } from "./table-subject.ts";

/** What every adapter of the port promises. Each test has a partition of its own, so one table serves them all. */
export function tableContract(name: string, make: () => Promise<TableUnderTest>): void {
  describe(`the table contract, on ${name}`, () => {
    let made: TableUnderTest;
    let partitions = 0;
    const freshPartition = () => `TEST#${partitions++}`;
    const subject = () => ({ ...made, pk: freshPartition() });
    beforeAll(async () => {
      made = await make();
    });
    afterAll(() => made.close());

    tellsWhatWasWritten(subject);
    judgesConditions(subject);
    changesAttributes(subject);
    letsItemsExpire(subject);
    readsRanges(subject);
    keepsPages(subject);
    keepsCallersApart(subject);
    keepsLimits(subject);
  });
}

const VALUES: readonly Json[] = [
  "",
  "plain",
  "a\0b",
  "ä € 😀 \u{10FFFF} e\u0301",
  0,
  -1.5,
  1e21,
  1e-100,
  Number.MAX_SAFE_INTEGER,
  0.1,
  true,
  false,
  null,
  [],
  {},
  [1, "two", null, [true, {}]],
  { "": 1, nested: { list: [{ deep: "" }] }, ünïcode: "ok", "with space": false },
];

function tellsWhatWasWritten(subject: Subject): void {
  test("an item comes back as it was put", async () => {
    const { table, pk } = subject();
    const item: Item = { pk, sk: "😀", ...Object.fromEntries(VALUES.map((value, index) => [`v${index}`, value])) };

    const written = await table.put(item);

    expect(written).toEqual({ ok: true, value: undefined });
    expect(await table.get({ pk, sk: "😀" })).toEqual(item);
    expect(await table.get({ pk, sk: "😀" }, { stale: true })).toEqual(item);
  });

  test("attribute names that mean something to JavaScript or to a query language are names like all others", async () => {
    const { table, pk } = subject();
    const names = [
      "constructor",
      "hasOwnProperty",
      "toString",
      "size",
      "name",
      "#a",
      ":b",
      "a.b",
      "a[0]",
      "ünï",
      "SELECT",
    ];
    const attributes = Object.fromEntries(names.map((name, index) => [name, index]));

    await table.put({ ...attributes, pk, sk: "s" });
    const updated = await table.update({ pk, sk: "s" }, { set: attributes, add: { "b.c": 1 }, remove: ["gone.never"] });

    const all = { ...attributes, "b.c": 1, pk, sk: "s" };
    expect(updated).toEqual({ ok: true, value: all });
    expect(await table.get({ pk, sk: "s" })).toEqual(all);
    for (const name of names) {
      const condition: Condition = { if: "attribute_absent", attribute: name };
      expect(await table.put({ pk, sk: "s" }, condition)).toMatchObject({ problem: { reason: "condition_failed" } });
    }
  });

  test("an attribute that is undefined is not stored", async () => {
    const { table, pk } = subject();

    await table.put({ pk, sk: "s", left: undefined, right: 1 });

    expect(Object.keys((await table.get({ pk, sk: "s" })) ?? {}).sort()).toEqual(["pk", "right", "sk"]);
  });

  test("a put replaces the whole item", async () => {
    const { table, pk } = subject();
    await table.put({ pk, sk: "s", old: 1, expiresAtEpochSeconds: 4_000_000_000 });

    await table.put({ pk, sk: "s", new: 2 });

    expect(await table.get({ pk, sk: "s" })).toEqual({ pk, sk: "s", new: 2 });
  });

  test("what was never written, or was deleted, is absent", async () => {
    const { table, pk } = subject();
    await table.put({ pk, sk: "s" });

    const deleted = await table.delete({ pk, sk: "s" });
    const again = await table.delete({ pk, sk: "s" });

    expect([deleted, again]).toEqual([{ ok: true }, { ok: true }].map((answer) => ({ ...answer, value: undefined })));
    expect(await table.get({ pk, sk: "s" })).toBeUndefined();
    expect(await table.get({ pk, sk: "never" })).toBeUndefined();
  });

  test("keys that differ by case, by Unicode form or by a trailing space are different keys", async () => {
    const { table, pk } = subject();
    const keys = ["a", "A", "a ", "\u00e9", "e\u0301", "ａ"];

    for (const sk of keys) await table.put({ pk, sk, own: sk });

    for (const sk of keys) expect(await table.get({ pk, sk })).toEqual({ pk, sk, own: sk });
    expect((await table.query({ pk, limit: 10 })).items).toHaveLength(keys.length);
  });
}

function changesAttributes(subject: Subject): void {
  test("an update sets, adds and removes what it names and leaves the rest", async () => {
    const { table, pk } = subject();
    const key = { pk, sk: "s" };
    await table.put({ ...key, keep: [1, { a: "b" }], count: 2, drop: "x", swap: "old" });

    const updated = await table.update(key, {
      set: { swap: { now: [] } },
      add: { count: -5, made: 3 },
      remove: ["drop"],
    });

    const after = { ...key, keep: [1, { a: "b" }], count: -3, made: 3, swap: { now: [] } };
    expect(updated).toEqual({ ok: true, value: after });
    expect(await table.get(key)).toEqual(after);
  });

  test("an update makes the item where there is none, also when it changes nothing", async () => {
    const { table, pk } = subject();

    const made = await table.update({ pk, sk: "made" }, { add: { n: 0 }, remove: ["x"] });
    const bare = await table.update({ pk, sk: "bare" }, {});

    expect(made).toEqual({ ok: true, value: { pk, sk: "made", n: 0 } });
    expect(bare).toEqual({ ok: true, value: { pk, sk: "bare" } });
    expect(await table.get({ pk, sk: "bare" })).toEqual({ pk, sk: "bare" });
  });

  test("a change that touches the key, or one attribute twice, or adds to a text is a fault and changes nothing", async () => {
    const { table, pk } = subject();
    const key = { pk, sk: "s" };
    await table.put({ ...key, text: "1", nil: null });

    await expect(table.update(key, { set: { sk: "t" } })).rejects.toThrow();
    await expect(table.update(key, { remove: ["pk"] })).rejects.toThrow();
    await expect(table.update(key, { set: { n: 1 }, add: { n: 1 } })).rejects.toThrow();
    await expect(table.update(key, { remove: ["n", "n"] })).rejects.toThrow();
    await expect(table.update(key, { add: { text: 1 } })).rejects.toThrow();
    await expect(table.update(key, { add: { nil: 1 } })).rejects.toThrow();
    expect(await table.get(key)).toEqual({ ...key, text: "1", nil: null });
  });
}

function letsItemsExpire(subject: Subject): void {
  const soon = (clock: ManualClock) => nowEpochSeconds(clock) + 2;

  test("an item is there until the second of its expiry and absent from that second on", async () => {
    const { table, clock, pk } = subject();
    clock.advance(1000 - (clock.nowMs() % 1000));
    const item = { pk, sk: "s", expiresAtEpochSeconds: soon(clock) };
    await table.put(item);

    clock.advance(1999);
    const before = [await table.get(item), (await table.query({ pk, limit: 5 })).items];
    clock.advance(1);
    const after = [await table.get(item), (await table.query({ pk, limit: 5 })).items];

    expect(before).toEqual([item, [item]]);
    expect(after).toEqual([undefined, []]);
  });

  test("in conditions an expired item counts as absent, and a refusal does not tell it", async () => {
    const { table, clock, pk } = subject();
    const dead = { pk, sk: "s", n: 1, expiresAtEpochSeconds: soon(clock) };
    await table.put(dead);
    clock.advance(2000);
    const failed = { ok: false, problem: { reason: "condition_failed", current: undefined } };

    for (const condition of [
      { if: "present" },
      { if: "equals", attribute: "n", value: 1 },
      { if: "below", attribute: "n", value: 9 },
    ] satisfies Condition[]) {
      expect(await table.put({ pk, sk: "s" }, condition)).toEqual(failed);
      expect(await table.update(dead, { add: { n: 1 } }, condition)).toEqual(failed);
      expect(await table.delete(dead, condition)).toEqual(failed);
    }
    expect(await table.put({ pk, sk: "s", n: 2 }, { if: "absent" })).toMatchObject({ ok: true });
    expect(await table.get(dead)).toEqual({ pk, sk: "s", n: 2 });
  });

  test("an update of an expired item begins from nothing", async () => {
    const { table, clock, pk } = subject();
    for (const sk of ["plain", "absent", "attribute"]) {
      await table.put({ pk, sk, n: 7, old: "x", expiresAtEpochSeconds: soon(clock) });
    }
    clock.advance(5000);

    const plain = await table.update({ pk, sk: "plain" }, { add: { n: 1 }, set: { fresh: true } });
    const absent = await table.update({ pk, sk: "absent" }, { add: { n: 1 } }, { if: "absent" });
    const attribute = await table.update(
      { pk, sk: "attribute" },
      { add: { n: 1 } },
      { if: "attribute_absent", attribute: "n" },
    );

    expect(plain).toEqual({ ok: true, value: { pk, sk: "plain", n: 1, fresh: true } });
    expect(absent).toEqual({ ok: true, value: { pk, sk: "absent", n: 1 } });
    expect(attribute).toEqual({ ok: true, value: { pk, sk: "attribute", n: 1 } });
    expect(await table.get({ pk, sk: "plain" })).toEqual({ pk, sk: "plain", n: 1, fresh: true });
  });

  test("an update moves the expiry as it moves any attribute", async () => {
    const { table, clock, pk } = subject();
    const key = { pk, sk: "s" };
    await table.put({ ...key, n: 1, expiresAtEpochSeconds: soon(clock) });
    await table.update(key, { set: { expiresAtEpochSeconds: soon(clock) + 10 } });
    clock.advance(5000);
    expect(await table.get(key)).toMatchObject({ n: 1 });

    await table.update(key, { remove: ["expiresAtEpochSeconds"] });
    clock.advance(60_000);

    expect(await table.get(key)).toEqual({ ...key, n: 1 });
  });

  test("an expired item may be deleted without a condition", async () => {
    const { table, clock, pk } = subject();
    const item = { pk, sk: "s", expiresAtEpochSeconds: soon(clock) };
    await table.put(item);
    clock.advance(9000);

    expect(await table.delete(item)).toMatchObject({ ok: true });
  });
}

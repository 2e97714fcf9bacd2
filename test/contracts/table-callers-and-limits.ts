import { expect, test } from "vitest";
import { nowEpochSeconds } from "../../layers/core/ports/clock.ts";
import {
  type Condition,
  ITEM_BYTES_MAX,
  type Item,
  type Json,
  QUERY_LIMIT_MAX,
} from "../../layers/core/ports/table.ts";
import { itemBytes } from "../../layers/core/store/item-size.ts";
import { recipeKey, recordPartition } from "../../layers/core/store/keys.ts";
import { tenant } from "../fixtures/tenants.ts";
import type { Subject } from "./table-subject.ts";

export function keepsCallersApart(subject: Subject): void {
  test("tenant A can't see tenant B's items, nor overwrite them", async () => {
    const { table } = subject();
    const [a, b] = [tenant("acme"), tenant("acme-two")];
    await table.put({ ...recipeKey(a, "r1"), owner: "a" });
    await table.put({ ...recipeKey(b, "r1"), owner: "b" });
    await table.put({ ...recipeKey(b, "r2"), owner: "b" });

    await table.delete(recipeKey(a, "r2"));

    expect(await table.get(recipeKey(a, "r1"))).toMatchObject({ owner: "a" });
    expect(await table.get(recipeKey(a, "r2"))).toBeUndefined();
    expect(await table.get(recipeKey(b, "r2"))).toMatchObject({ owner: "b" });
    const seen = await table.query({ pk: recordPartition(a, "RECIPE"), limit: 100 });
    expect(seen.items.map(({ owner }) => owner)).toEqual(["a"]);
  });

  test("of many callers for one free place exactly one wins", async () => {
    const { table, pk } = subject();
    const callers = Array.from({ length: 25 }, (_, caller) => caller);

    const answers = await Promise.all(
      callers.map((caller) => table.put({ pk, sk: "place", caller }, { if: "absent" })),
    );

    const winners = callers.filter((caller) => answers[caller]?.ok);
    expect(winners).toHaveLength(1);
    expect(await table.get({ pk, sk: "place" })).toMatchObject({ caller: winners[0] });
    for (const answer of answers) {
      if (!answer.ok) expect(answer.problem).toMatchObject({ current: { caller: winners[0] } });
    }
  });

  test("of many callers for the place of an expired item exactly one wins, by put or by update", async () => {
    const { table, clock, pk } = subject();
    const dead = { caller: "dead", expiresAtEpochSeconds: nowEpochSeconds(clock) + 1 };
    await table.put({ pk, sk: "put", ...dead });
    await table.put({ pk, sk: "update", ...dead });
    clock.advance(1000);
    const callers = Array.from({ length: 12 }, (_, caller) => caller);

    const puts = await Promise.all(callers.map((caller) => table.put({ pk, sk: "put", caller }, { if: "absent" })));
    const updates = await Promise.all(
      callers.map((caller) => table.update({ pk, sk: "update" }, { set: { caller } }, { if: "absent" })),
    );

    expect(puts.filter(({ ok }) => ok)).toHaveLength(1);
    expect(updates.filter(({ ok }) => ok)).toHaveLength(1);
  });

  test("concurrent additions are all counted, also on an item that has expired", async () => {
    const { table, clock, pk } = subject();
    await table.put({ pk, sk: "count", n: 1000, expiresAtEpochSeconds: nowEpochSeconds(clock) + 1 });
    clock.advance(1000);
    const additions = Array.from({ length: 20 }, (_, index) => index + 1);

    await Promise.all(additions.map((n) => table.update({ pk, sk: "count" }, { add: { n } })));

    expect(await table.get({ pk, sk: "count" })).toMatchObject({ n: 210 });
  });

  test("of many callers for the last units below a bound only as many win as there are units", async () => {
    const { table, pk } = subject();
    const take = () => table.update({ pk, sk: "n" }, { add: { n: 1 } }, below(7));
    const below = (value: number): Condition => ({
      if: "any",
      of: [
        { if: "attribute_absent", attribute: "n" },
        { if: "below", attribute: "n", value },
      ],
    });

    const answers = await Promise.all(Array.from({ length: 20 }, take));

    expect(answers.filter(({ ok }) => ok)).toHaveLength(7);
    expect(await table.get({ pk, sk: "n" })).toMatchObject({ n: 7 });
  });
}

export function keepsLimits(subject: Subject): void {
  const filledTo = (bytes: number, pk: string): Item => {
    const bare = { pk, sk: "s", f: "", ä: -12.5, list: [{ k: "v" }, null] };
    return { ...bare, f: "x".repeat(bytes - itemBytes(bare)) };
  };

  test("an item of 400 KB is stored, one byte more is refused and told", async () => {
    const { table, pk } = subject();
    const whole = filledTo(ITEM_BYTES_MAX, pk);
    const over = filledTo(ITEM_BYTES_MAX + 1, pk);

    const stored = await table.put(whole);
    const refused = await table.put(over);

    expect(stored).toMatchObject({ ok: true });
    expect(refused).toEqual({
      ok: false,
      problem: { reason: "item_too_large", bytes: ITEM_BYTES_MAX + 1, bytesMax: ITEM_BYTES_MAX },
    });
    expect(await table.get(whole)).toEqual(whole);
  });

  test("an update that would make an item too large is refused and changes nothing", async () => {
    const { table, pk } = subject();
    const whole = filledTo(ITEM_BYTES_MAX, pk);
    await table.put(whole);

    const refused = await table.update({ pk, sk: "s" }, { set: { more: "x".repeat(100) } });

    expect(refused).toMatchObject({ ok: false, problem: { reason: "item_too_large", bytesMax: ITEM_BYTES_MAX } });
    expect(await table.get(whole)).toEqual(whole);
  });

  test("a query takes limits from 1 to its maximum and nothing else", async () => {
    const { table, pk } = subject();
    await table.put({ pk, sk: "s" });

    expect((await table.query({ pk, limit: QUERY_LIMIT_MAX })).items).toHaveLength(1);
    for (const limit of [0, -1, 1.5, Number.NaN, QUERY_LIMIT_MAX + 1]) {
      await expect(table.query({ pk, limit })).rejects.toMatchObject({ code: "key_malformed" });
    }
  });

  test("keys of 2048 and 1024 bytes are kept; longer, empty and malformed ones are faults everywhere", async () => {
    const { table, pk } = subject();
    const longest = { pk: `${pk}#`.padEnd(2048, "p"), sk: "é".repeat(512) };
    await table.put({ ...longest, n: 1 });
    expect(await table.get(longest)).toEqual({ ...longest, n: 1 });
    expect((await table.query({ pk: longest.pk, after: longest.sk, limit: 1 })).items).toEqual([]);

    for (const bad of [
      { pk: `${longest.pk}p`, sk: "s" },
      { pk, sk: `${longest.sk}s` },
      { pk: "", sk: "s" },
      { pk, sk: "" },
      { pk, sk: "\ud800" },
    ]) {
      await expect(table.put(bad)).rejects.toMatchObject({ code: "key_malformed" });
      await expect(table.get(bad)).rejects.toMatchObject({ code: "key_malformed" });
      await expect(table.update(bad, {})).rejects.toMatchObject({ code: "key_malformed" });
      await expect(table.delete(bad)).rejects.toMatchObject({ code: "key_malformed" });
    }
    for (const cursor of ["", "\udc00", "c".repeat(1025)]) {
      await expect(table.query({ pk, limit: 1, cursor })).rejects.toMatchObject({ code: "key_malformed" });
    }
  });

  test("numbers that DynamoDB can't hold, expiries that are no seconds, and bottomless values are faults", async () => {
    const { table, pk } = subject();
    const nested = (levels: number): Json => (levels === 0 ? 1 : [nested(levels - 1)]);

    const malformed: readonly Readonly<Record<string, Json>>[] = [
      { n: Number.NaN },
      { n: Number.POSITIVE_INFINITY },
      { n: 1e126 },
      { list: [{ deep: 1e-131 }] },
      { expiresAtEpochSeconds: 1.5 },
      { "": 1 },
      Object.fromEntries([["__proto__", 1]]),
      { deep: nested(33) },
    ];
    for (const bad of malformed) {
      await expect(table.put({ pk, sk: "s", ...bad })).rejects.toMatchObject({ code: "item_malformed" });
      await expect(table.update({ pk, sk: "s" }, { set: bad })).rejects.toMatchObject({ code: "item_malformed" });
    }
    expect(await table.put({ pk, sk: "deepest", deep: nested(31) })).toMatchObject({ ok: true });
    expect(await table.get({ pk, sk: "s" })).toBeUndefined();
  });
}

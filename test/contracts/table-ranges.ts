import { expect, test } from "vitest";
import { nowEpochSeconds } from "../../layers/core/ports/clock.ts";
import { type KeyRange, PAGE_BYTES_MAX, type Table } from "../../layers/core/ports/table.ts";
import type { Subject } from "./table-subject.ts";

export function readsRanges(subject: Subject): void {
  // In the order of their UTF-8 bytes: U+FFFD comes before U+1F600, though its UTF-16 unit is greater.
  const sorted = ["!", "#", "A", "a", "a\0", "a#1", "a#10", "a#2", "a$", "b", "é", "\u{FFFD}", "😀", "\u{10FFFF}"];
  const cases: [string, Omit<KeyRange, "pk" | "limit">, readonly string[]][] = [
    ["the whole partition", {}, sorted],
    ["the whole partition, backwards", { reverse: true }, sorted.toReversed()],
    ["a prefix", { prefix: "a#" }, ["a#1", "a#10", "a#2"]],
    ["a prefix, backwards", { prefix: "a#", reverse: true }, ["a#2", "a#10", "a#1"]],
    ["an empty prefix", { prefix: "" }, sorted],
    ["a prefix of the last code point", { prefix: "\u{10FFFF}" }, ["\u{10FFFF}"]],
    ["a prefix that nothing has", { prefix: "zz" }, []],
    ["what comes after a key", { after: "b" }, ["é", "\u{FFFD}", "😀", "\u{10FFFF}"]],
    ["what comes after a key that is not there", { after: "a#1x" }, sorted.slice(7)],
    ["what comes before a key", { before: "A" }, ["!", "#"]],
    ["what lies between two keys", { after: "A", before: "a#10" }, ["a", "a\0", "a#1"]],
    ["what lies between two keys, backwards", { after: "A", before: "a#10", reverse: true }, ["a#1", "a\0", "a"]],
    ["a prefix after a key", { prefix: "a#", after: "a#1" }, ["a#10", "a#2"]],
    ["a prefix before a key", { prefix: "a#", before: "a#2" }, ["a#1", "a#10"]],
    ["a prefix after a key that lies before it", { prefix: "a#", after: "A" }, ["a#1", "a#10", "a#2"]],
    ["a prefix after a key that lies behind it", { prefix: "a#", after: "b" }, []],
    [
      "a prefix between two keys, backwards",
      { prefix: "a", after: "a", before: "a#2", reverse: true },
      ["a#10", "a#1", "a\0"],
    ],
    ["nothing, since the ends are the same", { after: "a", before: "a" }, []],
    ["nothing, since the ends are crossed", { after: "b", before: "a" }, []],
    ["nothing, since nothing is before the empty key", { before: "" }, []],
    ["everything after the empty key", { after: "" }, sorted],
  ];
  let filled: string | undefined;

  test.each(cases)("a query reads %s", async (_, range, expected) => {
    const { table, pk: fresh } = subject();
    if (filled === undefined) {
      for (const sk of sorted.toReversed()) await table.put({ pk: fresh, sk, of: sk });
      await table.put({ pk: `${fresh}0`, sk: "a", of: "another partition" });
      filled = fresh;
    }
    const pk = filled;

    const page = await table.query({ pk, limit: 100, ...range });

    expect(page.items).toEqual(expected.map((sk) => ({ pk, sk, of: sk })));
    expect(await allKeys(table, { pk, limit: 1, ...range })).toEqual(expected);
    expect(await allKeys(table, { pk, limit: 2, ...range })).toEqual(expected);
  });

  test("a partition where nothing is gives an empty page that is the last", async () => {
    const { table, pk } = subject();

    expect(await table.query({ pk, limit: 1 })).toEqual({ items: [] });
  });
}

async function allKeys(table: Table, range: KeyRange, pagesMax = 400): Promise<string[]> {
  const keys: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < pagesMax; page++) {
    const { items, cursor: next } = await table.query({ ...range, ...(cursor === undefined ? {} : { cursor }) });
    expect(items.length).toBeLessThanOrEqual(range.limit);
    keys.push(...items.map(({ sk }) => sk));
    if (next === undefined) return keys;
    cursor = next;
  }
  throw new RangeError(`more than ${pagesMax} pages`);
}

export function keepsPages(subject: Subject): void {
  test("items put and deleted between two pages neither repeat nor hide the others", async () => {
    const { table, pk } = subject();
    for (const sk of ["b", "d", "f", "h"]) await table.put({ pk, sk });

    const first = await table.query({ pk, limit: 2 });
    await table.put({ pk, sk: "a" });
    await table.delete({ pk, sk: "d" });
    await table.put({ pk, sk: "e" });
    const rest = await allKeys(table, { pk, limit: 2, after: first.items.at(-1)?.sk ?? "" });
    const second = await table.query({ pk, limit: 10, cursor: first.cursor ?? "missing" });

    expect(first.items.map(({ sk }) => sk)).toEqual(["b", "d"]);
    expect(second.items.map(({ sk }) => sk)).toEqual(["e", "f", "h"]);
    expect(rest).toEqual(["e", "f", "h"]);
  });

  test("a cursor from another range shows nothing outside the range it is used in", async () => {
    const { table, pk } = subject();
    for (const sk of ["a#1", "a#2", "a#3", "b#1", "b#2"]) await table.put({ pk, sk });
    await table.put({ pk: `${pk}-other`, sk: "a#1" });
    await table.put({ pk: `${pk}-other`, sk: "a#9" });
    const ofB = (await table.query({ pk, prefix: "b#", limit: 1 })).cursor ?? "missing";
    const ofA = (await table.query({ pk, prefix: "a#", limit: 1 })).cursor ?? "missing";

    const pages = [
      await table.query({ pk, prefix: "a#", limit: 9, cursor: ofB }),
      await table.query({ pk, prefix: "b#", limit: 9, cursor: ofA }),
      await table.query({ pk, prefix: "b#", limit: 9, cursor: ofA, reverse: true }),
      await table.query({ pk: `${pk}-other`, limit: 9, cursor: ofA }),
    ];

    const keys = pages.map(({ items }) => items.map((item) => `${item.pk === pk ? "" : "other:"}${item.sk}`));
    expect(keys).toEqual([[], ["b#1", "b#2"], [], ["other:a#9"]]);
  });

  test("a page is cut where it grows past a megabyte, and its cursor goes on from there", async () => {
    const { table, pk } = subject();
    const keys = Array.from({ length: 12 }, (_, index) => `k${String(index).padStart(2, "0")}`);
    await Promise.all(keys.map((sk) => table.put({ pk, sk, filling: "x".repeat(150_000) })));

    const page = await table.query({ pk, limit: 100 });

    expect(page.items.length).toBeLessThan(9);
    expect(page.items.length * 150_000).toBeLessThan(PAGE_BYTES_MAX + 150_000);
    expect(page.cursor).toBeDefined();
    expect(await allKeys(table, { pk, limit: 100 })).toEqual(keys);
  });

  test("expired items take no place among the living", async () => {
    const { table, clock, pk } = subject();
    const expiresAtEpochSeconds = nowEpochSeconds(clock) + 1;
    for (const sk of ["a", "c", "e"]) await table.put({ pk, sk, expiresAtEpochSeconds });
    for (const sk of ["b", "d", "f"]) await table.put({ pk, sk });
    clock.advance(1000);

    expect(await allKeys(table, { pk, limit: 2 })).toEqual(["b", "d", "f"]);
    expect(await allKeys(table, { pk, limit: 1, reverse: true })).toEqual(["f", "d", "b"]);
  });
}

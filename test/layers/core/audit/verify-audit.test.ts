import fc from "fast-check";
import { expect, test } from "vitest";
import { HEAD_LAG_MAX } from "../../../../layers/core/audit/limits.ts";
import type { Item, Table } from "../../../../layers/core/ports/table.ts";
import { ok, refused } from "../../../../layers/core/result.ts";
import { sha256 } from "../../../../layers/node/sha256.ts";
import { actor, tenantParts } from "../../../fixtures/tenant-parts.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");
const partition = "TENANT#acme#AUDIT";
const headKey = { pk: "TENANT#acme#AUDIT-HEAD", sk: "HEAD" };

/** A log of two entries for each change. */
async function logOf(changeCount: number) {
  const parts = tenantParts();
  for (let index = 0; index < changeCount; index++) await changeOnce(parts, `change ${index}`);
  const { items } = await parts.table.query({ pk: partition, limit: 1_000 });
  return { ...parts, items };
}

async function changeOnce({ audit, clock }: ReturnType<typeof tenantParts>, name: string): Promise<void> {
  clock.advance(1_000);
  const target = { kind: "tenant", id: "acme" } as const;
  await audit.change(acme, { actor: actor(), action: "tenant.change", target, after: { name } }, async () => ok());
}

function keyOf(place: number) {
  return { pk: partition, sk: String(place).padStart(16, "0") };
}

/** The same item with one character of its text or its hash another. */
function withOther(item: Item, part: "entry" | "hash", at: number): Item {
  const text = String(item[part]);
  const place = at % text.length;
  const other = text[place] === "x" ? "y" : "x";
  return { ...item, [part]: `${text.slice(0, place)}${other}${text.slice(place + 1)}` };
}

async function moveAll(table: Table, items: readonly Item[], from: number): Promise<void> {
  for (const [index, item] of items.entries()) await table.put({ ...item, ...keyOf(from + index) });
}

test("a log that nobody touched is whole, and its end is told", async () => {
  const { audit, items } = await logOf(5);

  expect(await audit.verify(acme)).toEqual(ok({ seq: 10, hash: items[9]?.hash }));
});

test("any one character changed in any entry is found at that entry", async () => {
  const { audit, table, items } = await logOf(4);

  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: 7 }),
      fc.constantFrom("entry" as const, "hash" as const),
      fc.nat(),
      async (at, part, character) => {
        const item = items[at];
        if (item === undefined) return;
        await table.put(withOther(item, part, character));
        const verified = await audit.verify(acme);
        await table.put(item);
        expect(verified).toEqual(refused({ reason: "entry_changed", seq: at + 1 }));
      },
    ),
  );
  expect(await audit.verify(acme)).toMatchObject({ ok: true });
});

test("any entry written anew with a hash that fits it is found at the next, or by the head", async () => {
  const { audit, table, items } = await logOf(4);

  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 7 }), fc.string({ minLength: 1 }), async (at, name) => {
      const item = items[at];
      if (item === undefined) return;
      const entry = JSON.stringify({ ...JSON.parse(String(item.entry)), reason: name });
      await table.put({ ...item, entry, hash: sha256(entry) });
      const verified = await audit.verify(acme);
      await table.put(item);
      const found = at === 7 ? { reason: "mark_differs", seq: 8 } : { reason: "entry_misplaced", seq: at + 2 };
      expect(verified).toEqual(refused(found));
    }),
  );
});

test("any entry taken out is found, also where those after it move up, and so is an end cut off at any place", async () => {
  const { audit, table, items } = await logOf(4);

  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.constantFrom("gap", "closed", "cut"), async (seq, how) => {
      const last = how === "gap" ? seq : 8;
      for (let place = seq; place <= last; place++) await table.delete(keyOf(place));
      if (how === "closed") await moveAll(table, items.slice(seq), seq);
      const verified = await audit.verify(acme);
      await moveAll(table, items, 1);
      const reason = how === "closed" && seq < 8 ? "entry_misplaced" : "entry_missing";
      expect(verified).toEqual(refused({ reason, seq }));
    }),
  );
});

test("any two entries that changed places are found at the first of them", async () => {
  const { audit, table, items } = await logOf(4);

  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { minLength: 2, maxLength: 2 }), async (places) => {
      const [first = 1, second = 2] = places.toSorted();
      const [a, b] = [items[first - 1], items[second - 1]];
      if (a === undefined || b === undefined) return;
      await table.put({ ...b, ...keyOf(first) });
      await table.put({ ...a, ...keyOf(second) });
      const verified = await audit.verify(acme);
      await moveAll(table, items, 1);
      expect(verified).toEqual(refused({ reason: "entry_misplaced", seq: first }));
    }),
  );
});

test("an entry put in is found, and so is one of another tenant", async () => {
  const { audit, table, items } = await logOf(2);
  const [first] = items;
  if (first === undefined) throw new TypeError("the log is empty");
  await moveAll(table, [first, ...items], 1);
  expect(await audit.verify(acme)).toEqual(refused({ reason: "entry_misplaced", seq: 2 }));

  await moveAll(table, [...items, { ...first, ...keyOf(5) }], 1);
  expect(await audit.verify(acme)).toEqual(refused({ reason: "entry_misplaced", seq: 5 }));

  expect(await audit.verify(tenant("bar"))).toEqual(ok({ seq: 0, hash: "" }));
  await table.put({ ...first, pk: "TENANT#bar#AUDIT" });
  expect(await audit.verify(tenant("bar"))).toEqual(refused({ reason: "entry_misplaced", seq: 1 }));
});

test("an end that was cut off together with a head set back is found by a mark that was kept elsewhere", async () => {
  const { audit, table, items } = await logOf(3);
  const mark = await audit.verify(acme);
  await table.delete(keyOf(6));
  await table.put({ ...headKey, seq: 5, hash: String(items[4]?.hash) });

  expect(await audit.verify(acme)).toMatchObject({ ok: true, value: { seq: 5 } });
  expect(await audit.verify(acme, mark.ok ? [mark.value] : [])).toEqual(refused({ reason: "entry_missing", seq: 6 }));
  expect(await audit.verify(acme, [{ seq: 2, hash: "another" }])).toEqual(refused({ reason: "mark_differs", seq: 2 }));
});

test("a head may lag as writers that ended leave it, and no further", async () => {
  const parts = await logOf(HEAD_LAG_MAX / 2);
  await parts.table.delete(headKey);
  expect(await parts.audit.verify(acme)).toMatchObject({ ok: true, value: { seq: HEAD_LAG_MAX } });

  await changeOnce(parts, "one more");
  await parts.table.put({ ...headKey, seq: 1, hash: String(parts.items[0]?.hash) });

  expect(await parts.audit.verify(acme)).toEqual(refused({ reason: "head_behind", seq: 2 }));
});

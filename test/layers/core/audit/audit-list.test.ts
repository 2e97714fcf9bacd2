import { expect, test } from "vitest";
import type { AuditedChange } from "../../../../layers/core/audit/audit-entry.ts";
import type { AuditFilter } from "../../../../layers/core/audit/audit-list.ts";
import { AUDIT_PAGE_MAX } from "../../../../layers/core/audit/limits.ts";
import { ok, refused } from "../../../../layers/core/result.ts";
import { actor, tenantParts } from "../../../fixtures/tenant-parts.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");
const SECOND_MS = 1_000;

function change(name: string, subject = "ann"): AuditedChange {
  return {
    actor: actor({ subject }),
    action: "tenant.change",
    target: { kind: "tenant", id: "acme" },
    after: { name },
  };
}

/** A log with a change each second, by ann and bob in turn: 0 by ann, 1 by bob, ... */
async function logOf(count: number) {
  const parts = tenantParts();
  const startMs = parts.clock.nowMs();
  for (let index = 0; index < count; index++) {
    await parts.audit.change(acme, change(String(index), index % 2 === 0 ? "ann" : "bob"), async () => ok());
    parts.clock.advance(SECOND_MS);
  }
  const page = async (filter: AuditFilter) => {
    const listed = await parts.audit.list(acme, filter);
    if (!listed.ok) throw new TypeError(listed.problem.reason);
    const { records, cursor } = listed.value;
    return { names: records.map(({ after }) => after?.name), cursor };
  };
  /** All pages, one after another. */
  const pages = async (filter: AuditFilter) => {
    const read = [await page(filter)];
    while (read.at(-1)?.cursor !== undefined && read.length < 100) {
      read.push(await page({ ...filter, cursor: read.at(-1)?.cursor }));
    }
    return read.map(({ names }) => names);
  };
  return { ...parts, startMs, page, pages };
}

test("the last comes first, a page at a time, and no change comes twice", async () => {
  const { pages } = await logOf(7);

  expect(await pages({ limit: 3 })).toEqual([["6", "5", "4"], ["3", "2", "1"], ["0"]]);
});

test("a span of time holds what ended in it, its start included and its end not", async () => {
  const { page, startMs } = await logOf(10);
  const at = (second: number) => startMs + second * SECOND_MS;

  expect((await page({ fromEpochMs: at(3), beforeEpochMs: at(6) })).names).toEqual(["5", "4", "3"]);
  expect((await page({ beforeEpochMs: at(2) })).names).toEqual(["1", "0"]);
  expect((await page({ fromEpochMs: at(8) })).names).toEqual(["9", "8"]);
  expect((await page({ beforeEpochMs: at(0) })).names).toEqual([]);
  expect((await page({ beforeEpochMs: at(100), limit: 1 })).names).toEqual(["9"]);
  expect((await page({ fromEpochMs: at(100) })).names).toEqual([]);
});

test("a span of time is read by pages as well", async () => {
  const { pages, startMs } = await logOf(10);

  const span = { fromEpochMs: startMs + 2 * SECOND_MS, beforeEpochMs: startMs + 7 * SECOND_MS };

  expect((await pages({ ...span, limit: 2 })).flat()).toEqual(["6", "5", "4", "3", "2"]);
});

test("what one subject did is found among what others did", async () => {
  const { pages, page } = await logOf(9);

  expect(await pages({ subject: "bob", limit: 3 })).toEqual([["7", "5", "3"], ["1"]]);
  expect(await page({ subject: "nobody" })).toEqual({ names: [], cursor: undefined });
});

test("a page has an end, whatever is asked for", async () => {
  const { page } = await logOf(AUDIT_PAGE_MAX + 1);

  const first = await page({ limit: 1_000_000 });

  expect(first.names).toHaveLength(AUDIT_PAGE_MAX);
  expect((await page({ cursor: first.cursor })).names).toEqual(["0"]);
});

test("a change whose outcome stands on a later page is told there alone", async () => {
  const { audit, page } = await logOf(1);
  const work = Promise.withResolvers<void>();
  const first = audit.change(acme, change("long"), async () => ok(await work.promise));
  await new Promise(setImmediate);
  for (const name of ["a", "b", "c", "d"]) await audit.change(acme, change(name), async () => ok());
  expect((await page({})).names).toEqual(["d", "c", "b", "a", "long", "0"]);
  work.resolve();
  await first;

  const newest = await page({ limit: 3 });
  const older = await page({ cursor: newest.cursor });

  expect(newest.names).toEqual(["long", "d", "c"]);
  expect(older.names).toEqual(["b", "a", "0"]);
});

test("a cursor that is none is refused", async () => {
  const { audit } = await logOf(1);

  for (const cursor of ["", "0", "x", "-1", "1.5", "99999999999999999"]) {
    expect(await audit.list(acme, { cursor })).toEqual(refused({ reason: "cursor_malformed" }));
  }
});

test("an entry that can't be read is a fault", async () => {
  const { audit, table } = await logOf(1);
  await table.update({ pk: "TENANT#acme#AUDIT", sk: "0000000000000002" }, { set: { entry: "{" } });

  await expect(audit.list(acme, {})).rejects.toMatchObject({ code: "audit_entry_corrupt" });
});

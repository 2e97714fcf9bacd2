import { expect, test } from "vitest";
import type { AuditedChange } from "../../../../layers/core/audit/audit-entry.ts";
import { AuditLog } from "../../../../layers/core/audit/audit-log.ts";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { ok, refused } from "../../../../layers/core/result.ts";
import { sha256 } from "../../../../layers/node/sha256.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { seededChance } from "../../../fixtures/seeded-chance.ts";
import { actor, tenantParts } from "../../../fixtures/tenant-parts.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");
const bar = tenant("bar");

function renaming(name: string, given: Partial<AuditedChange> = {}): AuditedChange {
  return { actor: actor(), action: "tenant.change", target: { kind: "tenant", id: "acme" }, after: { name }, ...given };
}

const made = async () => ok("made");

/** What a reader sees, in short. */
async function told(audit: AuditLog, filter: Parameters<AuditLog["list"]>[1] = {}) {
  const listed = await audit.list(acme, filter);
  if (!listed.ok) throw new TypeError(listed.problem.reason);
  return listed.value.records.map(({ after, outcome }) => `${after?.name} ${outcome}`);
}

test("a change stands in the log before it is made, and then how it ended", async () => {
  const { audit, table } = tenantParts();
  let phasesBefore: unknown;

  const result = await audit.change(acme, renaming("New"), async (changeId) => {
    const { items } = await table.query({ pk: "TENANT#acme#AUDIT", limit: 10 });
    phasesBefore = items.map((item) => JSON.parse(String(item.entry)));
    return ok(changeId);
  });

  const changeId = result.ok ? result.value : "";
  expect(phasesBefore).toMatchObject([{ phase: "begun", seq: 1, changeId }]);
  const listed = await audit.list(acme, {});
  expect(listed).toMatchObject({ ok: true, value: { records: [{ seq: 2, changeId, outcome: "done" }] } });
});

test("a refused change tells why, and a fault its code and nothing else", async () => {
  const { audit } = tenantParts();
  const fault = new StoreFault("table", "put", { cause: new TypeError("sk_acme_secret") });

  await audit.change(acme, renaming("A"), async () => refused({ reason: "version_conflict", version: 3 }));
  const failed = audit.change(acme, renaming("B"), () => Promise.reject(fault));
  await expect(failed).rejects.toBe(fault);
  await expect(audit.change(acme, renaming("C"), () => Promise.reject("odd"))).rejects.toBe("odd");

  const listed = await audit.list(acme, {});
  expect(listed.ok && listed.value.records.map(({ outcome, reason }) => [outcome, reason])).toEqual([
    ["failed", "fault"],
    ["failed", "store_unavailable"],
    ["refused", "version_conflict"],
  ]);
});

test("where the log can't be written nothing is changed", async () => {
  const clock = manualClock();
  const table = memoryTable(clock);
  const fault = new StoreFault("table", "put", { cause: undefined });
  const { audit } = tenantParts({ clock, table: { ...table, put: () => Promise.reject(fault) } });
  let runCount = 0;

  const changed = audit.change(acme, renaming("New"), async () => {
    runCount += 1;
    return ok();
  });

  await expect(changed).rejects.toBe(fault);
  expect(runCount).toBe(0);
});

test("where the outcome can't be written the change still counts, the fault is told, and a reader learns that it is unknown", async () => {
  const clock = manualClock();
  const table = memoryTable(clock);
  const fault = new StoreFault("table", "put", { cause: undefined });
  let isFailing = false;
  const failing: Table = { ...table, put: (...given) => (isFailing ? Promise.reject(fault) : table.put(...given)) };
  const { audit, reports } = tenantParts({ clock, table: failing });

  const result = await audit.change(acme, renaming("New"), async () => {
    isFailing = true;
    return ok("made");
  });
  isFailing = false;

  expect(result).toEqual(ok("made"));
  expect(reports).toEqual([fault]);
  expect(await told(audit)).toEqual(["New unknown"]);
  await audit.change(acme, renaming("Newer"), made);
  expect(await told(audit)).toEqual(["Newer done", "New unknown"]);
  expect(await audit.verify(acme)).toMatchObject({ ok: true, value: { seq: 3 } });
});

test("each tenant has a log of its own", async () => {
  const { audit } = tenantParts();
  await audit.change(acme, renaming("A"), made);
  await audit.change(bar, renaming("B"), made);

  expect(await told(audit)).toEqual(["A done"]);
  expect(await audit.verify(bar)).toMatchObject({ ok: true, value: { seq: 2 } });
  expect(await audit.list(tenant("nobody"), {})).toEqual(ok({ records: [] }));
  expect(await audit.verify(tenant("nobody"))).toEqual(ok({ seq: 0, hash: "" }));
});

test("many changes at once make one chain, from one process as from several", async () => {
  const { audit, table, clock } = tenantParts();
  const deps = { table, clock, digest: sha256, report: () => {} };
  const others = [2, 3, 4].map((seed) => new AuditLog({ ...deps, chance: seededChance(seed) }));
  let isOver = false;
  const moving = (async () => {
    while (!isOver) {
      clock.advance(50);
      await new Promise(setImmediate);
    }
  })();

  const logs = [audit, ...others];
  await Promise.all(logs.flatMap((log, by) => [1, 2, 3].map((n) => log.change(acme, renaming(`${by}.${n}`), made))));
  isOver = true;
  await moving;

  expect(await audit.verify(acme)).toMatchObject({ ok: true, value: { seq: 24 } });
  expect(new Set(await told(audit)).size).toBe(12);
});

test("a clock that lags takes the time of the entry before", async () => {
  const { audit, clock } = tenantParts();
  await audit.change(acme, renaming("A"), made);
  const firstEpochMs = clock.nowMs();
  clock.advance(-60_000);

  await audit.change(acme, renaming("B"), made);

  const listed = await audit.list(acme, {});
  expect(listed.ok && listed.value.records.map(({ atEpochMs }) => atEpochMs)).toEqual([firstEpochMs, firstEpochMs]);
  expect(await audit.verify(acme)).toMatchObject({ ok: true });
});

test("a write that the store's client sent twice makes one entry", async () => {
  const clock = manualClock();
  const table = memoryTable(clock);
  const twice: Table = {
    ...table,
    put: async (...given) => {
      await table.put(...given);
      return table.put(...given);
    },
  };
  const { audit } = tenantParts({ clock, table: twice });

  await audit.change(acme, renaming("A"), made);

  expect(await audit.verify(acme)).toMatchObject({ ok: true, value: { seq: 2 } });
});

test("an entry that never finds its place is a fault, and nothing is changed", async () => {
  const { table, clock } = tenantParts();
  const taken: Table = { ...table, put: async () => refused({ reason: "condition_failed", current: undefined }) };
  const { audit } = tenantParts({ clock: { ...clock, sleep: async () => {} }, table: taken });

  await expect(audit.change(acme, renaming("A"), made)).rejects.toMatchObject({ code: "audit_contended" });
});

import { expect, test } from "vitest";
import { REFUSAL_WINDOW_MS, REFUSALS_MAX, REFUSALS_PER_TENANT_MAX } from "../../../../layers/core/audit/limits.ts";
import { RefusalCount, type RefusedRight } from "../../../../layers/core/audit/refusal-count.ts";
import { actor, tenantParts } from "../../../fixtures/tenant-parts.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");
const startMs = Date.UTC(2027, 0, 1);

function right(subject = "ann", given: Partial<RefusedRight> = {}): RefusedRight {
  return { actor: actor({ subject }), action: "tenant.close", target: { kind: "tenant", id: "acme" }, ...given };
}

test("the first refusal is told at once, and those of the minute after it together", () => {
  const refusals = new RefusalCount();

  expect(refusals.note(right(), startMs)).toEqual([{ ...right(), count: 1 }]);
  for (let index = 0; index < 1_000; index++) expect(refusals.note(right(), startMs + index)).toEqual([]);
  expect(refusals.takeOver(startMs + REFUSAL_WINDOW_MS - 1)).toEqual([]);

  expect(refusals.takeOver(startMs + REFUSAL_WINDOW_MS)).toEqual([{ ...right(), count: 1_000 }]);
  expect(refusals.takeAll()).toEqual([]);
});

test("each actor and each action is counted apart", () => {
  const refusals = new RefusalCount();
  const other = right("ann", { action: "member.change" });

  const told = [right(), right("bob"), other].flatMap((each) => refusals.note(each, startMs));

  expect(told.map(({ count }) => count)).toEqual([1, 1, 1]);
});

test("the next refusal tells those whose minute is over", () => {
  const refusals = new RefusalCount();
  refusals.note(right(), startMs);
  refusals.note(right(), startMs);

  const told = refusals.note(right("bob"), startMs + REFUSAL_WINDOW_MS);

  expect(told).toEqual([
    { ...right(), count: 1 },
    { ...right("bob"), count: 1 },
  ]);
});

test("a clock that was set back ends the minutes that it had begun", () => {
  const refusals = new RefusalCount();
  refusals.note(right(), startMs);
  refusals.note(right(), startMs);

  expect(refusals.takeOver(startMs - 3_600_000)).toEqual([{ ...right(), count: 1 }]);
});

test("a tenant's many subjects are told apart up to a limit, and counted together past it", () => {
  const refusals = new RefusalCount();

  const told = Array.from({ length: 1_000 }, (_, index) => refusals.note(right(`s${index}`), startMs)).flat();
  const rest = refusals.takeAll();

  expect(told).toHaveLength(REFUSALS_PER_TENANT_MAX + 1);
  expect(rest).toHaveLength(1);
  expect(rest[0]).toMatchObject({ actor: { tenantId: acme, subject: "(others)" }, action: "tenant.close" });
  expect([...told, ...rest].reduce((sum, { count }) => sum + count, 0)).toBe(1_000);
});

test("so many are counted at once in a process, and no refusal is lost to that", () => {
  const refusals = new RefusalCount();
  const tenants = Array.from({ length: REFUSALS_MAX + 10 }, (_, index) => tenant(`t-${index}`));

  const told = tenants.flatMap((tenantId) => {
    const each = right("ann", { actor: actor({ tenantId }) });
    return [...refusals.note(each, startMs), ...refusals.note(each, startMs)];
  });
  const rest = refusals.takeAll();

  expect(rest).toHaveLength(REFUSALS_MAX);
  expect([...told, ...rest].reduce((sum, { count }) => sum + count, 0)).toBe(2 * tenants.length);
});

test("a hostile caller's refusals are three entries in the log, of the caller's own tenant", async () => {
  const { audit, clock, table } = tenantParts();

  await audit.refused(right("mallory", { target: { kind: "tenant", id: "bar" } }));
  const later = Array.from({ length: 10_000 }, () => audit.refused(right("mallory")));
  clock.advance(REFUSAL_WINDOW_MS);
  await audit.flush("over");
  await audit.refused(right("mallory"));
  await audit.flush("all");

  expect(later.every((wait) => wait === undefined)).toBe(true);
  const listed = await audit.list(acme, { subject: "mallory" });
  expect(listed.ok && listed.value.records.map(({ outcome, count }) => [outcome, count])).toEqual([
    ["denied", 1],
    ["denied", 10_000],
    ["denied", 1],
  ]);
  expect((await table.query({ pk: "TENANT#bar#AUDIT", limit: 1 })).items).toEqual([]);
});

test("a refusal that can't be written is told to whoever runs the process, and not to the caller", async () => {
  const { table, clock } = tenantParts();
  const fault = new TypeError("full");
  const { audit, reports } = tenantParts({ clock, table: { ...table, put: () => Promise.reject(fault) } });

  await audit.refused(right());

  expect(reports).toEqual([fault]);
});

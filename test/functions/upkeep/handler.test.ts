import { expect, test } from "vitest";
import { upkeepWorks } from "../../../functions/upkeep/handler.ts";
import { usageHandler } from "../../../functions/usage/handler.ts";
import { FLEET_ACTOR } from "../../../layers/core/audit/audit-entry.ts";
import { Invoices } from "../../../layers/core/billing/invoices.ts";
import { INVOICE_FINAL_AFTER_MS } from "../../../layers/core/billing/limits.ts";
import { PlanHistory } from "../../../layers/core/billing/plan-history.ts";
import { planLimits } from "../../../layers/core/billing/price-plans.ts";
import { Connections } from "../../../layers/core/connection/connections.ts";
import { LASTING_GATEWAYS } from "../../../layers/core/connection/gateways.ts";
import { CONNECTION_LIFE_MS_MAX } from "../../../layers/core/connection/limits.ts";
import type { JobQueues } from "../../../layers/core/job/job-message.ts";
import { JobSchedules } from "../../../layers/core/job/job-schedules.ts";
import { Jobs } from "../../../layers/core/job/jobs.ts";
import { RESEND_MS } from "../../../layers/core/job/limits.ts";
import { CALL_DURATION_MS_MAX } from "../../../layers/core/quota/limits.ts";
import { TENANT_LIMITS } from "../../../layers/core/quota/tenant-limits.ts";
import { ok } from "../../../layers/core/result.ts";
import { ERASURE_GRACE_MS } from "../../../layers/core/tenant/limits.ts";
import type { TenantId } from "../../../layers/core/tenant/tenant-id.ts";
import { Tenants } from "../../../layers/core/tenant/tenants.ts";
import { UsageBook } from "../../../layers/core/usage/usage-book.ts";
import { NO_USAGE, type Usage } from "../../../layers/core/usage/usage-kind.ts";
import { usageMessage } from "../../../layers/core/usage/usage-message.ts";
import { userSessions } from "../../../layers/core/user-session/user-sessions.ts";
import { sha256 } from "../../../layers/node/sha256.ts";
import { principalOf } from "../../fixtures/principals.ts";
import { tenant } from "../../fixtures/tenants.ts";
import { aVisitor, callOf } from "../../fixtures/user-session-calls.ts";
import { upkeepParts } from "./upkeep-parts.ts";

const acme = tenant("acme");
const BAKE = { kind: "tool", title: "bake", input: { tool: "bake" }, submitter: principalOf({ role: "developer" }) };
const LOST: JobQueues["normal"] = { send: async () => ok({ id: "lost" }) };

async function subject() {
  const parts = upkeepParts();
  const { control, clock, chance, audit } = parts;
  const offer = { planLimits, toolkits: new Set<string>(), regions: new Set<string>() };
  const tenants = new Tenants({ table: control, clock, chance, audit, offer, changed: () => {} });
  const made = await tenants.create({ tenantId: acme, name: "Acme", plan: "team" }, { actor: FLEET_ACTOR });
  expect(made.ok).toBe(true);
  const works = upkeepWorks(parts);
  const run = (work: string) => works.get(work)?.({ untilEpochMs: clock.nowMs() + 60_000 });
  const { blob, quotas, jobs: where, region, report } = parts;
  const jobDeps = { ...where, table: parts.state, blob, quotas, clock, chance, region, report };
  const used = async (calls: number) => {
    const epochHour = Math.floor(clock.nowMs() / 3_600_000);
    const body = usageMessage([{ source: "p.0", seq: 1, epochHour, totals: { ...NO_USAGE, calls } }]);
    const handle = usageHandler({ table: parts.state, clock, region: parts.region });
    await handle({ id: "m", tenantId: acme, attempt: 1, receipt: "r", body });
  };
  return { ...parts, tenants, run, used, jobDeps };
}

test("what was used is summed up, billed with what is stored, and invoiced when the month is over", async () => {
  const { run, used, quotas, clock, state, control } = await subject();
  await quotas.take(acme, { quota: "objectBytes", amount: 500, limit: 1_000, countStored: async () => 500 });
  await used(3_000_000);
  await run("bill");
  clock.advance(300_000);
  const summed = await run("roll-up");
  clock.advance(Date.UTC(2027, 1, 1) + INVOICE_FINAL_AFTER_MS - clock.nowMs());

  const billed = await run("bill");

  expect([summed, billed]).toEqual([{ marksDone: 1, isFinished: true }, { isFinished: true }]);
  const plans = new PlanHistory(control, clock);
  const invoices = new Invoices({ table: control, clock, usage: new UsageBook(state), plans });
  expect(await invoices.list(acme)).toMatchObject([
    { number: "acme-2027-01", usage: { calls: 3_000_000, storageByteHours: 500 } },
  ]);
});

test("counts are brought back to what there is", async () => {
  const { run, quotas, clock } = await subject();
  await quotas.take(acme, { quota: "recipes", limit: 10, countStored: async () => 0 });
  clock.advance(CALL_DURATION_MS_MAX + 1);

  const reconciled = await run("reconcile");

  expect(reconciled).toEqual({ isFinished: true });
  expect((await quotas.uses(acme, TENANT_LIMITS)).recipes.used).toBe(0);
});

test("the places of user sessions that ended come back, also while others are begun", async () => {
  const { run, quotas, clock, chance, state } = await subject();
  const cache = { get: async () => undefined, set: async () => {}, delete: async () => {} };
  const sessions = userSessions({ table: state, cache, quotas, clock, chance });
  const visit = { visitor: aVisitor, sessionsMax: 100, signal: new AbortController().signal };
  for (let hour = 0; hour < 30; hour++) {
    await sessions.create(acme, visit);
    await run("reconcile");
    for (let minute = 0; minute < 60; minute += 10) {
      clock.advance(10 * 60_000);
      const id = await sessions.create(acme, visit);
      if (id.ok) await sessions.delete(acme, callOf(id.value.session.id));
    }
  }

  await run("reconcile");
  clock.advance(CALL_DURATION_MS_MAX);
  await run("reconcile");

  expect((await quotas.uses(acme, TENANT_LIMITS)).userSessions.used).toBe(23);
});

test("a deleted tenant is erased once its grace is over, with what it used", async () => {
  const { run, used, tenants, clock, state } = await subject();
  await used(5);
  await tenants.delete(acme, { actor: FLEET_ACTOR });
  await run("erase");
  const before = await tenants.get(acme);
  clock.advance(ERASURE_GRACE_MS + 1);

  const erased = await run("erase");

  expect(before).toMatchObject({ status: "deleted" });
  expect(erased).toEqual({ isFinished: true });
  expect(await tenants.get(acme)).toBeUndefined();
  expect(await state.query({ pk: "TENANT#acme#USAGE-SOURCE", limit: 10 })).toMatchObject({ items: [] });
});

test("a job whose message was lost is sent to its workers again", async () => {
  const { run, clock, sent, jobDeps } = await subject();
  const jobs = new Jobs({ ...jobDeps, queues: { normal: LOST, high: LOST } });
  const submitted = await jobs.submit(acme, { ...BAKE, priority: "high" });
  clock.advance(RESEND_MS + 1);

  const swept = await run("sweep-jobs");

  expect(swept).toMatchObject({ isFinished: true, sent: 1 });
  expect(sent.normal).toEqual([]);
  expect(sent.high.map((body) => JSON.parse(body).jobId)).toEqual([submitted.ok && submitted.value.job.jobId]);
});

test("a schedule has its jobs submitted, each once", async () => {
  const { run, clock, sent, jobDeps } = await subject();
  const schedules = new JobSchedules(jobDeps);
  const time = { by: "cron", cron: { expression: "35 9 * * *", zone: "UTC" } } as const;
  expect(await schedules.create(acme, { ...BAKE, time })).toMatchObject({ ok: true });
  clock.advance(4 * 60_000);

  await run("sweep-jobs");
  await run("sweep-jobs");

  expect(sent.normal).toHaveLength(1);
  expect(await new Jobs(jobDeps).list(acme, {})).toMatchObject({
    value: { jobs: [{ title: "bake", readyAtEpochMs: Date.UTC(2027, 0, 15, 9, 35) }] },
  });
});

test("a place of a job that was never made comes back", async () => {
  const { run, clock, quotas } = await subject();
  await quotas.take(acme, { quota: "jobsInFlight", limit: 10, countStored: async () => 0 });
  clock.advance(CALL_DURATION_MS_MAX + 1);

  await run("reconcile");

  expect((await quotas.uses(acme, TENANT_LIMITS)).jobsInFlight.used).toBe(0);
});

test("a connection that nobody has closed is off the record once it is over, metered, and its place is free", async () => {
  const { tenants, ...parts } = await subject();
  const { state: table, clock, quotas, report } = parts;
  const seconds: unknown[] = [];
  const meter = { record: (_: TenantId, usage: Usage) => void seconds.push(usage.connectionSeconds) };
  const connections = new Connections({
    ...{ table, clock, quotas, meter, report },
    digest: sha256,
    gateways: LASTING_GATEWAYS,
  });
  const draft = { connectionId: "c1", gateway: "eu-west-1", protocol: "skein.v1", principal: principalOf() } as const;
  await connections.open(draft, { connectionsMax: 10 });
  clock.advance(CONNECTION_LIFE_MS_MAX);

  await upkeepWorks({ ...parts, connections }).get("reconcile")?.({ untilEpochMs: Number.POSITIVE_INFINITY });
  clock.advance(CALL_DURATION_MS_MAX);
  await upkeepWorks({ ...parts, connections }).get("reconcile")?.({ untilEpochMs: Number.POSITIVE_INFINITY });

  expect((await quotas.uses(acme, TENANT_LIMITS)).connections.used).toBe(0);
  expect(seconds).toEqual([CONNECTION_LIFE_MS_MAX / 1_000]);
});

import { rm } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { parseJobId } from "../../../layers/core/job/job-id.ts";
import { jobMessageBody } from "../../../layers/core/job/job-message.ts";
import { Jobs } from "../../../layers/core/job/jobs.ts";
import { JOB_LEASE_MS, RESEND_MS, SWEEP_EVERY_MS } from "../../../layers/core/job/limits.ts";
import { CALL_DURATION_MS_MAX } from "../../../layers/core/quota/limits.ts";
import { Quotas } from "../../../layers/core/quota/quotas.ts";
import { TENANT_LIMITS } from "../../../layers/core/quota/tenant-limits.ts";
import type { TenantId } from "../../../layers/core/tenant/tenant-id.ts";
import { LOCK_WAIT_MAX_MS } from "../../../layers/local/sqlite-file.ts";
import { systemChance } from "../../../layers/node/system-chance.ts";
import { fastClock } from "../../fixtures/fast-clock.ts";
import { JobProcess } from "../../fixtures/job-fleet.ts";
import { openJobFolder, queueFile, tableFile } from "../../fixtures/job-folder.ts";
import { jobTrail, wrongIn } from "../../fixtures/job-trail.ts";
import { seededChance } from "../../fixtures/seeded-chance.ts";
import { testFolder } from "../../fixtures/temporary-folder.ts";
import { tenant } from "../../fixtures/tenants.ts";

/** A lease of 30 s lasts a second and a half, and the sweeper comes every three seconds. */
const TIMES = 20;
const PATIENCE_MS = 120_000;
const POLL_MS = 20;
/** What a busy machine takes to start two processes and to run what they are sent. */
const SLACK_MS = 15_000;
const ROUNDS = 10;
const ORDERS_A_ROUND = 200;
/** Less than a write waits for its turn. */
const PAUSE_MS_MAX = LOCK_WAIT_MAX_MS - 500;

/** A data folder with a trail of all that is stored, and processes on it. */
async function workshop(tenants: readonly TenantId[], seed: number) {
  const folder = await testFolder();
  const time = { startMs: Date.now(), times: TIMES };
  const clock = fastClock(time);
  const report = (fault: unknown): never => expect.unreachable(String(fault));
  const { deps, queue, close } = await openJobFolder(folder, { clock, chance: systemChance(), report });
  onTestFinished(close);
  const trail = jobTrail(tableFile(folder));
  onTestFinished(() => trail.close());
  const jobs = new Jobs(deps);
  const acknowledged = new Map<number, string>();
  const chance = seededChance(seed);
  const tenantOf = (order: number): TenantId => tenants[order % tenants.length] ?? tenant("nobody");
  const all: JobProcess[] = [];
  onTestFinished(async () => {
    for (const one of all) one.goOn();
    await Promise.all(all.map((one) => one.kill()));
  });
  return {
    folder,
    clock,
    queue,
    trail,
    chance,
    acknowledged,
    all,
    tenantOf,
    async start(): Promise<JobProcess> {
      const process = new JobProcess({ place: { folder }, time, seed: chance.integer(1e9), acknowledged });
      all.push(process);
      await process.ready;
      return process;
    },
    openJobs: () => sumOf(tenants, (one) => jobs.openJobs(one)),
    /** What is taken of the quota, before and after a repair: places of submitters who died come back by it alone. */
    async placesTaken(): Promise<readonly [before: number, after: number]> {
      const later = { ...clock, nowMs: () => clock.nowMs() + CALL_DURATION_MS_MAX };
      const taken = () => sumOf(tenants, async (one) => (await deps.quotas.uses(one, TENANT_LIMITS)).jobsInFlight.used);
      const before = await taken();
      for (const now of [clock, later]) {
        const quotas = new Quotas({ table: deps.table, clock: now });
        for (const one of tenants) await quotas.reconcile(one, { jobsInFlight: (of) => jobs.openJobs(of) });
      }
      return [before, await taken()];
    },
  };
}

async function sumOf<T>(all: readonly T[], countOf: (one: T) => Promise<number>): Promise<number> {
  return (await Promise.all(all.map(countOf))).reduce((sum, count) => sum + count, 0);
}

type Workshop = Awaited<ReturnType<typeof workshop>>;

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAtMs = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > giveUpAtMs) expect.unreachable(`waited in vain until ${what}`);
    await pause(POLL_MS);
  }
}

/** Sends a message of a job once more. */
async function repeatMessage({ queue, clock, tenantOf }: Workshop, order: number, raw: string, delaySeconds: number) {
  const jobId = parseJobId(raw);
  if (!jobId.ok) return expect.unreachable(raw);
  const body = jobMessageBody({ jobId: jobId.value, readyAtEpochMs: clock.nowMs() });
  await queue.send(tenantOf(order), { body, delaySeconds });
}

/**
 * Stops a process until another has run a job that it had and left its effect, and waits until the first has left all that
 * it had. What it still wanted to write was refused then; not always: one that is stopped amid a write keeps all others
 * from writing, and goes on before they give up.
 */
async function pauseBeyondLease(victim: JobProcess, shop: Workshop): Promise<void> {
  await until("it runs something", () => victim.running.length > 0);
  victim.pause();
  const held = victim.running;
  const orders = new Map([...shop.acknowledged].map(([order, jobId]) => [jobId, order]));
  const copies = held.flatMap(({ jobId }) => {
    const order = orders.get(jobId);
    return order === undefined ? [] : [repeatMessage(shop, order, jobId, JOB_LEASE_MS / 1_000 + 1)];
  });
  const goOnAtMs = performance.now() + PAUSE_MS_MAX;
  const isTaken = () => held.some(({ jobId, term }) => shop.trail.effectTermOf(jobId) > term);
  while (performance.now() < goOnAtMs && !isTaken()) await pause(POLL_MS);
  victim.goOn();
  await Promise.all(copies);
  await until("it has left what it had", () => !held.some((run) => victim.running.includes(run)));
}

test("of 2,000 jobs or more in three processes that are killed and paused, with messages twice and out of order, each ends once and has its effect once", async () => {
  const shop = await workshop(["acme", "beta", "gamma"].map(tenant), 20_261_121);
  const { chance, acknowledged, all, tenantOf, trail } = shop;
  const alive = await Promise.all([shop.start(), shop.start(), shop.start()]);
  const someone = (): number => chance.integer(alive.length);
  const refusals = (): number => all.reduce((sum, one) => sum + one.refusals, 0);

  let orders = 0;
  for (let round = 0; round < ROUNDS || refusals() === 0; round++) {
    for (const first = orders; orders < first + ORDERS_A_ROUND; orders++) {
      alive[someone()]?.submit(tenantOf(orders), orders);
    }
    const known = [...acknowledged];
    for (let copy = 0; copy < 30 && known.length > 0; copy++) {
      const [of, jobId] = known[chance.integer(known.length)] ?? [0, ""];
      await repeatMessage(shop, of, jobId, chance.integer(5));
    }
    const at = someone();
    const victim = alive[at];
    if (victim === undefined) continue;
    if (round % 4 === 3 || (round > 3 && refusals() === 0)) await pauseBeyondLease(victim, shop);
    else if (round % 2 === 0) {
      await until("it runs something", () => victim.running.length > 0);
      await victim.kill();
      alive[at] = await shop.start();
    }
  }
  await until("every order was acknowledged", () => {
    const open = Array.from({ length: orders }, (_, order) => order).filter((order) => !acknowledged.has(order));
    for (const order of open) alive[someone()]?.submit(tenantOf(order), order);
    return pause(500, open.length === 0);
  });
  await until("nothing is open", async () => (await shop.openJobs()) === 0);

  const lines = trail.lines();
  const runAgain = lines.filter(({ of, term }) => of === "job" && term > 1);
  expect(wrongIn(lines, { orders, acknowledged })).toEqual([]);
  expect(new Set(runAgain.map(({ jobId }) => jobId)).size).toBeGreaterThan(0);
  const [before, after] = await shop.placesTaken();
  expect(before).toBeGreaterThanOrEqual(0);
  expect(after).toBe(0);
}, 240_000);

test("of a queue that is thrown away the sweeper brings back every job that has not ended, within its interval", async () => {
  const shop = await workshop(["acme", "beta"].map(tenant), 7);
  const { acknowledged, trail, clock, folder, tenantOf } = shop;
  let orders = 0;
  do {
    const some = await Promise.all([shop.start(), shop.start()]);
    for (const first = orders; orders < first + 600; orders++) some[orders % 2]?.submit(tenantOf(orders), orders);
    await until("all are acknowledged", () => acknowledged.size === orders);
    await Promise.all(some.map((one) => one.kill()));
  } while ((await shop.openJobs()) === 0);
  await shop.queue.close();

  await Promise.all(["", "-wal", "-shm", "-bell"].map((end) => rm(`${queueFile(folder)}${end}`, { force: true })));
  const lostAtMs = clock.nowMs();
  await Promise.all([shop.start(), shop.start()]);
  await until("nothing is open", async () => (await shop.openJobs()) === 0);
  const tookMs = clock.nowMs() - lostAtMs;

  expect(wrongIn(trail.lines(), { orders, acknowledged })).toEqual([]);
  expect(tookMs).toBeLessThan(RESEND_MS + SWEEP_EVERY_MS + SLACK_MS * TIMES);
}, 240_000);

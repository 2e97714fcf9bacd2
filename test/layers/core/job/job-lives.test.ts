import { expect, test } from "vitest";
import type { Job } from "../../../../layers/core/job/job.ts";
import { isEnd, openQuestions } from "../../../../layers/core/job/job.ts";
import type { JobId } from "../../../../layers/core/job/job-id.ts";
import type { Jobs } from "../../../../layers/core/job/jobs.ts";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { CALL_DURATION_MS_MAX } from "../../../../layers/core/quota/limits.ts";
import { TENANT_LIMITS } from "../../../../layers/core/quota/tenant-limits.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import { type Harm, NO_HARM } from "../../../fixtures/fate.ts";
import { anOrder } from "../../../fixtures/job-bench.ts";
import { tenant } from "../../../fixtures/tenants.ts";
import { jobWorld, type Life, type World } from "./job-world.ts";
import { effectKey, handlersIn, KINDS } from "./lively-handlers.ts";

const MINUTE_MS = 60_000;
const TENANTS = [tenant("acme"), tenant("bolt")];
const JOBS_IN_FLIGHT = 12;

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const CLIENTS = 60;
const TICK = "tick";
const EVERY_OTHER_MINUTE = { by: "cron", cron: { expression: "*/2 * * * *", zone: "UTC" } } as const;

const HARM: Harm = {
  deathPermille: 15,
  pausePermille: 6,
  faultPermille: 10,
  lossPermille: 150,
  twicePermille: 150,
  clockDifferenceMs: 20_000,
  pauseMsMax: 300_000,
};

/** What was acknowledged to clients. */
interface Acknowledged {
  readonly tenantId: TenantId;
  readonly jobId: JobId;
  readonly key: string | undefined;
}

interface Run {
  readonly world: World;
  readonly acknowledged: Acknowledged[];
  /** Of the clients' side. */
  lives: Life[];
  clientsLeft: number;
}

/** Runs a role for ever, in one process after the other. */
async function role(world: World, live: (life: Life) => Promise<void>): Promise<void> {
  for (;;) {
    const life = world.start();
    void live(life);
    await life.died;
    await world.clock.sleep(world.chance.integer(20_000));
  }
}

async function workIn(world: World, life: Life): Promise<void> {
  const worker = life.worker(handlersIn(world, life));
  const take = async (): Promise<void> => {
    for (;;) {
      await life.clock.sleep(200 + world.chance.integer(400));
      const visible = world.waiting.filter(({ visibleAtMs }) => visibleAtMs <= world.clock.nowMs());
      const message = visible[world.chance.integer(Math.max(1, visible.length))];
      if (message === undefined) {
        await life.clock.sleep(world.chance.integer(10_000));
        continue;
      }
      message.visibleAtMs = world.clock.nowMs() + 5_000 + world.chance.integer(60_000);
      message.attempt++;
      await taken(message);
    }
  };
  const taken = async (message: World["waiting"][number]): Promise<void> => {
    try {
      const deadlineEpochMs = life.clock.nowMs() + 20_000 + world.chance.integer(100_000);
      const taking = await worker.take(message, { deadlineEpochMs });
      if (taking.message === "later") message.visibleAtMs = world.clock.nowMs() + taking.afterSeconds * 1_000;
      else if (!world.happens(world.harm.lossPermille)) world.waiting.splice(world.waiting.indexOf(message), 1);
    } catch (fault) {
      if (!(fault instanceof StoreFault)) world.history.violate(String(fault));
    }
  };
  await Promise.all([take(), take(), take()]);
}

async function sweepIn(world: World, life: Life): Promise<void> {
  for (;;) {
    try {
      await life.sweep.run({ untilEpochMs: life.clock.nowMs() + 50_000 });
    } catch (fault) {
      if (!(fault instanceof StoreFault)) world.history.violate(String(fault));
    }
    await life.clock.sleep(MINUTE_MS);
  }
}

/** Undefined where the process died or the store failed: then nobody knows. */
async function asked<T>(run: Run, ask: (jobs: Jobs) => Promise<T>): Promise<T | undefined> {
  const { world } = run;
  const place = world.chance.integer(run.lives.length);
  let life = run.lives[place];
  if (life === undefined || life.isDead()) {
    life = world.start();
    run.lives[place] = life;
  }
  try {
    const answer = await Promise.race([ask(life.jobs), life.died]);
    return answer === "died" ? undefined : answer;
  } catch (fault) {
    if (!(fault instanceof StoreFault)) world.history.violate(String(fault));
    return undefined;
  }
}

async function client(run: Run, number: number): Promise<void> {
  const { world } = run;
  const { chance } = world;
  await world.clock.sleep(chance.integer(20 * MINUTE_MS));
  const tenantId = TENANTS[number % TENANTS.length] ?? tenant("acme");
  // Two clients may come with one key at once.
  const key = chance.happens(60) ? `key-${chance.happens(30) ? number - TENANTS.length : number}` : undefined;
  const delayMs = chance.happens(20) ? chance.integer(20 * MINUTE_MS) : 0;
  const kind = KINDS[chance.integer(KINDS.length)] ?? "quick";
  const order = anOrder({
    kind,
    delayMs,
    attemptsMax: 1 + chance.integer(10),
    ...(key !== undefined && { idempotencyKey: key }),
  });
  for (let attempt = 1; attempt <= 200; attempt++) {
    const submit = async () => {
      const answer = await asked(run, (jobs) => jobs.submit(tenantId, order));
      if (answer?.ok === true) run.acknowledged.push({ tenantId, jobId: answer.value.job.jobId, key });
      return answer;
    };
    // Some don't wait for the first answer before they ask elsewhere.
    const isHasty = key !== undefined && chance.happens(50);
    const submitted = await (isHasty ? Promise.any([submit(), submit()]) : submit());
    if (submitted?.ok === true) {
      await followUp(run, tenantId, submitted.value.job.jobId);
      break;
    }
    if (submitted === undefined && key === undefined) break;
    await world.clock.sleep(5_000 + chance.integer(20_000));
  }
  run.clientsLeft--;
}

async function followUp(run: Run, tenantId: TenantId, jobId: JobId): Promise<void> {
  const { world } = run;
  if (world.chance.happens(15)) {
    await world.clock.sleep(world.chance.integer(MINUTE_MS));
    await asked(run, (jobs) => jobs.cancel(tenantId, jobId));
  }
  for (let look = 1; look <= 400; look++) {
    const job = await asked(run, (jobs) => jobs.changeOf(tenantId, jobId, { since: 0, timeoutMs: 10_000 }));
    if (job?.state === "waiting") await asked(run, (jobs) => jobs.answer(tenantId, jobId, someAnswers(job, world)));
    else if (job?.state === "failed" && world.chance.happens(50)) await redrive(run, { tenantId, jobId });
    else if (job !== undefined && isEnd(job.state)) return;
    await world.clock.sleep(world.chance.integer(30_000));
  }
}

function someAnswers(job: Job, world: World) {
  const open = Object.keys(openQuestions(job));
  const given = world.chance.happens(50) ? open : open.slice(0, 1);
  return Object.fromEntries(given.map((key) => [key, "!"]));
}

async function redrive(run: Run, { tenantId, jobId }: Pick<Job, "tenantId" | "jobId">): Promise<void> {
  const drive = () => asked(run, (jobs) => jobs.redrive(tenantId, jobId));
  await Promise.any([drive(), drive()]);
}

async function lived(seed: number): Promise<Run> {
  const world = jobWorld({ seed, jobsInFlight: JOBS_IN_FLIGHT });
  for (const tenantId of TENANTS) {
    const { kind, input, submitter } = anOrder({ kind: "quick" });
    void world.start().schedules.create(tenantId, { kind, title: TICK, input, submitter, time: EVERY_OTHER_MINUTE });
  }
  const run: Run = { world, acknowledged: [], lives: [], clientsLeft: CLIENTS };
  const startMs = world.clock.nowMs();
  await world.clock.runUntil(startMs + 1_000);
  world.harm = HARM;
  run.lives = [world.start(), world.start(), world.start()];
  for (let worker = 1; worker <= 3; worker++) void role(world, (life) => workIn(world, life));
  for (let sweeper = 1; sweeper <= 2; sweeper++) void role(world, (life) => sweepIn(world, life));
  for (let number = 0; number < CLIENTS; number++) void client(run, number);
  // The dead region: all that the queue held is gone.
  for (const minute of [10, 20, 30]) {
    await world.clock.runUntil(startMs + minute * MINUTE_MS);
    world.waiting.length = 0;
  }
  world.harm = NO_HARM;
  for (const tenantId of TENANTS) void windUp(world, tenantId);
  await world.clock.runUntil(
    startMs + 36 * 60 * MINUTE_MS,
    () => run.clientsLeft === 0 && world.history.openEntries() === 0,
  );
  return run;
}

/** No schedule goes on, and jobs whose client never learnt of them get their answers. */
async function windUp(world: World, tenantId: TenantId): Promise<void> {
  const { clock, jobs, schedules } = world.start();
  for (const { scheduleId } of await schedules.list(tenantId)) await schedules.remove(tenantId, scheduleId);
  for (let round = 1; round <= 100; round++) {
    const listed = await jobs.list(tenantId, { state: "waiting", limit: 100 });
    const waiting = listed.ok ? listed.value.jobs : [];
    for (const job of waiting) await jobs.answer(tenantId, job.jobId, someAnswers(job, world));
    await clock.sleep(MINUTE_MS);
  }
}

/**
 * Counts several times, a call's longest time apart and as much longer as clocks differ: a place that was given back while it
 * was counted comes back with the next count.
 */
async function usedAfterRepair({ world }: Run, tenantId: TenantId): Promise<number> {
  const { jobs } = world.start();
  const counters = { jobsInFlight: (of: TenantId) => jobs.openJobs(of) };
  for (let round = 1; round <= 4; round++) {
    const repaired = world.quotas.reconcile(tenantId, counters);
    await world.clock.runUntil(world.clock.nowMs() + CALL_DURATION_MS_MAX + HARM.clockDifferenceMs);
    await repaired;
  }
  return (await world.quotas.uses(tenantId, TENANT_LIMITS)).jobsInFlight.used;
}

test.each(SEEDS)(
  "whatever dies, is lost, comes twice or late: every acknowledged job ends once, its effect is what its end says (seed %i)",
  async (seed) => {
    const run = await lived(seed);
    const { world, acknowledged } = run;
    const { history } = world;

    expect(history.violations).toEqual([]);
    expect(history.openEntries()).toBe(0);
    for (const { tenantId, jobId } of acknowledged) {
      const last = history.jobs.get(jobId);
      expect([jobId, last?.state]).toEqual([jobId, expect.stringMatching(/^(succeeded|failed|cancelled)$/)]);
      await expectEffect(history.table, { tenantId, jobId });
    }
    for (const [jobId, { state, drive }] of history.jobs)
      if (state !== "void" && drive === 1) expect([jobId, history.endings.get(jobId)]).toEqual([jobId, 1]);
    const keyed = acknowledged.filter(({ key }) => key !== undefined);
    const jobsOfKeys = new Set(keyed.map(({ tenantId, key, jobId }) => `${tenantId} ${key} ${jobId}`));
    expect(jobsOfKeys.size).toBe(new Set(keyed.map(({ tenantId, key }) => `${tenantId} ${key}`)).size);
    const ticks = history.made.filter((name) => name.includes(` ${TICK} `));
    expect(ticks.length).toBeGreaterThan(5);
    expect(new Set(ticks).size).toBe(ticks.length);
    const states = acknowledged.map(({ jobId }) => history.jobs.get(jobId)?.state);
    for (const tenantId of TENANTS) {
      expect((await world.quotas.uses(tenantId, TENANT_LIMITS)).jobsInFlight.used).toBeGreaterThanOrEqual(0);
      expect(await usedAfterRepair(run, tenantId)).toBe(0);
    }
    expect(world.deaths).toBeGreaterThan(10);
    expect(states.filter((state) => state === "succeeded").length).toBeGreaterThan(10);
  },
);

async function expectEffect(table: Table, { tenantId, jobId }: { readonly tenantId: TenantId; readonly jobId: JobId }) {
  const job = await table.get({ pk: `TENANT#${tenantId}#JOB`, sk: jobId });
  if (job?.state !== "succeeded") return;
  const effect = await table.get(effectKey({ tenantId, jobId }));
  expect([jobId, { text: JSON.stringify(effect?.token) }, effect?.writtenInTerm]).toEqual([
    jobId,
    job.result,
    job.term,
  ]);
}

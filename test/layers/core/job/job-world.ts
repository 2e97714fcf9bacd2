import type { JobDeps } from "../../../../layers/core/job/job-parts.ts";
import type { JobHandler } from "../../../../layers/core/job/job-run.ts";
import { JobSchedules } from "../../../../layers/core/job/job-schedules.ts";
import { JobSweep } from "../../../../layers/core/job/job-sweep.ts";
import { JobWorker } from "../../../../layers/core/job/job-worker.ts";
import { Jobs } from "../../../../layers/core/job/jobs.ts";
import type { Blob } from "../../../../layers/core/ports/blob.ts";
import type { Clock } from "../../../../layers/core/ports/clock.ts";
import type { Queue } from "../../../../layers/core/ports/queue.ts";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { Quotas } from "../../../../layers/core/quota/quotas.ts";
import { TENANT_LIMITS } from "../../../../layers/core/quota/tenant-limits.ts";
import { ok } from "../../../../layers/core/result.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import { type EventClock, eventClock } from "../../../fixtures/event-clock.ts";
import { type Away, type FatedWorld, fateIn, harmedTable, NO_HARM } from "../../../fixtures/fate.ts";
import { memoryBlob } from "../../../fixtures/memory-blob.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { policyOf } from "../../../fixtures/principals.ts";
import { seededChance } from "../../../fixtures/seeded-chance.ts";
import { type JobHistory, jobHistory } from "./job-history.ts";

export interface Waiting {
  readonly tenantId: TenantId;
  readonly body: string;
  visibleAtMs: number;
  attempt: number;
}

/** What the processes of a fleet share, and what outlives them. */
export interface World extends FatedWorld {
  readonly clock: EventClock;
  readonly history: JobHistory;
  readonly quotas: Quotas;
  /** The messages that wait; a receiver hides them for a while. */
  readonly waiting: Waiting[];
  start(): Life;
}

/** One process, until it dies: from then on nothing in it goes on. */
export interface Life {
  readonly clock: Clock;
  readonly jobs: Jobs;
  readonly sweep: JobSweep;
  readonly schedules: JobSchedules;
  /** For effects that jobs have. */
  readonly table: Table;
  worker(handlers: Readonly<Record<string, JobHandler>>): JobWorker;
  readonly died: Promise<"died">;
  isDead(): boolean;
}

export function jobWorld({ seed, jobsInFlight }: { readonly seed: number; readonly jobsInFlight: number }): World {
  const clock = eventClock();
  const chance = seededChance(seed);
  const history = jobHistory(memoryTable(clock), { jobsInFlight });
  const stores = { control: memoryTable(clock), blob: memoryBlob(), jobsInFlight };
  const world: World = {
    clock,
    chance,
    history,
    quotas: new Quotas({ table: stores.control, clock }),
    waiting: [],
    harm: NO_HARM,
    deaths: 0,
    happens: (permille) => chance.integer(1_000) < permille,
    start: () => lifeIn(world, stores),
  };
  return world;
}

interface Stores {
  readonly control: Table;
  readonly blob: Blob;
  readonly jobsInFlight: number;
}

function lifeIn(world: World, { control, blob, jobsInFlight }: Stores): Life {
  const fate = fateIn(world);
  const { clock } = fate;
  const table = harmedTable(world.history.table, fate.away);
  const send = sendIn(world, fate.away);
  const limits = { ...TENANT_LIMITS, jobsInFlight };
  const deps: JobDeps = {
    table,
    blob,
    queues: { high: { send }, normal: { send } },
    quotas: new Quotas({ table: harmedTable(control, fate.away), clock }),
    policies: { policyOf: (tenantId) => policyOf(tenantId, { limits }) },
    clock,
    chance: world.chance,
    region: "here",
    report(fault) {
      const isMeant = fault instanceof Error && "code" in fault && fault.code === "flaky";
      if (!isMeant && !(fault instanceof StoreFault)) world.history.violate(String(fault));
    },
  };
  return {
    clock,
    table,
    jobs: new Jobs(deps),
    sweep: new JobSweep(deps),
    schedules: new JobSchedules(deps),
    worker: (handlers) => new JobWorker({ ...deps, handlers: new Map(Object.entries(handlers)) }),
    died: fate.died,
    isDead: fate.isDead,
  };
}

function sendIn(world: World, away: Away): Queue["send"] {
  return (tenantId, { body, delaySeconds = 0 }) =>
    away("queue", async () => {
      const { lossPermille, twicePermille } = world.harm;
      const copies = world.happens(lossPermille) ? 0 : world.happens(twicePermille) ? 2 : 1;
      for (let copy = 1; copy <= copies; copy++) {
        const lateMs = twicePermille === 0 ? 0 : world.chance.integer(3_000);
        const visibleAtMs = world.clock.nowMs() + delaySeconds * 1_000 + lateMs;
        world.waiting.push({ tenantId, body, visibleAtMs, attempt: 0 });
      }
      return ok({ id: "1" });
    });
}

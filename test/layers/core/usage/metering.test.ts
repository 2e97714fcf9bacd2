import { expect, test } from "vitest";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import { epochHourOf, monthText } from "../../../../layers/core/usage/hour.ts";
import { Meter } from "../../../../layers/core/usage/meter.ts";
import { UsageBook } from "../../../../layers/core/usage/usage-book.ts";
import { usageConsumer } from "../../../../layers/core/usage/usage-consumer.ts";
import { UsageLedger } from "../../../../layers/core/usage/usage-ledger.ts";
import { FLEET_MARK_TIMING, UsageMarks } from "../../../../layers/core/usage/usage-marks.ts";
import { UsageRollUp } from "../../../../layers/core/usage/usage-roll-up.ts";
import { type ManualClock, manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { type SeededChance, seededChance } from "../../../fixtures/seeded-chance.ts";
import { tenant } from "../../../fixtures/tenants.ts";
import { ChaoticQueue } from "./chaotic-queue.ts";

const TENANTS = [tenant("acme"), tenant("beta"), tenant("gamma")];
const REGIONS = ["eu-west-1", "us-east-1"];
const STEPS = 400;

/** One process that meters: what it has recorded, and what of it no flush has told yet. */
interface Process {
  readonly meter: Meter;
  readonly untold: Map<TenantId, number>;
}

/** A region's queue, and the processes that fill, empty and sum it up. */
interface Region {
  readonly queue: ChaoticQueue;
  readonly consumers: readonly ReturnType<typeof usageConsumer>[];
  readonly rollUps: readonly UsageRollUp[];
  readonly processes: Process[];
}

/** A fleet's month in virtual time. */
class Metering {
  readonly clock: ManualClock = manualClock(Date.UTC(2027, 0, 30, 20));
  readonly chance: SeededChance;
  readonly logged = new Map<TenantId, number>();
  readonly lost = new Map<TenantId, number>();
  #faultPercent: number;
  readonly #table: Table;
  readonly regions: readonly Region[];

  constructor(seed: number) {
    this.chance = seededChance(seed);
    this.#faultPercent = this.chance.integer(4) * 10;
    this.#table = memoryTable(this.clock);
    this.regions = REGIONS.map((region) => this.#region(region));
  }

  #region(region: string): Region {
    const queue = new ChaoticQueue(this.chance, this.#faultPercent);
    const parts = () => {
      const shaky = { table: this.#shaky(), clock: this.clock, region };
      return { ...shaky, marks: new UsageMarks({ ...shaky, timing: FLEET_MARK_TIMING }), report: () => {} };
    };
    return {
      queue,
      consumers: [1, 2].map(() => usageConsumer(new UsageLedger(parts()))),
      rollUps: [1, 2].map(() => new UsageRollUp(parts())),
      processes: [1, 2, 3].map(() => this.process(queue)),
    };
  }

  process(queue: ChaoticQueue): Process {
    const meter = new Meter({
      queue,
      clock: this.clock,
      chance: this.chance,
      cpuMicroseconds: () => 0,
      report: () => {},
    });
    return { meter, untold: new Map() };
  }

  /** Fails before or after it took effect, or takes a while meanwhile. */
  #shaky(): Table {
    const shaky = async <T>(work: () => Promise<T>): Promise<T> => {
      if (this.chance.happens(this.#faultPercent / 2)) throw new StoreFault("table", "write", { cause: "lost" });
      for (let turns = this.chance.integer(6); turns > 0; turns--) await Promise.resolve();
      const result = await work();
      if (this.chance.happens(this.#faultPercent / 2)) throw new StoreFault("table", "write", { cause: "answer lost" });
      return result;
    };
    const table = this.#table;
    return {
      get: (...given) => shaky(() => table.get(...given)),
      put: (...given) => shaky(() => table.put(...given)),
      update: (...given) => shaky(() => table.update(...given)),
      delete: (...given) => shaky(() => table.delete(...given)),
      query: (...given) => shaky(() => table.query(...given)),
    };
  }

  async step(): Promise<void> {
    const region = this.#one(this.regions);
    const process = this.#one(region.processes);
    const what = this.chance.integer(100);
    if (what < 50) this.#call(process);
    else if (what < 70) await this.#flush(region, process);
    else if (what < 85) await Promise.all([this.consume(region), this.consume(region)]);
    else if (what < 90) await Promise.all(region.rollUps.map((rollUp) => this.#rollUp(rollUp)));
    else if (what < 93) this.#kill(region, process);
    else this.clock.advance(this.chance.integer(20) === 0 ? -this.chance.integer(7_200_000) : this.#pauseMs());
  }

  #pauseMs(): number {
    return this.chance.integer(this.chance.happens(20) ? 3_600_000 : 5_000);
  }

  #call({ meter, untold }: Process): void {
    const tenantId = this.#one(TENANTS);
    const calls = 1 + this.chance.integer(9);
    meter.record(tenantId, { calls, bytesIn: 10 * calls });
    count(this.logged, tenantId, calls);
    count(untold, tenantId, calls);
  }

  async #flush({ queue }: Region, { meter, untold }: Process): Promise<void> {
    const [takenBefore, tenants] = [queue.taken, untold.size];
    await meter.flush();
    if (queue.taken - takenBefore >= tenants) untold.clear();
  }

  #kill(region: Region, process: Process): void {
    for (const [tenantId, calls] of process.untold) count(this.lost, tenantId, calls);
    region.processes.splice(region.processes.indexOf(process), 1, this.process(region.queue));
  }

  async consume(region: Region): Promise<void> {
    const sent = region.queue.next();
    if (sent === undefined) return;
    try {
      await this.#one(region.consumers)({ ...sent, id: "m", attempt: 1, receipt: "r" });
    } catch {
      region.queue.giveBack(sent);
    }
  }

  async #rollUp(rollUp: UsageRollUp): Promise<boolean> {
    try {
      return (await rollUp.run({ untilEpochMs: this.clock.nowMs() + 1_000 })).isFinished;
    } catch {
      return false;
    }
  }

  /** The stores are well again, and everything is sent, taken and summed up. */
  async settle(): Promise<void> {
    this.#faultPercent = 0;
    // Past every hour that a clock set back has left ahead.
    this.clock.advance(48 * 3_600_000);
    for (const region of this.regions) {
      for (const { meter } of region.processes) for (let n = 0; n < 30; n++) await meter.flush();
      for (let tries = 0; !region.queue.isEmpty && tries < 100_000; tries++) await this.consume(region);
    }
    this.clock.advance(300_000);
    for (const { rollUps } of this.regions)
      for (const rollUp of rollUps) for (let n = 0; n < 30; n++) await this.#rollUp(rollUp);
  }

  async summed(tenantId: TenantId): Promise<{ calls: number; bytesIn: number; ofDays: number }> {
    const book = new UsageBook(this.#table);
    const months = new Set([-96, -48, 0].map((hours) => monthText(epochHourOf(this.clock.nowMs()) + hours)));
    const sum = { calls: 0, bytesIn: 0, ofDays: 0 };
    for (const month of [...months, "2027-01"].filter((one, at, all) => all.indexOf(one) === at)) {
      const { calls, bytesIn } = await book.month(tenantId, month);
      sum.calls += calls;
      sum.bytesIn += bytesIn;
      for (const { totals } of await book.days(tenantId, month)) sum.ofDays += totals.calls;
    }
    return sum;
  }

  #one<T>(all: readonly T[]): T {
    const one = all[this.chance.integer(all.length)];
    if (one === undefined) throw new RangeError("one of none");
    return one;
  }
}

function count(counts: Map<TenantId, number>, tenantId: TenantId, more: number): void {
  counts.set(tenantId, (counts.get(tenantId) ?? 0) + more);
}

const SEEDS = Array.from({ length: Number(process.env.USAGE_SEEDS ?? 60) }, (_, seed) => seed + 1);

test.each(SEEDS)(
  "what is summed up is what was recorded, less what killed processes had not told: seed %i",
  async (seed) => {
    const metering = new Metering(seed);

    for (let step = 0; step < STEPS; step++) {
      await metering.step();
      if (step % 50 === 0) {
        const { calls } = await metering.summed(TENANTS[0] ?? tenant("acme"));
        expect(calls).toBeLessThanOrEqual(metering.logged.get(tenant("acme")) ?? 0);
      }
    }
    await metering.settle();

    for (const tenantId of TENANTS) {
      const { calls, bytesIn, ofDays } = await metering.summed(tenantId);
      const logged = metering.logged.get(tenantId) ?? 0;
      expect(calls).toBeLessThanOrEqual(logged);
      expect(calls).toBeGreaterThanOrEqual(logged - (metering.lost.get(tenantId) ?? 0));
      expect(bytesIn).toBe(10 * calls);
      expect(ofDays).toBe(calls);
    }
  },
);

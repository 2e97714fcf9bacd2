import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { execPath } from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { usageHandler } from "../../../functions/usage/handler.ts";
import { Invoices } from "../../../layers/core/billing/invoices.ts";
import { monthAfter, monthOf } from "../../../layers/core/billing/month.ts";
import { PlanHistory } from "../../../layers/core/billing/plan-history.ts";
import type { Clock } from "../../../layers/core/ports/clock.ts";
import type { TenantId } from "../../../layers/core/tenant/tenant-id.ts";
import { FLUSH_INTERVAL_MS } from "../../../layers/core/usage/limits.ts";
import { UsageBook } from "../../../layers/core/usage/usage-book.ts";
import { MACHINE_MARK_TIMING, UsageMarks } from "../../../layers/core/usage/usage-marks.ts";
import { UsageRollUp } from "../../../layers/core/usage/usage-roll-up.ts";
import { sqliteQueue } from "../../../layers/local/sqlite-queue.ts";
import { sqliteTable } from "../../../layers/local/sqlite-table.ts";
import { systemChance } from "../../../layers/node/system-chance.ts";
import { systemClock } from "../../../layers/node/system-clock.ts";
import { seededChance } from "../../fixtures/seeded-chance.ts";
import { testFolder } from "../../fixtures/temporary-folder.ts";
import { tenant } from "../../fixtures/tenants.ts";

const PROGRAM = join(import.meta.dirname, "../../fixtures/metering-process.ts");
const TENANTS = [tenant("acme"), tenant("beta")];
const HOURS = 24;
const CALLS_AN_HOUR = 150;
const HOUR_LASTS_MS = 350;
/** A second, and what a busy machine takes to write down what was told. */
const UNTOLD_MS_MAX = FLUSH_INTERVAL_MS + 2_000;

/** What the clients know: each call that they made, and when they had its answer. */
interface LoggedCall {
  readonly tenantId: TenantId;
  answeredAtMs: number | undefined;
}

class MeteringProcess {
  readonly calls: LoggedCall[] = [];
  readonly #child: ChildProcess & { readonly stdin: NodeJS.WritableStream; readonly stdout: NodeJS.ReadableStream };
  readonly #ready: Promise<void>;
  /** By tenant, the number of the call up to which all are told. */
  readonly #told = new Map<string, number>();
  diedAtMs: number | undefined;

  constructor(folder: string) {
    this.#child = spawn(execPath, [PROGRAM, folder], { stdio: ["pipe", "pipe", "inherit"] });
    this.#child.stdin.on("error", () => {});
    let tellReady = (): void => {};
    this.#ready = new Promise((resolve) => {
      tellReady = resolve;
    });
    createInterface(this.#child.stdout).on("line", (line) => {
      if (line === "ready") return tellReady();
      const [, name, upTo] = /^told (\S+) (\d+)$/.exec(line) ?? [];
      if (name !== undefined) return void this.#told.set(name, Number(upTo));
      const call = this.calls[Number(line)];
      if (call !== undefined) call.answeredAtMs = performance.now();
    });
  }

  ready(): Promise<void> {
    return this.#ready;
  }

  call(tenantId: TenantId, hoursFromNow: number): void {
    this.#child.stdin.write(`${this.calls.length} ${tenantId} ${hoursFromNow}\n`);
    this.calls.push({ tenantId, answeredAtMs: undefined });
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    this.diedAtMs = performance.now();
    await once(this.#child, "exit");
  }

  async end(): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.stdin.end();
    await exited;
  }

  /** The tenant's calls that its client was answered; what of them was not told died with the process. */
  answered(tenantId: TenantId): { readonly told: number; readonly untold: readonly LoggedCall[] } {
    const upTo = this.diedAtMs === undefined ? Number.POSITIVE_INFINITY : (this.#told.get(tenantId) ?? -1);
    const its = [...this.calls.entries()].filter(([, call]) => call.tenantId === tenantId);
    const told = its.filter(([number]) => number <= upTo).length;
    return { told, untold: its.flatMap(([number, call]) => (number > upTo && call.answeredAtMs ? [call] : [])) };
  }
}

test("a day of calls through three processes that are killed again and again is invoiced as the clients logged it", async () => {
  const folder = await testFolder();
  const chance = seededChance(7);
  const all = [1, 2, 3].map(() => new MeteringProcess(folder));
  const alive = [...all];
  await Promise.all(alive.map((one) => one.ready()));

  for (let hour = 0; hour < HOURS; hour++) {
    const pauses = 10;
    for (let part = 0; part < pauses; part++) {
      for (let call = 0; call < CALLS_AN_HOUR / pauses; call++) {
        alive[chance.integer(alive.length)]?.call(TENANTS[chance.integer(2)] ?? tenant("acme"), hour - HOURS);
      }
      await pause(HOUR_LASTS_MS / pauses);
    }
    if (hour % 5 !== 3) continue;
    const [victim] = alive.splice(chance.integer(alive.length), 1);
    await victim?.kill();
    const next = new MeteringProcess(folder);
    await next.ready();
    all.push(next);
    alive.push(next);
  }
  await Promise.all(alive.map((one) => one.end()));
  const invoiced = await summedUp(folder);

  const killed = all.filter(({ diedAtMs }) => diedAtMs !== undefined);
  expect(killed).toHaveLength(5);
  for (const tenantId of TENANTS) {
    const made = all.flatMap(({ calls }) => calls).filter((call) => call.tenantId === tenantId).length;
    const told = all.reduce((sum, one) => sum + one.answered(tenantId).told, 0);
    const calls = invoiced.get(tenantId) ?? 0;
    expect(made).toBeGreaterThan(HOURS * CALLS_AN_HOUR * 0.4);
    expect(calls).toBeLessThanOrEqual(made);
    expect(calls).toBeGreaterThanOrEqual(told);
    for (const one of killed) {
      const lostSince = Math.min(...one.answered(tenantId).untold.map(({ answeredAtMs = 0 }) => answeredAtMs));
      expect(lostSince).toBeGreaterThan((one.diedAtMs ?? 0) - UNTOLD_MS_MAX);
    }
  }
}, 90_000);

/** What is left is taken and summed up by one that runs a minute later, when nobody holds a message any more. */
async function summedUp(folder: string): Promise<ReadonlyMap<TenantId, number>> {
  const now = systemClock();
  const clock: Clock = { ...now, nowMs: () => now.nowMs() + 60_000 };
  const chance = systemChance();
  const table = await sqliteTable({ file: join(folder, "state.sqlite"), clock });
  const queue = await sqliteQueue({ file: join(folder, "usage.sqlite"), clock, chance, receivesMax: 100 });
  const region = "local";
  const take = usageHandler({ table, clock, region });
  const asked = { max: 10, visibilitySeconds: 30, waitSeconds: 0 };
  for (let batch = await queue.receive(asked); batch.length > 0; batch = await queue.receive(asked)) {
    for (const message of batch) {
      await take(message);
      await queue.complete(message.receipt);
    }
  }
  const later: Clock = { ...clock, nowMs: () => clock.nowMs() + 300_000 };
  const marks = new UsageMarks({ table, clock: later, region, timing: MACHINE_MARK_TIMING });
  const faults: unknown[] = [];
  const rollUp = new UsageRollUp({ table, clock: later, region, marks, report: (fault) => faults.push(fault) });
  const run = await rollUp.run({ untilEpochMs: Number.POSITIVE_INFINITY });
  expect({ faults, isFinished: run.isFinished, dead: await queue.deadLetters(10) }).toEqual({
    faults: [],
    isFinished: true,
    dead: [],
  });
  const plans = new PlanHistory(table, { ...clock, nowMs: () => clock.nowMs() - 62 * 24 * 3_600_000 });
  const invoices = new Invoices({ table, clock, usage: new UsageBook(table), plans });
  const month = monthOf(clock.nowMs());
  const invoiced = new Map<TenantId, number>();
  for (const tenantId of TENANTS) {
    await plans.note(tenantId, "team");
    for (const one of [monthAfter(month, -1), month]) {
      const invoice = await invoices.of({ tenantId, name: tenantId, plan: "team" }, one);
      const lines = invoice.ok ? invoice.value.lines.filter(({ kind }) => kind === "calls") : [];
      const calls = lines.reduce((sum, { quantity }) => sum + quantity, 0);
      invoiced.set(tenantId, (invoiced.get(tenantId) ?? 0) + calls);
    }
  }
  await Promise.all([table.close(), queue.close()]);
  return invoiced;
}

import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { monthOf } from "../../../layers/core/billing/month.ts";
import { Meter } from "../../../layers/core/usage/meter.ts";
import { UsageBook } from "../../../layers/core/usage/usage-book.ts";
import { localUsage } from "../../../layers/local/local-usage.ts";
import { sqliteQueue } from "../../../layers/local/sqlite-queue.ts";
import { sqliteTable } from "../../../layers/local/sqlite-table.ts";
import { systemChance } from "../../../layers/node/system-chance.ts";
import { systemClock } from "../../../layers/node/system-clock.ts";
import { testFolder } from "../../fixtures/temporary-folder.ts";
import { tenant } from "../../fixtures/tenants.ts";

const acme = tenant("acme");

async function subject() {
  const folder = await testFolder();
  const [clock, chance] = [systemClock(), systemChance()];
  const table = await sqliteTable({ file: join(folder, "state.sqlite"), clock });
  const queue = await sqliteQueue({ file: join(folder, "usage.sqlite"), clock, chance, receivesMax: 5 });
  onTestFinished(async () => {
    await Promise.all([table.close(), queue.close()]);
  });
  const reports: unknown[] = [];
  const report = (fault: unknown): void => void reports.push(fault);
  const meter = new Meter({ queue, clock, chance, cpuMicroseconds: () => 0, report });
  const calls = async () => (await new UsageBook(table).month(acme, monthOf(clock.nowMs()))).calls;
  return { queue, meter, reports, calls, start: () => localUsage({ queue, table, meter, clock, report }) };
}

test("what is recorded is to be read some seconds later", async () => {
  const { meter, calls, start, reports } = await subject();
  const usage = start();
  meter.record(acme, { calls: 3 });

  await expect.poll(calls, { timeout: 15_000 }).toBe(3);
  await usage.close();

  expect(reports).toEqual([]);
});

test("what is recorded last is sent when it ends, and taken by the next that starts", async () => {
  const { queue, meter, calls, start } = await subject();
  const first = start();
  meter.record(acme, { calls: 5 });
  await first.close();
  const next = start();

  await expect.poll(calls, { timeout: 15_000 }).toBe(5);
  await next.close();

  expect(await queue.deadLetters(1)).toEqual([]);
});

test("a message that can't be read is reported and holds no other up", async () => {
  const { queue, meter, calls, start, reports } = await subject();
  await queue.send(acme, { body: "hello" });
  const usage = start();
  meter.record(acme, { calls: 7 });

  await expect.poll(calls, { timeout: 15_000 }).toBe(7);
  await usage.close();

  expect(reports).toMatchObject([{ code: "usage_message_malformed" }]);
});

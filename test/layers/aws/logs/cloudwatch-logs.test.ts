import { expect, onTestFinished, test } from "vitest";
import { cloudwatchLogs } from "../../../../layers/aws/logs/cloudwatch-logs.ts";
import { logsClient } from "../../../../layers/aws/logs/logs-client.ts";
import { logStreamOf } from "../../../../layers/core/deployment/project-task.ts";
import { LogBook } from "../../../../layers/core/log/log-book.ts";
import { EVERY_LINE } from "../../../../layers/core/log/log-query.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import { systemClock } from "../../../../layers/node/system-clock.ts";
import { type LogsUnderTest, logContract } from "../../../contracts/log.contract.ts";
import { type LocalLogs, localLogs } from "../../../fixtures/local-logs.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { seededChance } from "../../../fixtures/seeded-chance.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const GROUP = "/skein/small/projects";
const acme = tenant("acme");
const PAGE = { query: EVERY_LINE, limit: 100, from: "oldest" } as const;

interface Made extends LogsUnderTest {
  readonly service: LocalLogs;
  readonly book: LogBook;
}

async function made(pageMax = 10_000): Promise<Made> {
  const service = await localLogs({ group: GROUP, pageMax });
  const clock = manualClock();
  const asleep = systemClock();
  const waiting = { nowMs: () => clock.nowMs(), sleep: asleep.sleep };
  const book = new LogBook({ table: memoryTable(clock), clock });
  const client = logsClient({
    ...service.settings,
    clock: { ...waiting, sleep: async () => {} },
    chance: seededChance(1),
  });
  const numbers = new Map<string, number>();
  return {
    service,
    book,
    clock,
    tellsStreams: true,
    countsMissed: false,
    logs: cloudwatchLogs({ client, logGroup: GROUP, book, clock: waiting, pollMs: 10 }),
    async write(tenantId, projectId, lines) {
      for (const { runId, atEpochMs, stream, text } of lines) {
        const place = placeOf(tenantId, projectId, runId);
        await book.note(tenantId, { projectId, runId, place, lifetimeMs: 1_000 });
        const sequence = (numbers.get(place) ?? 0) + 1;
        numbers.set(place, sequence);
        service.write(place, {
          tenant: tenantId,
          project: projectId,
          run: runId,
          stream,
          at: atEpochMs,
          sequence,
          text,
        });
      }
    },
    async close() {
      client.close();
      await service.close();
    },
  };
}

const placeOf = (tenantId: TenantId, projectId: string, runId: string) =>
  logStreamOf(`${tenantId}${projectId}${runId}`);

logContract("CloudWatch", () => made());
logContract("CloudWatch with pages of three lines", () => made(3));

async function open(): Promise<Made> {
  const one = await made();
  onTestFinished(() => one.close());
  return one;
}

const line = (one: Made, text: string, runId = "r1") => ({
  runId,
  atEpochMs: one.clock.nowMs(),
  stream: "stdout" as const,
  text,
});

test("a line in a run's stream that says it is another's is never shown", async () => {
  const one = await open();
  await one.write(acme, "p1", [line(one, "ours")]);
  const stream = placeOf(acme, "p1", "r1");
  const at = one.clock.nowMs();
  const ours = { tenant: "acme", project: "p1", run: "r1", stream: "stdout", at, sequence: 9, text: "forged" } as const;
  one.service.write(stream, { ...ours, tenant: "globex" });
  one.service.write(stream, { ...ours, project: "p2" });
  one.service.write(stream, { ...ours, run: "r2" });
  one.service.writeRaw(stream, "exec format error");
  one.service.writeRaw(stream, '{"tenant":"acme"}');

  const page = await one.logs.read(acme, "p1", PAGE);

  expect(page.lines.map(({ text }) => text)).toEqual(["ours"]);
});

test("a run that has not begun to print holds up nobody", async () => {
  const one = await open();
  await one.write(acme, "p1", [line(one, "a")]);
  one.clock.advance(1);
  await one.book.note(acme, { projectId: "p1", runId: "r2", place: "run/project/none-yet", lifetimeMs: 1 });

  expect((await one.logs.read(acme, "p1", { ...PAGE, from: "newest" })).lines).toHaveLength(1);
  expect((await one.logs.stats(acme, "p1")).lineCount).toBe(1);
});

test("a listener goes on to the next run once the one before it has had the time to say its last", async () => {
  const one = await open();
  await one.write(acme, "p1", [line(one, "a1")]);
  const follower = one.logs.follow(acme, "p1", { query: EVERY_LINE, after: "0" });
  const first = await follower.next(1_000);
  one.clock.advance(1_000);
  await one.write(acme, "p1", [line(one, "b1", "r2")]);

  const tooSoon = await follower.next(0);
  await one.write(acme, "p1", [line(one, "a2")]);
  const late = await follower.next(1_000);
  one.clock.advance(10_000);
  const next = await follower.next(1_000);

  const told = [first, tooSoon, late, next].map(({ lines }) => lines.map(({ text }) => text));
  expect(told).toEqual([["a1"], [], ["a2"], ["b1"]]);
});

test("what was erased is deleted from CloudWatch as well", async () => {
  const one = await open();
  await one.write(acme, "p1", [line(one, "a"), line(one, "b", "r2")]);
  await one.write(acme, "p2", [line(one, "c")]);

  await one.logs.erase(acme, "p1");

  expect(one.service.streams()).toEqual([placeOf(acme, "p2", "r1")]);
});

test("a service that fails is a fault of the log", async () => {
  const one = await open();
  await one.write(acme, "p1", [line(one, "a")]);
  one.service.broken.now = true;
  const fault = { code: "store_unavailable", store: "log" };

  await expect(one.logs.read(acme, "p1", PAGE)).rejects.toMatchObject(fault);
  await expect(one.logs.stats(acme, "p1")).rejects.toMatchObject(fault);
  await expect(one.logs.erase(acme, "p1")).rejects.toMatchObject(fault);
  await expect(one.logs.follow(acme, "p1", { query: EVERY_LINE }).next(0)).rejects.toMatchObject(fault);
});

import { expect, test } from "vitest";
import { parseTenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import { epochHourOf, HOUR_MS } from "../../../../layers/core/usage/hour.ts";
import {
  CALL_END_WAIT_MS_MAX,
  COUNTERS_MAX,
  FLUSH_FAULTS_MAX,
  FLUSH_INTERVAL_MS,
  HOURS_PER_MESSAGE_MAX,
} from "../../../../layers/core/usage/limits.ts";
import { Meter, UsageLost } from "../../../../layers/core/usage/meter.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { seededChance } from "../../../fixtures/seeded-chance.ts";
import { tenant } from "../../../fixtures/tenants.ts";
import { elapse } from "../../../fixtures/virtual-time.ts";
import { RecordedSends } from "./recorded-sends.ts";

const [acme, beta] = [tenant("acme"), tenant("beta")];

function subject() {
  const clock = manualClock();
  const queue = new RecordedSends();
  const reports: unknown[] = [];
  const cpu = { microseconds: 0 };
  const meter = new Meter({
    queue,
    clock,
    chance: seededChance(1),
    cpuMicroseconds: () => cpu.microseconds,
    report: (fault) => reports.push(fault),
  });
  return { clock, queue, reports, cpu, meter };
}

test("what is told is what the counter has come to, under a rising number", async () => {
  const { meter, queue } = subject();

  meter.record(acme, { calls: 1, bytesIn: 10 });
  await meter.flush();
  meter.record(acme, { calls: 2, bytesOut: 5 });
  await meter.flush();

  expect(queue.readings.map(({ seq, totals }) => [seq, totals.calls, totals.bytesIn, totals.bytesOut])).toEqual([
    [1, 1, 10, 0],
    [2, 3, 10, 5],
  ]);
});

test("tenants have a message each, and one without news has none", async () => {
  const { meter, queue } = subject();
  meter.record(acme, { calls: 1 });
  meter.record(beta, { calls: 1 });
  await meter.flush();

  meter.record(beta, { calls: 1 });
  await meter.flush();

  expect(queue.messages.map(({ tenantId }) => tenantId)).toEqual([acme, beta, beta]);
});

test("what the queue did not take is told with what came since, once and not twice", async () => {
  const { meter, queue, reports } = subject();
  meter.record(acme, { calls: 1 });
  queue.isDown = true;
  await meter.flush();
  queue.isDown = false;

  meter.record(acme, { calls: 2 });
  await meter.flush();
  await meter.flush();

  expect(queue.readings.map(({ seq, totals }) => [seq, totals.calls])).toEqual([[2, 3]]);
  expect(reports).toMatchObject([{ code: "store_unavailable" }]);
});

test("a queue that is down is asked a few times a flush, whoever waits, and reported once", async () => {
  const { meter, queue, reports } = subject();
  for (let n = 0; n < 100; n++) meter.record(tenant(`t${n}`), { calls: 1 });
  queue.isDown = true;

  await meter.flush();

  expect(queue.attempts).toBeLessThan(FLUSH_FAULTS_MAX + 16);
  expect(reports).toHaveLength(1);
});

test("what is recorded at the turn of an hour belongs to the hour in which it was recorded", async () => {
  const { meter, queue, clock } = subject();
  const first = epochHourOf(clock.nowMs());
  clock.advance(HOUR_MS - 1);

  meter.record(acme, { calls: 1 });
  clock.advance(1);
  meter.record(acme, { calls: 2 });
  await meter.flush();

  expect(queue.readings.map(({ epochHour, totals }) => [epochHour, totals.calls])).toEqual([
    [first, 1],
    [first + 1, 2],
  ]);
  expect(queue.messages).toHaveLength(1);
});

test("an hour that comes again because the clock was set back is counted by another source", async () => {
  const { meter, queue, clock } = subject();
  meter.record(acme, { calls: 1 });
  await meter.flush();
  clock.advance(HOUR_MS);
  await meter.flush();

  clock.advance(-HOUR_MS);
  meter.record(acme, { calls: 2 });
  await meter.flush();

  expect(new Set(queue.readings.map(({ source }) => source)).size).toBe(2);
  expect(queue.calls(acme)).toBe(3);
});

test("two processes are two sources", async () => {
  const queue = new RecordedSends();
  const parts = { queue, clock: manualClock(), chance: seededChance(1), cpuMicroseconds: () => 0, report: () => {} };

  for (const meter of [new Meter(parts), new Meter(parts)]) {
    meter.record(acme, { calls: 1 });
    await meter.flush();
  }

  expect(queue.calls(acme)).toBe(2);
});

test("days of hours that were not sent go out in several messages", async () => {
  const { meter, queue, clock } = subject();
  queue.isDown = true;
  const hours = HOURS_PER_MESSAGE_MAX + 2;
  for (let hour = 0; hour < hours; hour++) {
    meter.record(acme, { calls: 1 });
    await meter.flush();
    clock.advance(HOUR_MS);
  }
  queue.isDown = false;

  await meter.flush();

  expect(queue.messages.map(({ readings }) => readings.length)).toEqual([HOURS_PER_MESSAGE_MAX, 2]);
  expect(queue.calls(acme)).toBe(hours);
});

test("processor time is shared out by how long each tenant kept the process busy, and never more than that", async () => {
  const { meter, queue, cpu } = subject();
  cpu.microseconds = 5_000;
  meter.record(acme, { calls: 1, busyMicroseconds: 3_000 });
  meter.record(beta, { calls: 1, busyMicroseconds: 1_000 });
  cpu.microseconds = 7_000;
  await meter.flush();

  meter.record(beta, { calls: 1, busyMicroseconds: 10 });
  cpu.microseconds = 9_000;
  await meter.flush();

  expect(queue.readings.map(({ tenantId, totals }) => [tenantId, totals.cpuMicroseconds])).toEqual([
    [acme, 3_000],
    [beta, 1_000],
    [beta, 1_010],
  ]);
});

test("a process that lives between its calls tells once a second, and what is left when it closes", async () => {
  const { meter, queue, clock } = subject();
  const running = meter.run();
  meter.record(acme, { calls: 1 });
  await elapse(clock, FLUSH_INTERVAL_MS - 10);
  const before = queue.messages.length;
  await elapse(clock, 20);
  const after = queue.messages.length;

  meter.record(acme, { calls: 1 });
  await meter.close();
  await running;

  expect([before, after]).toEqual([0, 1]);
  expect(queue.calls(acme)).toBe(2);
});

test("a process that stands still between its calls tells of the first one, then a second after the last time", async () => {
  const { meter, queue, clock } = subject();
  const told: number[] = [];

  for (const pauseMs of [0, FLUSH_INTERVAL_MS - 1, 1]) {
    clock.advance(pauseMs);
    meter.record(acme, { calls: 1 });
    await meter.flushWhenDue();
    told.push(queue.calls(acme));
  }

  expect(told).toEqual([1, 1, 3]);
});

test("a queue that does not answer holds one call up for a moment, and the next not at all", async () => {
  const clock = manualClock();
  const silent = { send: () => new Promise<never>(() => {}) };
  const meter = new Meter({
    queue: silent,
    clock,
    chance: seededChance(1),
    cpuMicroseconds: () => 0,
    report: () => {},
  });
  meter.record(acme, { calls: 1 });

  const first = meter.flushWhenDue();
  await elapse(clock, CALL_END_WAIT_MS_MAX);
  await first;
  clock.advance(FLUSH_INTERVAL_MS);
  meter.record(acme, { calls: 1 });
  await meter.flushWhenDue();

  expect(clock.nowMs()).toBe(manualClock().nowMs() + CALL_END_WAIT_MS_MAX + FLUSH_INTERVAL_MS);
});

test("a meter that closes tries again where the queue fails, and ends all the same", async () => {
  const { meter, queue, clock } = subject();
  meter.record(acme, { calls: 1 });
  queue.isDown = true;

  const closing = meter.close();
  await elapse(clock, 300);
  queue.isDown = false;
  await elapse(clock, 1_000);
  await closing;

  expect(queue.calls(acme)).toBe(1);
});

test("a flush sends what was recorded while another was under way", async () => {
  const { meter, queue } = subject();
  meter.record(acme, { calls: 1 });
  const first = meter.flush();
  meter.record(acme, { calls: 1 });

  await Promise.all([first, meter.flush()]);

  expect(queue.calls(acme)).toBe(2);
});

test("more tenants than counters are counted as long as they can be sent, and told where not", async () => {
  const { meter, queue, reports } = subject();
  queue.isDown = true;
  const names = Array.from({ length: 2 * COUNTERS_MAX + 5 }, (_, n) => tenantOf(n));

  for (const name of names) meter.record(name, { calls: 1 });
  await meter.flush();
  queue.isDown = false;
  await meter.flush();
  for (const name of names.slice(5)) meter.record(name, { calls: 1 });
  await meter.flush();

  const lost = reports.filter((fault) => fault instanceof UsageLost).map(({ records }) => records);
  expect(lost).toEqual([5]);
  const told = new Map<string, number>();
  for (const { tenantId, source, totals } of queue.readings) told.set(`${tenantId} ${source}`, totals.calls);
  expect([...told.values()].reduce((sum, calls) => sum + calls, 0)).toBe(4 * COUNTERS_MAX);
});

function tenantOf(number: number) {
  const parsed = parseTenantId(`t${number}`);
  if (!parsed.ok) throw new TypeError("a tenant's name");
  return parsed.value;
}

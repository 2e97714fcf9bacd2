import { inParallel } from "../core/in-parallel.ts";
import type { Clock } from "../core/ports/clock.ts";
import { type Queue, RECEIVE_COUNT_MAX, WAIT_SECONDS_MAX } from "../core/ports/queue.ts";
import type { Table } from "../core/ports/table.ts";
import type { Meter } from "../core/usage/meter.ts";
import { usageConsumer } from "../core/usage/usage-consumer.ts";
import { UsageLedger } from "../core/usage/usage-ledger.ts";
import { MACHINE_MARK_TIMING, UsageMarks } from "../core/usage/usage-marks.ts";
import { UsageRollUp } from "../core/usage/usage-roll-up.ts";

export interface LocalUsageParts {
  /** Where the meters of all processes on this data folder tell what they have counted. */
  readonly queue: Queue;
  readonly table: Table;
  /** This process's own. */
  readonly meter: Meter;
  readonly clock: Clock;
  /** Does not throw. */
  readonly report: (fault: unknown) => void;
}

export interface LocalUsage {
  /** Sends what the meter still holds, and ends. What is in the queue then is taken at the next start. */
  close(): Promise<void>;
}

/** The only one there is on one machine. */
const REGION = "local";
/** How long a message that this process took and did not finish is kept from others. */
const VISIBILITY_SECONDS = 30;
/** How soon usage that has changed is summed up, and how long after a fault the queue is asked again. */
const ROLL_UP_INTERVAL_MS = 1_000;
const ROLL_UP_MS_MAX = 30_000;
const FAULT_PAUSE_MS = 1_000;

/**
 * Metering on one machine: sends what this process counts, takes what all of them have counted, and sums it up. Usage is
 * to be read some five seconds after it was recorded. Several processes may share the queue and the table.
 */
export function localUsage({ queue, table, meter, clock, report }: LocalUsageParts): LocalUsage {
  const closing = new AbortController();
  const marks = new UsageMarks({ table, clock, region: REGION, timing: MACHINE_MARK_TIMING });
  const take = usageConsumer(new UsageLedger({ table, clock, region: REGION, marks }));
  const rollUp = new UsageRollUp({ table, clock, region: REGION, marks, report });
  const loops = [
    meter.run(),
    repeat(() => consume(queue, { take, signal: closing.signal, report }), 0),
    repeat(() => rollUp.run({ untilEpochMs: clock.nowMs() + ROLL_UP_MS_MAX }), ROLL_UP_INTERVAL_MS),
  ];

  async function repeat(work: () => Promise<unknown>, pauseMs: number): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await work();
        await clock.sleep(pauseMs, closing.signal);
      } catch (fault) {
        report(fault);
        await clock.sleep(FAULT_PAUSE_MS, closing.signal);
      }
    }
  }

  return {
    async close() {
      await meter.close();
      closing.abort();
      await Promise.all(loops);
    },
  };
}

/** One batch. What fails is left to come again. */
async function consume(
  queue: Queue,
  {
    take,
    signal,
    report,
  }: {
    readonly take: ReturnType<typeof usageConsumer>;
    readonly signal: AbortSignal;
    readonly report: (fault: unknown) => void;
  },
): Promise<void> {
  const asked = {
    max: RECEIVE_COUNT_MAX,
    visibilitySeconds: VISIBILITY_SECONDS,
    waitSeconds: WAIT_SECONDS_MAX,
    signal,
  };
  await inParallel(await queue.receive(asked), { parallelMax: RECEIVE_COUNT_MAX }, async (message) => {
    try {
      await take(message);
      await queue.complete(message.receipt);
    } catch (fault) {
      report(fault);
    }
  });
}

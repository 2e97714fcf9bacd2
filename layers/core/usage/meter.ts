import { settledWithin } from "../deployment/settled-within.ts";
import { inParallel } from "../in-parallel.ts";
import type { Chance } from "../ports/chance.ts";
import type { Clock } from "../ports/clock.ts";
import type { Queue } from "../ports/queue.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { epochHourOf } from "./hour.ts";
import {
  CALL_END_WAIT_MS_MAX,
  CLOSING_FLUSHES_MAX,
  CLOSING_PAUSE_MS,
  COUNTERS_MAX,
  FLUSH_FAULTS_MAX,
  FLUSH_INTERVAL_MS,
  HOURS_PER_MESSAGE_MAX,
  SENDS_AT_ONCE_MAX,
} from "./limits.ts";
import { shareProcessorTime } from "./processor-share.ts";
import { UsageCounter } from "./usage-counter.ts";
import type { Usage } from "./usage-kind.ts";
import { usageMessage } from "./usage-message.ts";

export interface MeterParts {
  /** Where the process tells what it has counted. */
  readonly queue: Pick<Queue, "send">;
  readonly clock: Clock;
  readonly chance: Chance;
  /** Processor time that this process has used since its start, all threads together. */
  readonly cpuMicroseconds: () => number;
  /** Told of what could not be sent, which is tried again, and of what was lost. Does not throw. */
  readonly report: (fault: unknown) => void;
}

/** More tenants at once than a process keeps counters for, while none could be sent. They are not charged. */
export class UsageLost extends Error {
  readonly code = "usage_lost";
  readonly records: number;
  constructor(records: number) {
    super(`${records} records of usage found no counter: all ${COUNTERS_MAX} wait to be sent`);
    this.name = "UsageLost";
    this.records = records;
  }
}

/** The queue refused a message. It is tried again with what the counters have come to by then. */
export class UsageUnsent extends Error {
  readonly code = "usage_unsent";
  constructor(reason: string) {
    super(`the queue refused a message about usage: ${reason}`);
    this.name = "UsageUnsent";
  }
}

const PROCESS_ID_BYTES = 12;

/**
 * Counts what tenants use in this process, and tells it once a second.
 *
 * What is told is what each counter has come to, so a message that is lost, late, out of order or there twice changes
 * nothing once a later one is there, and a process that is killed loses what it has counted since it last told. Where the
 * queue does not answer, the counters go on and are told later.
 *
 * Processor time is not measured call by call, which would cost more than many calls do: what the process has used since
 * the last flush is shared out by how long each tenant kept it busy, and never more than that time. A process without
 * calls charges nobody; a call that waits counts as busy while it waits.
 */
export class Meter {
  readonly #parts: MeterParts;
  readonly #processId: string;
  /** The counter of the latest hour of each tenant, the longest held first. */
  readonly #current = new Map<TenantId, UsageCounter>();
  /** Counters of other hours, as long as they are not sent. */
  #past: UsageCounter[] = [];
  #countersMade = 0;
  #recordsLost = 0;
  #cpuMicroseconds: number;
  /** Long ago at first, so that a process that is called once tells of it. */
  #flushedAtMs = Number.NEGATIVE_INFINITY;
  #flushing: Promise<void> | undefined;
  readonly #closing = new AbortController();

  constructor(parts: MeterParts) {
    this.#parts = parts;
    this.#processId = parts.chance.token(PROCESS_ID_BYTES);
    this.#cpuMicroseconds = parts.cpuMicroseconds();
  }

  /** Never waits, never throws, and takes some hundred nanoseconds. */
  record(tenantId: TenantId, usage: Usage): void {
    const epochHour = epochHourOf(this.#parts.clock.nowMs());
    const current = this.#current.get(tenantId);
    const counter = current?.epochHour === epochHour ? current : this.#begun(tenantId, { epochHour, current });
    if (counter === undefined) this.#recordsLost++;
    else counter.add(usage);
  }

  /** Sends once a second until the meter is closed. For a process that lives between its calls. */
  async run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.#parts.clock.sleep(FLUSH_INTERVAL_MS, signal);
      await this.flush();
    }
  }

  /**
   * For a process that stands still between its calls: sends at a call's end, when the last time was a second ago. A queue
   * that is slow holds one call up for {@link CALL_END_WAIT_MS_MAX} and the next ones not at all.
   */
  async flushWhenDue(): Promise<void> {
    const { clock } = this.#parts;
    const isDue = Math.abs(clock.nowMs() - this.#flushedAtMs) >= FLUSH_INTERVAL_MS;
    if (!isDue || this.#flushing !== undefined) return;
    await settledWithin(clock, { work: [this.flush()], waitMsMax: CALL_END_WAIT_MS_MAX });
  }

  /** Sends all that was recorded before. Never rejects: what the queue did not take is reported, and sent next time. */
  async flush(): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing;
    this.#flushing = this.#send();
    await this.#flushing;
  }

  /** Sends what is left, and tries again where that fails. What is recorded later is never sent. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (let attempt = 1; attempt <= CLOSING_FLUSHES_MAX; attempt++) {
      await this.flush();
      if (!this.#hasUnsent()) return;
      await this.#parts.clock.sleep(CLOSING_PAUSE_MS);
    }
  }

  #begun(
    tenantId: TenantId,
    { epochHour, current }: { readonly epochHour: number; readonly current: UsageCounter | undefined },
  ): UsageCounter | undefined {
    if (current !== undefined && !this.#retire(current)) return undefined;
    if (this.#current.size >= COUNTERS_MAX) {
      const [longest] = this.#current.values();
      if (longest === undefined || !this.#retire(longest)) return undefined;
    }
    const source = `${this.#processId}.${this.#countersMade.toString(36)}`;
    this.#countersMade++;
    const counter = new UsageCounter(tenantId, { epochHour, source });
    this.#current.set(tenantId, counter);
    return counter;
  }

  /** Lets a counter go; false where there is no room to keep one that is not sent. */
  #retire(counter: UsageCounter): boolean {
    if (!counter.settled) {
      if (this.#past.length >= COUNTERS_MAX) return false;
      this.#past.push(counter);
    }
    this.#current.delete(counter.tenantId);
    return true;
  }

  #held(): UsageCounter[] {
    return [...this.#past, ...this.#current.values()];
  }

  #hasUnsent(): boolean {
    return this.#held().some(({ settled }) => !settled);
  }

  async #send(): Promise<void> {
    const { clock, report } = this.#parts;
    this.#flushedAtMs = clock.nowMs();
    if (this.#recordsLost > 0) report(new UsageLost(this.#recordsLost));
    this.#recordsLost = 0;
    try {
      this.#shareProcessorTime();
      await this.#sendUnread();
    } finally {
      this.#past = this.#past.filter(({ settled }) => !settled);
      this.#dropEnded(epochHourOf(clock.nowMs()));
      this.#flushing = undefined;
    }
  }

  #shareProcessorTime(): void {
    const usedMicroseconds = this.#parts.cpuMicroseconds();
    shareProcessorTime(usedMicroseconds - this.#cpuMicroseconds, this.#held());
    this.#cpuMicroseconds = usedMicroseconds;
  }

  async #sendUnread(): Promise<void> {
    const enough = new AbortController();
    let faults = 0;
    const limits = { parallelMax: SENDS_AT_ONCE_MAX, signal: enough.signal };
    await inParallel(batches(this.#held().filter(({ unread }) => unread)), limits, async (batch) => {
      const fault = await this.#sendBatch(batch);
      if (fault === undefined) return;
      faults++;
      if (faults === 1) this.#parts.report(fault);
      if (faults >= FLUSH_FAULTS_MAX) enough.abort();
    });
  }

  async #sendBatch({ tenantId, counters }: CounterBatch): Promise<unknown> {
    const body = usageMessage(counters.map((counter) => counter.read()));
    try {
      const sent = await this.#parts.queue.send(tenantId, { body });
      if (!sent.ok) throw new UsageUnsent(sent.problem.reason);
      for (const counter of counters) counter.sent();
      return undefined;
    } catch (fault) {
      for (const counter of counters) counter.failed();
      return fault;
    }
  }

  #dropEnded(epochHour: number): void {
    for (const counter of this.#current.values()) {
      if (counter.epochHour !== epochHour && counter.settled) this.#current.delete(counter.tenantId);
    }
  }
}

interface CounterBatch {
  readonly tenantId: TenantId;
  readonly counters: readonly UsageCounter[];
}

/** One message a tenant, or some where the queue has not answered for days. */
function batches(counters: readonly UsageCounter[]): readonly CounterBatch[] {
  const ofTenants = Map.groupBy(counters, ({ tenantId }) => tenantId);
  return [...ofTenants].flatMap(([tenantId, all]) =>
    Array.from({ length: Math.ceil(all.length / HOURS_PER_MESSAGE_MAX) }, (_, n) => ({
      tenantId,
      counters: all.slice(n * HOURS_PER_MESSAGE_MAX, (n + 1) * HOURS_PER_MESSAGE_MAX),
    })),
  );
}

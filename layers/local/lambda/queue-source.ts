import { settledWithin } from "../../core/deployment/settled-within.ts";
import type { QueueWork } from "../../core/deployment/worker-shape.ts";
import type { Chance } from "../../core/ports/chance.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { type Message, type Queue, RECEIVE_COUNT_MAX, WAIT_SECONDS_MAX } from "../../core/ports/queue.ts";
import type { EnvironmentPool } from "./environment-pool.ts";
import { SOURCE_FAULT_PAUSE_MS } from "./limits.ts";
import { doneMessages, queueEvent } from "./queue-batch.ts";

export interface QueueSourceParts {
  readonly queue: Pick<Queue, "receive" | "complete">;
  readonly queueArn: string;
  readonly region: string;
  readonly work: Pick<QueueWork, "batchCountMax" | "gatherSecondsMax">;
  /** Invocations at once. */
  readonly concurrencyMax: number;
  /** The queue's own: so long a message that was not done stays hidden. */
  readonly visibilitySeconds: number;
  readonly pool: Pick<EnvironmentPool, "invoke">;
  readonly clock: Clock;
  readonly chance: Chance;
  /** What the queue or the function failed with. Does not throw. */
  readonly tell: (line: object) => void;
}

/** Hands a queue's messages to a function, as an event source mapping of Lambda's does. */
export interface QueueSource {
  /** Takes no more messages, and waits for the invocations under way for `waitMsMax` at most. */
  close(waitMsMax: number): Promise<void>;
}

/**
 * In batches as the worker's shape says, as many at once as it says. What a function did is deleted from the queue; what it
 * did not, or all where it failed, comes again once the visibility timeout is over.
 */
export function openQueueSource(parts: QueueSourceParts): QueueSource {
  const { clock, concurrencyMax } = parts;
  const closing = new AbortController();
  const { signal } = closing;
  const running = new Set<Promise<void>>();

  async function poll(): Promise<void> {
    while (!signal.aborted) {
      if (running.size >= concurrencyMax) {
        await Promise.race(running);
        continue;
      }
      const batch = await gathered(parts, signal);
      if (batch.length > 0) begin(batch);
    }
  }

  function begin(batch: readonly Message[]): void {
    const invoked = invoke(parts, batch).finally(() => running.delete(invoked));
    running.add(invoked);
  }

  const polling = poll();
  return {
    async close(waitMsMax) {
      const untilMs = clock.nowMs() + waitMsMax;
      closing.abort();
      await settledWithin(clock, { work: [polling], waitMsMax });
      await settledWithin(clock, { work: [...running], waitMsMax: Math.max(0, untilMs - clock.nowMs()) });
    },
  };
}

/** Up to a whole batch, for which is waited from its first message on. What a queue that failed had given is kept. */
async function gathered(parts: QueueSourceParts, signal: AbortSignal): Promise<readonly Message[]> {
  const { clock, work } = parts;
  const batch: Message[] = [
    ...(await received(parts, { max: work.batchCountMax, waitMs: WAIT_SECONDS_MAX * 1_000, signal })),
  ];
  const untilMs = clock.nowMs() + work.gatherSecondsMax * 1_000;
  while (batch.length > 0 && batch.length < work.batchCountMax && !signal.aborted) {
    const waitMs = untilMs - clock.nowMs();
    if (waitMs < 1_000) break;
    batch.push(...(await received(parts, { max: work.batchCountMax - batch.length, waitMs, signal })));
  }
  return batch;
}

async function received(
  { queue, visibilitySeconds, clock, tell }: QueueSourceParts,
  { max, waitMs, signal }: { readonly max: number; readonly waitMs: number; readonly signal: AbortSignal },
): Promise<readonly Message[]> {
  try {
    const waitSeconds = Math.floor(waitMs / 1_000);
    return await queue.receive({ max: Math.min(max, RECEIVE_COUNT_MAX), visibilitySeconds, waitSeconds, signal });
  } catch (fault) {
    tell({ queueFailed: String(fault) });
    await clock.sleep(SOURCE_FAULT_PAUSE_MS, signal);
    return [];
  }
}

async function invoke(parts: QueueSourceParts, batch: readonly Message[]): Promise<void> {
  const { queue, pool, clock, chance, tell } = parts;
  const requestId = chance.uuid();
  try {
    const event = queueEvent(batch, { ...parts, nowEpochMs: clock.nowMs() });
    const outcome = await pool.invoke({ requestId, event });
    if (outcome.kind === "error") tell({ requestId, ...outcome.error });
    for (const { receipt } of doneMessages(batch, outcome)) await queue.complete(receipt);
  } catch (fault) {
    tell({ requestId, queueFailed: String(fault) });
  }
}

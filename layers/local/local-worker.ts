import { settledWithin } from "../core/deployment/settled-within.ts";
import type { Clock } from "../core/ports/clock.ts";
import { type Message, type Queue, RECEIVE_COUNT_MAX, WAIT_SECONDS_MAX } from "../core/ports/queue.ts";
import { JOB_RUN_MS_MAX, JOB_VISIBILITY_SECONDS } from "./limits.ts";

/** What becomes of a message: it is done, or is to come again so long from now. */
export type LocalTaking =
  | { readonly message: "complete" }
  | { readonly message: "later"; readonly afterSeconds: number };

export interface LocalWorkerParts {
  readonly queue: Queue;
  /** Works off one message, until its deadline, or as soon as it is told to stop. */
  readonly take: (
    message: Message,
    bounds: { readonly deadlineEpochMs: number; readonly signal: AbortSignal },
  ) => Promise<LocalTaking>;
  /** Messages that this process works off at once. */
  readonly atOnceMax: number;
  /** How long one may take. @default that of jobs */
  readonly runMsMax?: number;
  /** How long one is kept from other processes. @default that of jobs */
  readonly visibilitySeconds?: number;
  readonly clock: Clock;
  /** Does not throw. */
  readonly report: (fault: unknown) => void;
}

export interface LocalWorker {
  /** Takes nothing more, waits for what runs for `graceMs`, then has it stopped and waits for that. */
  close(graceMs: number): Promise<void>;
}

/** How long after a fault the queue is asked again. */
const FAULT_PAUSE_MS = 1_000;

/** Takes messages from a queue of the data folder as long as the process has room for more. */
export function openLocalWorker(parts: LocalWorkerParts): LocalWorker {
  const { queue, take, atOnceMax, clock, report } = parts;
  const { runMsMax = JOB_RUN_MS_MAX, visibilitySeconds = JOB_VISIBILITY_SECONDS } = parts;
  const closing = new AbortController();
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  const settling = new Set<Promise<void>>();

  async function poll(): Promise<void> {
    while (!closing.signal.aborted) {
      const room = Math.min(atOnceMax - running.size, RECEIVE_COUNT_MAX);
      if (room <= 0) await untilRoom();
      else for (const message of await received(room)) begin(message);
    }
  }

  /** Leaves nothing on the signal, which lives as long as the process. */
  async function untilRoom(): Promise<void> {
    const waited = new AbortController();
    await Promise.race([...running, aborted(closing.signal, waited.signal)]);
    waited.abort();
  }

  async function received(max: number): Promise<readonly Message[]> {
    const { signal } = closing;
    try {
      const asked = { max, visibilitySeconds, waitSeconds: WAIT_SECONDS_MAX, signal };
      return await queue.receive(asked);
    } catch (fault) {
      report(fault);
      await clock.sleep(FAULT_PAUSE_MS, signal);
      return [];
    }
  }

  /** The next one need not wait until the queue has heard of this one. */
  function begin(message: Message): void {
    const bounds = { deadlineEpochMs: clock.nowMs() + runMsMax, signal: stopping.signal };
    const run = take(message, bounds).then((taking) => keep(settling, settle(queue, message, taking)));
    keep(running, run);
  }

  function keep(among: Set<Promise<void>>, work: Promise<void>): void {
    const kept = work.catch(report).finally(() => among.delete(kept));
    among.add(kept);
  }

  const polling = poll();
  return {
    async close(graceMs) {
      closing.abort();
      await polling;
      await settledWithin(clock, { work: [...running], waitMsMax: graceMs });
      stopping.abort();
      await Promise.all(running);
      await Promise.all(settling);
    },
  };
}

async function settle(queue: Queue, { receipt }: Message, taking: LocalTaking): Promise<void> {
  if (taking.message === "complete") await queue.complete(receipt);
  else await queue.extend(receipt, taking.afterSeconds);
}

function aborted(signal: AbortSignal, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true, signal: over });
  });
}

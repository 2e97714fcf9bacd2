import middy from "@middy/core";
import type { Message } from "../../core/ports/queue.ts";
import type { FaultReport } from "../fault-reply.ts";
import { EventUnknown } from "./http-call.ts";
import type { Invocation } from "./lambda-call.ts";
import type { LambdaHandler } from "./lambda-http.ts";
import { ABORT_MARGIN_MS } from "./limits.ts";
import { readQueueEvent } from "./queue-event.ts";
import { warmUp } from "./warm-up.ts";

/** A message that is to come `later` is no fault: nothing is reported. It comes once it is not hidden any more. */
export type MessageOutcome = "done" | "later";

export interface LambdaQueue {
  /**
   * What it throws is reported, and the message comes again.
   *
   * @param leftMs until the answer is given without it.
   */
  readonly handle: (message: Message, leftMs: number) => Promise<MessageOutcome>;
  /** Run once the batch is handled, before it is answered for. Does not throw. */
  readonly batchEnded?: () => Promise<void>;
  readonly reportFault: FaultReport;
}

/** What tells Lambda which messages of a batch are not done (`ReportBatchItemFailures`). */
export interface BatchAnswer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/**
 * A function behind a queue without order. Its messages are handled at the same time, each on its own: one that fails, or
 * is not done when the time is over, comes again alone. Not for a FIFO queue, where what follows a failure has to wait.
 */
export function lambdaQueue(queue: LambdaQueue): LambdaHandler {
  const answer = async (event: unknown, invocation: Invocation): Promise<BatchAnswer> => {
    const batch = readQueueEvent(event);
    if (!batch.ok) throw new EventUnknown(batch.problem.detail);
    const { messages, strangeIds } = batch.value;
    const undone = new Set([...strangeIds, ...messages.map(({ id }) => id)]);
    const handled = messages.map((message) => handleOne(queue, message, { undone, invocation }));
    await Promise.race([Promise.all(handled), timeOver(invocation)]);
    await queue.batchEnded?.();
    return { batchItemFailures: [...undone].map((itemIdentifier) => ({ itemIdentifier })) };
  };
  return middy(answer, { timeoutEarlyInMillis: 0 }).use(warmUp);
}

async function handleOne(
  { handle, reportFault }: LambdaQueue,
  message: Message,
  { undone, invocation }: { readonly undone: Set<string>; readonly invocation: Invocation },
): Promise<void> {
  try {
    const outcome = await handle(message, leftMs(invocation));
    if (outcome === "done") undone.delete(message.id);
  } catch (fault) {
    reportFault(fault, invocation.awsRequestId);
  }
}

function timeOver(invocation: Invocation): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, leftMs(invocation)).unref();
  });
}

function leftMs(invocation: Invocation): number {
  return Math.max(0, invocation.getRemainingTimeInMillis() - ABORT_MARGIN_MS);
}

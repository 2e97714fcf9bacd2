import { LANE_STOP_MARGIN_MS } from "../../layers/core/delivery/limits.ts";
import { type PeopleMessageParts, peopleMessages } from "../../layers/core/delivery/people-messages.ts";
import type { Clock } from "../../layers/core/ports/clock.ts";
import type { Queue } from "../../layers/core/ports/queue.ts";
import type { LambdaQueue } from "../../layers/http/lambda/lambda-queue.ts";
import { settledMessage } from "../settled-message.ts";

export interface DeliveryParts extends PeopleMessageParts {
  /** The one that the function works off. */
  readonly queue: Pick<Queue, "extend">;
  readonly clock: Clock;
}

/** Takes what Lambda gives of the queue of what people are told. */
export function deliveryHandler({ queue, clock, ...parts }: DeliveryParts): LambdaQueue["handle"] {
  const take = peopleMessages(parts);
  return async (message, leftMs) => {
    const deadlineEpochMs = clock.nowMs() + Math.max(0, leftMs - LANE_STOP_MARGIN_MS);
    return settledMessage(queue, message, await take(message, { deadlineEpochMs }));
  };
}

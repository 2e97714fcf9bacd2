import type { Lanes } from "../../layers/core/delivery/lanes.ts";
import { LANE_STOP_MARGIN_MS } from "../../layers/core/delivery/limits.ts";
import type { Clock } from "../../layers/core/ports/clock.ts";
import type { Queue } from "../../layers/core/ports/queue.ts";
import type { LambdaQueue } from "../../layers/http/lambda/lambda-queue.ts";
import { settledMessage } from "../settled-message.ts";

export interface DeliveryParts {
  readonly lanes: Pick<Lanes, "take">;
  /** The one that the function works off. */
  readonly queue: Pick<Queue, "extend">;
  readonly clock: Clock;
}

/** Takes what Lambda gives of the queue of lanes. */
export function deliveryHandler({ lanes, queue, clock }: DeliveryParts): LambdaQueue["handle"] {
  return async (message, leftMs) => {
    const deadlineEpochMs = clock.nowMs() + Math.max(0, leftMs - LANE_STOP_MARGIN_MS);
    return settledMessage(queue, message, await lanes.take(message, { deadlineEpochMs }));
  };
}

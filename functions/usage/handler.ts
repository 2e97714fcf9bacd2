import type { Clock } from "../../layers/core/ports/clock.ts";
import type { Message } from "../../layers/core/ports/queue.ts";
import type { Table } from "../../layers/core/ports/table.ts";
import { usageConsumer } from "../../layers/core/usage/usage-consumer.ts";
import { UsageLedger } from "../../layers/core/usage/usage-ledger.ts";
import { FLEET_MARK_TIMING, UsageMarks } from "../../layers/core/usage/usage-marks.ts";
import type { MessageOutcome } from "../../layers/http/lambda/lambda-queue.ts";

export interface UsageParts {
  /** The one of regional state. */
  readonly table: Table;
  readonly clock: Clock;
  /** Whose processes' messages these are. */
  readonly region: string;
}

/** Takes what the processes of a region have counted. */
export function usageHandler({ table, clock, region }: UsageParts): (message: Message) => Promise<MessageOutcome> {
  const marks = new UsageMarks({ table, clock, region, timing: FLEET_MARK_TIMING });
  const take = usageConsumer(new UsageLedger({ table, clock, region, marks }));
  return async (message) => {
    await take(message);
    return "done";
  };
}

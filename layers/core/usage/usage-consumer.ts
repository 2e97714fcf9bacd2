import type { Message } from "../ports/queue.ts";
import type { UsageLedger } from "./usage-ledger.ts";
import { readUsageMessage } from "./usage-message.ts";

/**
 * Takes what the meters tell into the ledger. A message is done when it resolves, and may come again.
 *
 * @throws {UsageMessageMalformed} {ReadingUntimely} {StoreFault} the message comes again, and ends among the dead letters.
 */
export function usageConsumer(ledger: Pick<UsageLedger, "take">): (message: Message) => Promise<void> {
  return async ({ tenantId, body }) => {
    for (const reading of readUsageMessage(body)) await ledger.take(tenantId, reading);
  };
}

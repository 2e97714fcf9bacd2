import type { Queue } from "../core/ports/queue.ts";
import { StoreFault } from "../core/ports/store-fault.ts";
import { ok } from "../core/result.ts";
import { checkSend, checkVisibility } from "../core/store/message-rules.ts";
import { SEND_TIMEOUT_MS } from "./client.ts";
import { type JsonClient, type JsonClientParts, type JsonService, jsonClient } from "./json-client.ts";
import { unlessLate } from "./sqs-late.ts";

/** SQS as those use it who send, and who take what Lambda gives them. */
export type SqsSendClient = JsonClient<"SendMessage" | "ChangeMessageVisibility">;

/** Source: SQS API reference, SendMessage and "Common errors" (read 2026-11-21). */
const PASSING: ReadonlySet<string> = new Set(["KmsThrottled", "RequestThrottled", "ThrottlingException"]);

const SQS: JsonService = {
  service: "sqs",
  target: "AmazonSQS",
  jsonVersion: "1.0",
  connectionsMax: 16,
  timeoutMs: SEND_TIMEOUT_MS,
  passing: PASSING,
};

export function sqsSendClient(parts: JsonClientParts): SqsSendClient {
  return jsonClient(SQS, parts);
}

/** The attribute of a message that names its tenant. */
export const TENANT_ATTRIBUTE = "tenantId";

export interface SqsSender {
  readonly client: SqsSendClient;
  readonly queueUrl: string;
}

/**
 * Sends to a standard SQS queue. The tenant is the message group, which makes it a fair queue, and stands in an attribute
 * too: a group is documented as coming back to the receiver for FIFO queues only (ReceiveMessage reference, read
 * 2026-11-20).
 */
export function sqsSender({ client, queueUrl }: SqsSender): Pick<Queue, "send"> {
  return {
    async send(tenantId, message) {
      const checked = checkSend(message);
      if (!checked.ok) return checked;
      try {
        const { MessageId } = await client.call("SendMessage", {
          QueueUrl: queueUrl,
          MessageBody: message.body,
          DelaySeconds: message.delaySeconds ?? 0,
          MessageGroupId: tenantId,
          MessageAttributes: { [TENANT_ATTRIBUTE]: { DataType: "String", StringValue: tenantId } },
        });
        return ok({ id: String(MessageId ?? "") });
      } catch (cause) {
        throw new StoreFault("queue", "send", { cause });
      }
    },
  };
}

/** For a worker whose messages Lambda receives and deletes: to say when one comes again. */
export function sqsExtender({ client, queueUrl }: SqsSender): Pick<Queue, "extend"> {
  return {
    async extend(receipt, visibilitySeconds) {
      checkVisibility(visibilitySeconds);
      const request = { QueueUrl: queueUrl, ReceiptHandle: receipt, VisibilityTimeout: visibilitySeconds };
      try {
        await unlessLate(client.call("ChangeMessageVisibility", request));
      } catch (cause) {
        throw new StoreFault("queue", "extend", { cause });
      }
    },
  };
}

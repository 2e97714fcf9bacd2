import * as z from "zod";
import type { Message } from "../../core/ports/queue.ts";
import { ok, type Result } from "../../core/result.ts";
import { parseTenantId } from "../../core/tenant/tenant-id.ts";
import { type EventUnreadable, readEvent } from "./event-message.ts";

export interface QueueBatch {
  readonly messages: readonly Message[];
  /** Ids of what nobody here has sent: left undone, so that it ends among the dead letters. */
  readonly strangeIds: readonly string[];
}

/**
 * Source: Lambda developer guide, "Using Lambda with Amazon SQS" (read 2026-11-21). The tenant stands in an attribute of
 * the message: its group is documented as coming back for FIFO queues only, and need not outlive a redrive.
 */
const QueueEvent = z.object({
  Records: z
    .array(
      z.object({
        eventSource: z.literal("aws:sqs"),
        messageId: z.string().min(1),
        receiptHandle: z.string().min(1),
        body: z.string(),
        attributes: z.object({ ApproximateReceiveCount: z.string().regex(/^[1-9]\d{0,5}$/) }),
        messageAttributes: z.object({ tenantId: z.object({ stringValue: z.string() }).optional() }),
      }),
    )
    .min(1),
});

/** The messages that a queue gives to a function. */
export function readQueueEvent(raw: unknown): Result<QueueBatch, EventUnreadable> {
  const event = readEvent(QueueEvent, { raw, kind: "a queue" });
  if (!event.ok) return event;
  const messages: Message[] = [];
  const strangeIds: string[] = [];
  for (const { messageId, receiptHandle, body, attributes, messageAttributes } of event.value.Records) {
    const tenantId = parseTenantId(messageAttributes.tenantId?.stringValue);
    if (!tenantId.ok) strangeIds.push(messageId);
    else {
      const attempt = Number(attributes.ApproximateReceiveCount);
      messages.push({ id: messageId, tenantId: tenantId.value, body, attempt, receipt: receiptHandle });
    }
  }
  return ok({ messages, strangeIds });
}

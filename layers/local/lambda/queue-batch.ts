import { createHash } from "node:crypto";
import * as z from "zod";
import type { Message } from "../../core/ports/queue.ts";
import type { InvocationOutcome } from "./invocation.ts";

export interface BatchSource {
  readonly queueArn: string;
  readonly region: string;
  readonly nowEpochMs: number;
}

/** What Lambda gives to a function behind a queue. Source: Lambda developer guide, "Using Lambda with Amazon SQS" (read 2026-11-21). */
export function queueEvent(messages: readonly Message[], { queueArn, region, nowEpochMs }: BatchSource): string {
  const Records = messages.map(({ id, receipt, body, attempt, tenantId }) => ({
    messageId: id,
    receiptHandle: receipt,
    body,
    attributes: {
      ApproximateReceiveCount: String(attempt),
      SentTimestamp: String(nowEpochMs),
      SenderId: "local",
      ApproximateFirstReceiveTimestamp: String(nowEpochMs),
      MessageGroupId: tenantId,
    },
    messageAttributes: {
      tenantId: { stringValue: tenantId, stringListValues: [], binaryListValues: [], dataType: "String" },
    },
    md5OfBody: createHash("md5").update(body).digest("hex"),
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: region,
  }));
  return JSON.stringify({ Records });
}

const BatchAnswer = z.object({
  batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish(),
});

/**
 * Which of them are done. All, where the answer names none that failed; none, where the function failed, or its answer can't
 * be read or names a message that was not among them. Source: Lambda developer guide, "Handling errors for an SQS event
 * source", "Success and failure conditions" (read 2026-11-21).
 */
export function doneMessages(messages: readonly Message[], outcome: InvocationOutcome): readonly Message[] {
  const failed = outcome.kind === "whole" ? failedIds(outcome.body.toString()) : undefined;
  if (failed === undefined) return [];
  const ids = new Set(messages.map(({ id }) => id));
  return failed.every((id) => ids.has(id)) ? messages.filter(({ id }) => !failed.includes(id)) : [];
}

function failedIds(body: string): readonly string[] | undefined {
  if (body === "" || body === "null") return [];
  try {
    const answer = BatchAnswer.safeParse(JSON.parse(body));
    return answer.data === undefined
      ? undefined
      : (answer.data.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier);
  } catch {
    return undefined; // no JSON
  }
}

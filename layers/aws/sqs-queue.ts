import type { Message as SqsMessage } from "@aws-sdk/client-sqs";
import type { DeadMessage, Message, Queue } from "../core/ports/queue.ts";
import { StoreFault } from "../core/ports/store-fault.ts";
import { checkCount, checkReceive, checkVisibility, MessageMalformed } from "../core/store/message-rules.ts";
import { parseTenantId, type TenantId } from "../core/tenant/tenant-id.ts";
import type { SqsClient } from "./client.ts";
import { unlessLate } from "./sqs-late.ts";
import { type SqsSendClient, sqsSender, TENANT_ATTRIBUTE } from "./sqs-sender.ts";

export interface SqsQueue {
  readonly client: SqsClient;
  readonly sendClient: SqsSendClient;
  /** A standard queue whose redrive policy names the other as its dead-letter queue. */
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
}

/**
 * A standard SQS queue, sent to as {@link sqsSender} does. How often a message is received before it is a dead letter is
 * the queue's own setting.
 *
 * Not promised: that two redrives of one dead letter give one message.
 */
export function sqsQueue(queue: SqsQueue): Queue {
  const { send } = senderOf(queue);
  return {
    send,
    receive: (options) => receive(queue, options),
    complete: (receipt) => complete(queue, receipt),
    extend: (receipt, visibilitySeconds) => extend(queue, receipt, visibilitySeconds),
    deadLetters: (max) => deadLetters(queue, max),
    redrive: (receipt) => redrive(queue, receipt),
  };
}

function senderOf({ sendClient, queueUrl }: SqsQueue): Pick<Queue, "send"> {
  return sqsSender({ client: sendClient, queueUrl });
}

async function receive(queue: SqsQueue, options: Parameters<Queue["receive"]>[0]): Promise<readonly Message[]> {
  checkReceive(options);
  const { max, visibilitySeconds, waitSeconds, signal } = options;
  if (signal?.aborted === true) return [];
  return answered("receive", async () => {
    const { client, sdk } = await queue.client.open();
    const command = new sdk.ReceiveMessageCommand({
      QueueUrl: queue.queueUrl,
      MaxNumberOfMessages: max,
      VisibilityTimeout: visibilitySeconds,
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ["ApproximateReceiveCount"],
      MessageAttributeNames: [TENANT_ATTRIBUTE],
    });
    try {
      const { Messages = [] } = await client.send(command, signal === undefined ? {} : { abortSignal: signal });
      return Messages.flatMap(parseMessage);
    } catch (error) {
      if (signal?.aborted === true) return [];
      throw error;
    }
  });
}

async function complete(queue: SqsQueue, ReceiptHandle: string): Promise<void> {
  await answered("complete", async () => {
    const { client, sdk } = await queue.client.open();
    await unlessLate(client.send(new sdk.DeleteMessageCommand({ QueueUrl: queue.queueUrl, ReceiptHandle })));
  });
}

async function extend(queue: SqsQueue, ReceiptHandle: string, visibilitySeconds: number): Promise<void> {
  checkVisibility(visibilitySeconds);
  await answered("extend", async () => {
    const { client, sdk } = await queue.client.open();
    const request = { QueueUrl: queue.queueUrl, ReceiptHandle, VisibilityTimeout: visibilitySeconds };
    await unlessLate(client.send(new sdk.ChangeMessageVisibilityCommand(request)));
  });
}

/** A wait, however short, asks all of SQS's servers instead of a sample. */
const DEAD_LETTER_WAIT_SECONDS = 1;

async function deadLetters(queue: SqsQueue, max: number): Promise<readonly DeadMessage[]> {
  checkCount(max);
  return answered("read dead letters", async () => {
    const { client, sdk } = await queue.client.open();
    const command = new sdk.ReceiveMessageCommand({
      QueueUrl: queue.deadLetterQueueUrl,
      MaxNumberOfMessages: max,
      VisibilityTimeout: 0,
      WaitTimeSeconds: DEAD_LETTER_WAIT_SECONDS,
      MessageSystemAttributeNames: ["ApproximateReceiveCount"],
      MessageAttributeNames: [TENANT_ATTRIBUTE],
    });
    const { Messages = [] } = await client.send(command);
    return Messages.flatMap(parseMessage).map(({ id, tenantId, body, receipt }) => {
      return { id, tenantId, body, receipt: deadReceipt({ handle: receipt, tenantId, body }) };
    });
  });
}

/** First sent, then deleted: a crash between the two leaves the letter twice, never nowhere. */
async function redrive(queue: SqsQueue, receipt: string): Promise<void> {
  const dead = parseDeadReceipt(receipt);
  await senderOf(queue).send(dead.tenantId, { body: dead.body });
  await answered("redrive", async () => {
    const { client, sdk } = await queue.client.open();
    const request = { QueueUrl: queue.deadLetterQueueUrl, ReceiptHandle: dead.handle };
    await unlessLate(client.send(new sdk.DeleteMessageCommand(request)));
  });
}

interface DeadReceipt {
  readonly handle: string;
  readonly tenantId: TenantId;
  readonly body: string;
}

/** SQS can move all dead letters or none, so the receipt holds what it takes to send the one again. */
function deadReceipt(dead: DeadReceipt): string {
  return JSON.stringify([dead.handle, dead.tenantId, dead.body]);
}

function parseDeadReceipt(receipt: string): DeadReceipt {
  const parsed: unknown = JSON.parse(receipt);
  const [handle, tenant, body]: readonly unknown[] = Array.isArray(parsed) ? parsed : [];
  const tenantId = parseTenantId(tenant);
  if (typeof handle !== "string" || typeof body !== "string" || !tenantId.ok) {
    throw new MessageMalformed("receipt", "that of a dead letter");
  }
  return { handle, tenantId: tenantId.value, body };
}

/** A message that nobody here has sent is left alone, and so ends among the dead letters. */
function parseMessage(message: SqsMessage): Message[] {
  const tenantId = parseTenantId(message.MessageAttributes?.[TENANT_ATTRIBUTE]?.StringValue);
  const { MessageId: id, ReceiptHandle: receipt, Body: body } = message;
  const attempt = Number(message.Attributes?.ApproximateReceiveCount);
  if (!tenantId.ok || id === undefined || receipt === undefined || body === undefined) return [];
  return [{ id, tenantId: tenantId.value, body, attempt, receipt }];
}

async function answered<T>(operation: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw new StoreFault("queue", operation, { cause });
  }
}

import { ReceiveMessageCommand, SQSClient, SQSServiceException } from "@aws-sdk/client-sqs";
import { mockClient } from "aws-sdk-client-mock";
import { describe, expect, onTestFinished, test } from "vitest";
import { sqsClient } from "../../../layers/aws/client.ts";
import { sqsQueue } from "../../../layers/aws/sqs-queue.ts";
import type { SqsSendClient } from "../../../layers/aws/sqs-sender.ts";
import { jsonRefusal, refusingService } from "../../fixtures/refusing-service.ts";

const urls = { queueUrl: "https://sqs.eu-west-1.amazonaws.com/1/q", deadLetterQueueUrl: "https://sqs/1/d" };
const now = { max: 10, visibilitySeconds: 30, waitSeconds: 0 };

/** Messages are sent by a client of its own; see the tests of its sender. */
const unused: SqsSendClient = { call: async () => ({}), close: () => undefined };

function mocked() {
  const mock = mockClient(SQSClient);
  const client = sqsClient({ region: "eu-west-1", credentials: { accessKeyId: "id", secretAccessKey: "secret" } });
  onTestFinished(async () => {
    mock.restore();
    await client.close();
  });
  return { mock, queue: sqsQueue({ client, sendClient: unused, ...urls }) };
}

const dead = JSON.stringify(["handle", "acme", "body"]);

describe("what SQS refuses is a fault of the store, which keeps the reason", () => {
  test.each([
    "RequestThrottled",
    "OverLimit",
    "KmsThrottled",
    "QueueDoesNotExist",
    "InvalidMessageContents",
    "ExpiredToken",
    "AccessDenied",
    "InvalidParameterValue",
  ])("%s", async (name) => {
    const { mock, queue } = mocked();
    mock.rejects(new SQSServiceException({ name, message: "no", $fault: "client", $metadata: {} }));
    const fault = { code: "store_unavailable", store: "queue", cause: expect.objectContaining({ name }) };

    await expect(queue.receive(now)).rejects.toMatchObject(fault);
    await expect(queue.complete("receipt")).rejects.toMatchObject(fault);
    await expect(queue.extend("receipt", 1)).rejects.toMatchObject(fault);
    await expect(queue.deadLetters(1)).rejects.toMatchObject(fault);
    await expect(queue.redrive(dead)).rejects.toMatchObject(fault);
  });
});

test.each([
  ["Message does not exist or is not available for visibility timeout change."],
  ["The receipt handle has expired."],
])("a receipt that is too old is late, and no fault: %s", async (reason) => {
  const message = `Value AQEB for parameter ReceiptHandle is invalid. Reason: ${reason}`;
  const headers = { "x-amzn-query-error": "InvalidParameterValue;Sender" };
  const late = jsonRefusal("com.amazon.coral.service#InvalidParameterValueException", message, { headers });
  const service = await refusingService([late]);
  const client = sqsClient(service.settings);
  onTestFinished(() => client.close());
  const queueUrl = `${service.settings.endpoint}/1/q`;
  const queue = sqsQueue({ client, sendClient: unused, queueUrl, deadLetterQueueUrl: "unused" });

  await queue.extend("AQEB", 10);
  await queue.complete("AQEB");

  expect(service.count()).toBe(2);
});

test("of a batch, the messages that can be read are received and the others left alone", async () => {
  const { mock, queue } = mocked();
  const tenantId = { DataType: "String", StringValue: "acme" };
  const whole = { MessageId: "m1", ReceiptHandle: "r1", Body: "b1", Attributes: { ApproximateReceiveCount: "2" } };
  mock.on(ReceiveMessageCommand).resolves({
    Messages: [
      { ...whole, MessageAttributes: { tenantId } },
      whole,
      { ...whole, MessageAttributes: { tenantId: { DataType: "String", StringValue: "NOT A TENANT" } } },
      { MessageId: "m4", Body: "b4", MessageAttributes: { tenantId } },
    ],
  });

  expect(await queue.receive(now)).toEqual([{ id: "m1", tenantId: "acme", body: "b1", attempt: 2, receipt: "r1" }]);
});

test("a receive that its caller gives up is empty, and one that fails is not", async () => {
  const { mock, queue } = mocked();
  const caller = new AbortController();
  mock.on(ReceiveMessageCommand).callsFake(() => {
    caller.abort();
    throw new DOMException("aborted", "AbortError");
  });

  const givenUp = await queue.receive({ ...now, signal: caller.signal });
  const again = queue.receive({ ...now, signal: new AbortController().signal });

  expect(givenUp).toEqual([]);
  await expect(again).rejects.toMatchObject({ code: "store_unavailable" });
});

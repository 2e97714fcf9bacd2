import { describe, expect, onTestFinished, test } from "vitest";
import type { AwsSettings } from "../../../layers/aws/client.ts";
import { sqsExtender, sqsSender } from "../../../layers/aws/sqs-sender.ts";
import { MESSAGE_BYTES_MAX } from "../../../layers/core/ports/queue.ts";
import { answeringService } from "../../fixtures/answering-service.ts";
import { jsonRefusal, refusingService } from "../../fixtures/refusing-service.ts";
import { sendClientOf } from "../../fixtures/sqs-send-client.ts";
import { tenant } from "../../fixtures/tenants.ts";

const acme = tenant("acme");
const queueUrl = "https://sqs.eu-west-1.amazonaws.com/1/q";

function senderAt(settings: AwsSettings) {
  const client = sendClientOf(settings);
  onTestFinished(() => client.close());
  return sqsSender({ client, queueUrl });
}

// Fauxqs refuses characters above U+FFFF and forgets the group of a standard queue's message. SQS takes the first and
// makes a fair queue of the second (SendMessage reference, `MessageBody` and `MessageGroupId`).
test("characters above U+FFFF and the tenant's message group reach the wire", async () => {
  const service = await answeringService((response) => void response.end('{"MessageId":"m1"}'));

  const sent = await senderAt(service.settings).send(acme, { body: "😀", delaySeconds: 3 });

  expect(sent).toEqual({ ok: true, value: { id: "m1" } });
  expect(service.requests.map(({ headers }) => headers["x-amz-target"])).toEqual(["AmazonSQS.SendMessage"]);
  expect(service.requests.map(({ body }) => JSON.parse(body))).toEqual([
    {
      QueueUrl: queueUrl,
      MessageBody: "😀",
      DelaySeconds: 3,
      MessageGroupId: "acme",
      MessageAttributes: { tenantId: { DataType: "String", StringValue: "acme" } },
    },
  ]);
});

test("a message that is too large is refused before it is sent", async () => {
  const service = await answeringService((response) => void response.end("{}"));

  const sent = await senderAt(service.settings).send(acme, { body: "x".repeat(MESSAGE_BYTES_MAX + 1) });

  expect(sent).toMatchObject({ ok: false, problem: { reason: "message_too_large" } });
  expect(service.requests).toEqual([]);
});

describe("what SQS refuses is a fault of the store, which keeps the reason", () => {
  test.each([
    ["RequestThrottled", 3],
    ["KmsThrottled", 3],
    ["QueueDoesNotExist", 1],
    ["InvalidMessageContents", 1],
    ["InvalidParameterValueException", 1],
  ])("%s, after %i attempts", async (name, attempts) => {
    const service = await refusingService([jsonRefusal(`com.amazonaws.sqs#${name}`, "no")]);

    const sending = senderAt(service.settings).send(acme, { body: "m" });

    await expect(sending).rejects.toMatchObject({
      code: "store_unavailable",
      store: "queue",
      operation: "send",
      cause: expect.objectContaining({ name }),
    });
    expect(service.count()).toBe(attempts);
  });
});

test("a queue that can't be reached is a fault of the store", async () => {
  const sending = senderAt({ region: "eu-west-1", endpoint: "http://127.0.0.1:1" }).send(acme, { body: "m" });

  await expect(sending).rejects.toMatchObject({ code: "store_unavailable", store: "queue", operation: "send" });
});

describe("a message that was given to another meanwhile, or is done, is left alone", () => {
  const extend = async (name: string, message: string): Promise<void> => {
    const service = await refusingService([jsonRefusal(`com.amazonaws.sqs#${name}`, message)]);
    const client = sendClientOf(service.settings);
    onTestFinished(() => client.close());
    await sqsExtender({ client, queueUrl }).extend("receipt", 5);
  };

  test.each([
    ["MessageNotInflight", "it is not"],
    ["ReceiptHandleIsInvalid", "it is not"],
    [
      "InvalidParameterValueException",
      "Value r for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.",
    ],
  ])("%s", async (name, message) => {
    await expect(extend(name, message)).resolves.toBeUndefined();
  });

  test("and any other refusal is a fault of the store", async () => {
    await expect(extend("InvalidParameterValueException", "no such queue")).rejects.toMatchObject({
      code: "store_unavailable",
      operation: "extend",
    });
  });
});

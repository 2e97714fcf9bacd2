import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { type SqsClient, sqsClient } from "../../../layers/aws/client.ts";
import { sqsQueue } from "../../../layers/aws/sqs-queue.ts";
import { type SqsSendClient, sqsExtender } from "../../../layers/aws/sqs-sender.ts";
import { queueContract, RECEIVES_MAX } from "../../contracts/queue.contract.ts";
import { type LocalAws, localAws } from "../../fixtures/local-aws.ts";
import { sendClientOf } from "../../fixtures/sqs-send-client.ts";
import { tenant } from "../../fixtures/tenants.ts";

let aws: LocalAws;
let client: SqsClient;
let sendClient: SqsSendClient;
let queues = 0;

beforeAll(async () => {
  // The emulator runs in this process and takes its time from `Date`, so that minutes can pass at once.
  vi.useFakeTimers({ toFake: ["Date"] });
  aws = await localAws();
  client = sqsClient(aws.settings);
  sendClient = sendClientOf(aws.settings);
});

afterAll(async () => {
  sendClient.close();
  await client.close();
  await aws.close();
  vi.useRealTimers();
});

queueContract("SQS", async () => {
  const urls = aws.createQueue(`queue-${queues++}`, RECEIVES_MAX);
  return {
    queue: sqsQueue({ client, sendClient, ...urls }),
    advance: (durationMs) => {
      vi.setSystemTime(Date.now() + durationMs);
    },
    close: async () => {},
  };
});

test("a queue that can't be reached is a fault of the store", async () => {
  const nowhere = sqsClient({ ...aws.settings, endpoint: "http://127.0.0.1:1" });
  onTestFinished(() => nowhere.close());
  const queueUrl = "http://127.0.0.1:1/0/q";
  const queue = sqsQueue({ client: nowhere, sendClient, queueUrl, deadLetterQueueUrl: "unused" });

  const fault = { code: "store_unavailable", store: "queue", operation: "receive" };
  await expect(queue.receive({ max: 1, visibilitySeconds: 1, waitSeconds: 0 })).rejects.toMatchObject(fault);
});

test("whoever is given messages without receiving them says when they come again, without the SDK", async () => {
  const urls = aws.createQueue(`queue-${queues++}`, RECEIVES_MAX);
  const queue = sqsQueue({ client, sendClient, ...urls });
  const extender = sqsExtender({ client: sendClient, queueUrl: urls.queueUrl });
  await queue.send(tenant("acme"), { body: "m" });
  const asked = { max: 1, visibilitySeconds: 60, waitSeconds: 0 };
  const [first] = await queue.receive(asked);

  await extender.extend(String(first?.receipt), 0);
  const [second] = await queue.receive(asked);
  await queue.complete(String(second?.receipt));

  expect(second).toMatchObject({ id: first?.id, attempt: 2 });
  await expect(extender.extend(String(second?.receipt), 10)).resolves.toBeUndefined();
});

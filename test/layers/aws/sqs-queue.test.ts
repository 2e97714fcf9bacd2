import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { type SqsClient, sqsClient } from "../../../layers/aws/client.ts";
import { sqsQueue } from "../../../layers/aws/sqs-queue.ts";
import { queueContract, RECEIVES_MAX } from "../../contracts/queue.contract.ts";
import { type LocalAws, localAws } from "../../fixtures/local-aws.ts";
import { tenant } from "../../fixtures/tenants.ts";

let aws: LocalAws;
let client: SqsClient;
let queues = 0;

beforeAll(async () => {
  // The emulator runs in this process and takes its time from `Date`, so that minutes can pass at once.
  vi.useFakeTimers({ toFake: ["Date"] });
  aws = await localAws();
  client = sqsClient(aws.settings);
});

afterAll(async () => {
  await client.close();
  await aws.close();
  vi.useRealTimers();
});

queueContract("SQS", async () => {
  const urls = aws.createQueue(`queue-${queues++}`, RECEIVES_MAX);
  return {
    queue: sqsQueue({ client, ...urls }),
    advance: (durationMs) => {
      vi.setSystemTime(Date.now() + durationMs);
    },
    close: async () => {},
  };
});

// Fauxqs refuses characters above U+FFFF and forgets the group of a standard queue's message. SQS takes the first and
// makes a fair queue of the second (SendMessage reference, `MessageBody` and `MessageGroupId`).
test("characters above U+FFFF and the tenant's message group reach the wire", async () => {
  const requests: unknown[] = [];
  const server = createServer(async (request, reply) => {
    requests.push(JSON.parse(await text(request)));
    reply
      .writeHead(200, { "content-type": "application/x-amz-json-1.0" })
      .end(JSON.stringify({ MessageId: "m1", MD5OfMessageBody: createHash("md5").update("😀").digest("hex") }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const endpoint = `http://127.0.0.1:${Object(server.address()).port}`;
  const recording = sqsClient({ ...aws.settings, endpoint });
  onTestFinished(async () => {
    await recording.close();
    server.close();
  });

  const sent = await sqsQueue({ client: recording, queueUrl: `${endpoint}/0/q`, deadLetterQueueUrl: "unused" }).send(
    tenant("acme"),
    { body: "😀", delaySeconds: 3 },
  );

  expect(sent).toEqual({ ok: true, value: { id: "m1" } });
  expect(requests).toEqual([
    {
      QueueUrl: `${endpoint}/0/q`,
      MessageBody: "😀",
      DelaySeconds: 3,
      MessageGroupId: "acme",
      MessageAttributes: { tenantId: { DataType: "String", StringValue: "acme" } },
    },
  ]);
});

test("a queue that can't be reached is a fault of the store", async () => {
  const nowhere = sqsClient({ ...aws.settings, endpoint: "http://127.0.0.1:1" });
  onTestFinished(() => nowhere.close());
  const queue = sqsQueue({ client: nowhere, queueUrl: "http://127.0.0.1:1/0/q", deadLetterQueueUrl: "unused" });

  await expect(queue.send(tenant("acme"), { body: "m" })).rejects.toMatchObject({
    code: "store_unavailable",
    store: "queue",
    operation: "send",
  });
});

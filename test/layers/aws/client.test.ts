import { execFile } from "node:child_process";
import { join } from "node:path";
import { execPath } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type AwsSettings, blobClient, cachesClient, type Patience, sqsClient } from "../../../layers/aws/client.ts";
import { answeringService } from "../../fixtures/answering-service.ts";
import { deafService } from "../../fixtures/deaf-service.ts";
import { silentService } from "../../fixtures/silent-service.ts";

const aws = (file: string): string => JSON.stringify(join(import.meta.dirname, "../../../layers/aws", file));

test("clients and adapters load nothing of the SDK before they are used, and then no more than their own", async () => {
  const source = `
    import { registerHooks } from "node:module";
    const loaded = new Set();
    registerHooks({ resolve: (name, context, next) => {
      if (/^@aws-sdk\\/client-/.test(name)) loaded.add(name);
      return next(name, context);
    } });
    const { blobClient, sqsClient } = await import(${aws("client.ts")});
    const { dynamoClient } = await import(${aws("dynamo-client.ts")});
    const { dynamoTable } = await import(${aws("dynamo-table.ts")});
    const { sqsQueue } = await import(${aws("sqs-queue.ts")});
    const { sqsSendClient } = await import(${aws("sqs-sender.ts")});
    const { s3Blob } = await import(${aws("s3-blob.ts")});
    const settings = { region: "eu-west-1", credentials: { accessKeyId: "a", secretAccessKey: "b" } };
    dynamoTable({ client: dynamoClient({ ...settings, clock: {}, chance: {} }), tableName: "t", clock: {} });
    const sqs = sqsClient(settings);
    const sendClient = sqsSendClient({ ...settings, clock: {}, chance: {} });
    sqsQueue({ client: sqs, sendClient, queueUrl: "q", deadLetterQueueUrl: "d" });
    s3Blob({ client: blobClient(settings), bucket: "b", clock: {} });
    const before = [...loaded];
    const { client } = await sqs.open();
    const config = { attempts: await client.config.maxAttempts(), region: await client.config.region() };
    console.log(JSON.stringify({ before, after: [...loaded], same: (await sqs.open()).client === client, config }));
    await sqs.close();`;

  const { stdout } = await promisify(execFile)(execPath, ["--input-type=module", "--eval", source]);

  expect(JSON.parse(stdout)).toMatchObject({
    before: [],
    after: ["@aws-sdk/client-sqs"],
    same: true,
    config: { attempts: 3, region: "eu-west-1" },
  });
});

const settings = { region: "eu-west-1", credentials: { accessKeyId: "id", secretAccessKey: "secret" } };

/** An attempt as the tests have time for it. */
const SHORT: Patience = { connectTimeoutMs: 300, requestTimeoutMs: 400, silenceMsMax: 200 };

const CLIENTS = {
  SQS(at: AwsSettings, patience?: Patience) {
    const lazy = sqsClient(at, patience);
    const receipt = { QueueUrl: "https://sqs.eu-west-1.amazonaws.com/1/q", ReceiptHandle: "r" };
    const ask = async () => (await lazy.open()).client.send(new (await lazy.open()).sdk.DeleteMessageCommand(receipt));
    return { lazy, ask };
  },
  S3(at: AwsSettings, patience?: Patience) {
    const lazy = blobClient(at, patience);
    const place = { Bucket: "b", Key: "k" };
    const ask = async () => (await lazy.open()).client.send(new (await lazy.open()).sdk.HeadObjectCommand(place));
    return { lazy, ask };
  },
  ElastiCache(at: AwsSettings, patience?: Patience) {
    const lazy = cachesClient(at, patience);
    const ask = async () =>
      (await lazy.open()).client.send(new (await lazy.open()).sdk.DescribeServerlessCachesCommand({}));
    return { lazy, ask };
  },
};

/** Until the end of the test. */
function asking(name: keyof typeof CLIENTS, at: AwsSettings, patience?: Patience) {
  const made = CLIENTS[name]({ ...settings, ...at }, patience);
  onTestFinished(() => made.lazy.close());
  return made;
}

describe.each(["SQS", "S3", "ElastiCache"] as const)("the client of %s", (name) => {
  test("has the region and attempts that are written here, whatever its surroundings say", async () => {
    vi.stubEnv("AWS_REGION", "us-east-1").stubEnv("AWS_MAX_ATTEMPTS", "9").stubEnv("AWS_RETRY_MODE", "adaptive");
    onTestFinished(() => void vi.unstubAllEnvs());

    const { config } = (await asking(name, settings).lazy.open()).client;
    const mode = typeof config.retryMode === "string" ? config.retryMode : await config.retryMode();

    expect([await config.region(), await config.maxAttempts(), mode]).toEqual(["eu-west-1", 3, "standard"]);
  });

  test("has a limit for each part of an attempt", async () => {
    const { ask, lazy } = asking(name, { region: "eu-west-1", endpoint: "http://127.0.0.1:1" });
    await ask().catch(() => undefined);

    const { requestHandler } = (await lazy.open()).client.config;

    expect(Object(requestHandler).httpHandlerConfigs()).toMatchObject({
      connectionTimeout: 1000,
      throwOnRequestTimeout: true,
      ...{
        SQS: { requestTimeout: 25_000 },
        S3: { requestTimeout: 60_000, socketTimeout: 15_000 },
        ElastiCache: { requestTimeout: 2000 },
      }[name],
    });
  });

  test("asks a service that says nothing three times, each time no longer than it may", async () => {
    const service = await silentService();
    const { ask } = asking(name, service.settings, { connectTimeoutMs: 300, requestTimeoutMs: 400 });
    const startedMs = performance.now();

    await expect(ask()).rejects.toMatchObject({ name: "TimeoutError" });

    expect(service.connections()).toBe(3);
    expect(performance.now() - startedMs).toBeGreaterThan(3 * 400 - 20);
  });

  test("leaves an address where nobody takes connections sooner than its time for an answer", async () => {
    const { ask } = asking(name, await deafService(), { connectTimeoutMs: 300, requestTimeoutMs: 60_000 });
    const startedMs = performance.now();

    await expect(ask()).rejects.toMatchObject({ name: "TimeoutError", message: expect.stringContaining("300 ms") });

    expect(performance.now() - startedMs).toBeGreaterThan(3 * 300 - 20);
  });

  test("tells that nobody is there", async () => {
    const { ask } = asking(name, { region: "eu-west-1", endpoint: "http://127.0.0.1:1" }, SHORT);

    await expect(ask()).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("hears an answer that takes longer than a connection may, but not too long", async () => {
    const service = await answeringService(async (response) => {
      await sleep(SHORT.connectTimeoutMs + 50);
      response.end(name === "SQS" ? "{}" : undefined);
    });
    const { ask } = asking(name, service.settings, { ...SHORT, requestTimeoutMs: 10_000, silenceMsMax: 10_000 });

    await expect(ask()).resolves.toMatchObject({ $metadata: { httpStatusCode: 200, attempts: 1 } });
  });
});

test("an object whose bytes stop coming is given up after the silence that is allowed", async () => {
  const service = await answeringService((response) => {
    response.writeHead(200, { "content-length": "100" }).write("only this");
  });
  const lazy = blobClient({ ...settings, ...service.settings }, SHORT);
  onTestFinished(() => lazy.close());
  const { client, sdk } = await lazy.open();
  const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket: "b", Key: "k" }));

  await expect(Body?.transformToString()).rejects.toMatchObject({ name: "TimeoutError" });
});

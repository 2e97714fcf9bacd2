import { execFile } from "node:child_process";
import { join } from "node:path";
import { execPath } from "node:process";
import { promisify } from "node:util";
import { expect, onTestFinished, test, vi } from "vitest";
import { blobClient, cachesClient, sqsClient } from "../../../layers/aws/client.ts";

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
    const { s3Blob } = await import(${aws("s3-blob.ts")});
    const settings = { region: "eu-west-1", credentials: { accessKeyId: "a", secretAccessKey: "b" } };
    dynamoTable({ client: dynamoClient({ ...settings, clock: {}, chance: {} }), tableName: "t", clock: {} });
    const sqs = sqsClient(settings);
    sqsQueue({ client: sqs, queueUrl: "q", deadLetterQueueUrl: "d" });
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

test.each([
  ["SQS", sqsClient],
  ["S3", blobClient],
  ["ElastiCache", cachesClient],
])("the region and attempts of %s are those written here, whatever its surroundings say", async (_, make) => {
  vi.stubEnv("AWS_REGION", "us-east-1").stubEnv("AWS_MAX_ATTEMPTS", "9").stubEnv("AWS_RETRY_MODE", "adaptive");
  onTestFinished(() => void vi.unstubAllEnvs());
  const lazy = make(settings);
  onTestFinished(() => lazy.close());

  const { config } = (await lazy.open()).client;
  const mode = typeof config.retryMode === "string" ? config.retryMode : await config.retryMode();

  expect([await config.region(), await config.maxAttempts(), mode]).toEqual(["eu-west-1", 3, "standard"]);
});

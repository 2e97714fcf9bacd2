import { fork } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { UPKEEP_SCHEDULES, UpkeepConfig } from "../../functions/upkeep/config.ts";
import { UsageConfig } from "../../functions/usage/config.ts";
import { dynamoTable } from "../../layers/aws/dynamo-table.ts";
import { usageSourceKey } from "../../layers/core/store/keys.ts";
import { hourText } from "../../layers/core/usage/hour.ts";
import { NO_USAGE } from "../../layers/core/usage/usage-kind.ts";
import { usageMessage } from "../../layers/core/usage/usage-message.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { clientOf } from "../fixtures/dynamo-client.ts";
import { recordedEvent } from "../fixtures/events/read-event.ts";
import { type LocalAws, localAws } from "../fixtures/local-aws.ts";
import { type LocalDynamo, localDynamo } from "../fixtures/local-dynamo.ts";
import { tenant } from "../fixtures/tenants.ts";

const root = resolve(import.meta.dirname, "../..");
const acme = tenant("acme");

let dynamo: LocalDynamo;
let aws: LocalAws;
const queueUrls: Record<string, string> = {};

beforeAll(async () => {
  [dynamo, aws] = await Promise.all([localDynamo({ tableNames: ["state", "control"] }), localAws()]);
  aws.createBucket("skein-blobs");
  for (const name of ["usage", "jobs", "jobs-high"]) queueUrls[name] = aws.createQueue(name, 5).queueUrl;
});

afterAll(async () => {
  await Promise.all([dynamo.close(), aws.close()]);
});

function variables(): Record<string, string> {
  return {
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_ENDPOINT_URL_DYNAMODB: String(dynamo.settings.endpoint),
    AWS_ENDPOINT_URL_S3: String(aws.settings.endpoint),
    STATE_TABLE: "state",
    CONTROL_TABLE: "control",
    BLOB_BUCKET: "skein-blobs",
    AWS_ENDPOINT_URL_SQS: String(aws.settings.endpoint),
    JOBS_QUEUE_URL: queueUrls.jobs ?? "",
    JOBS_HIGH_QUEUE_URL: queueUrls["jobs-high"] ?? "",
    WORK_QUEUE_URL: queueUrls.jobs ?? "",
    USAGE_QUEUE_URL: queueUrls.usage ?? "",
    CYBERCHEF_DIR: join(root, "build/layers/cyberchef/cyberchef"),
    SURFACE: "index",
    CACHE_ENDPOINT: "none",
    CACHE_NAME: "none",
    CACHE_USER: "none",
  };
}

/** An environment of a worker with these variables alone: what its handler answers, one event after another. */
function environment(name: "usage" | "upkeep" | "worker", env: Readonly<Record<string, string>>) {
  const child = fork(
    join(root, "test/fixtures/lambda-environment.ts"),
    [join(root, "build/functions", name, "index.mjs"), "buffer"],
    { env: { ...env }, execArgv: [], stdio: ["ignore", "ignore", "pipe", "ipc"] },
  );
  onTestFinished(() => void child.kill());
  const failure = child.stderr === null ? Promise.resolve("") : text(child.stderr);
  return {
    ended: once(child, "exit"),
    failure,
    started: () => once(child, "message"),
    async invoke(event: unknown): Promise<unknown> {
      child.send(Object(event));
      const [message] = await once(child, "message");
      return message.reply;
    },
  };
}

test("the usage function takes what a queue gives it, and tells what it could not take", async () => {
  const epochHour = Math.floor(Date.now() / 3_600_000);
  const body = usageMessage([{ source: "p.0", seq: 1, epochHour, totals: { ...NO_USAGE, calls: 3 } }]);
  const record = (messageId: string, given: string) => ({
    messageId,
    receiptHandle: `${messageId} receipt`,
    body: given,
    attributes: { ApproximateReceiveCount: "1" },
    messageAttributes: { tenantId: { dataType: "String", stringValue: acme } },
    eventSource: "aws:sqs",
  });
  const usage = environment("usage", variables());
  await usage.started();

  const answer = await usage.invoke({ Records: [record("m1", body), record("m2", "hello")] });

  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: "m2" }] });
  const client = clientOf(dynamo.settings);
  onTestFinished(() => client.close());
  const table = dynamoTable({ client, tableName: "state", clock: systemClock() });
  const key = usageSourceKey(acme, { region: "eu-west-1", hour: hourText(epochHour), source: "p.0" });
  expect(await table.get(key)).toMatchObject({ seq: 1, totals: { calls: 3 } });
});

test("the upkeep function does each of its works to the end", async () => {
  const upkeep = environment("upkeep", variables());
  await upkeep.started();

  const answers: unknown[] = [];
  for (const { work } of UPKEEP_SCHEDULES) answers.push(await upkeep.invoke({ ...recordedEvent("schedule"), work }));

  expect(answers).toEqual(UPKEEP_SCHEDULES.map(() => ({ isFinished: true })));
});

describe.each([
  ["usage", UsageConfig],
  ["upkeep", UpkeepConfig],
] as const)("the bundle of %s", (name, config) => {
  test("fails at its start with all that is missing", async () => {
    const env = variables();
    for (const setting of Object.keys(config.shape)) Reflect.deleteProperty(env, setting);

    const { ended, failure } = environment(name, env);
    await ended;

    for (const setting of Object.keys(config.shape)) expect(await failure).toContain(`${setting}: is not set`);
  });
});

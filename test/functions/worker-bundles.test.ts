import { fork } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { FunctionPeople } from "../../functions/function-people.ts";
import { tenantPolicies } from "../../functions/tenant-policies.ts";
import { UPKEEP_SCHEDULES, UpkeepConfig } from "../../functions/upkeep/config.ts";
import { UsageConfig } from "../../functions/usage/config.ts";
import { WorkerConfig } from "../../functions/worker/config.ts";
import { blobClient, sqsClient } from "../../layers/aws/client.ts";
import { dynamoTable } from "../../layers/aws/dynamo-table.ts";
import { s3Blob } from "../../layers/aws/s3-blob.ts";
import { sqsQueue } from "../../layers/aws/sqs-queue.ts";
import { actorOf } from "../../layers/core/audit/audit-entry.ts";
import { AuditLog } from "../../layers/core/audit/audit-log.ts";
import { planLimits } from "../../layers/core/billing/price-plans.ts";
import type { JobOrder } from "../../layers/core/job/job-order.ts";
import { Jobs } from "../../layers/core/job/jobs.ts";
import type { Queue } from "../../layers/core/ports/queue.ts";
import { Quotas } from "../../layers/core/quota/quotas.ts";
import { ok } from "../../layers/core/result.ts";
import { questionKey, usageSourceKey } from "../../layers/core/store/keys.ts";
import { ERASURE_GRACE_MS } from "../../layers/core/tenant/limits.ts";
import { Tenants } from "../../layers/core/tenant/tenants.ts";
import { hourText } from "../../layers/core/usage/hour.ts";
import { NO_USAGE } from "../../layers/core/usage/usage-kind.ts";
import { usageMessage } from "../../layers/core/usage/usage-message.ts";
import { archiveKey } from "../../layers/core/workspace/archive-key.ts";
import { sha256 } from "../../layers/node/sha256.ts";
import { systemChance } from "../../layers/node/system-chance.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { clientOf } from "../fixtures/dynamo-client.ts";
import { recordedEvent } from "../fixtures/events/read-event.ts";
import { type LocalAws, localAws } from "../fixtures/local-aws.ts";
import { type LocalDynamo, localDynamo } from "../fixtures/local-dynamo.ts";
import { NO_RUNNER } from "../fixtures/no-runner.ts";
import { principalOf } from "../fixtures/principals.ts";
import { sendClientOf } from "../fixtures/sqs-send-client.ts";
import { tenant } from "../fixtures/tenants.ts";

const root = resolve(import.meta.dirname, "../..");
const acme = tenant("acme");
const clock = systemClock();
const chance = systemChance();
const BAKE = { tool: "cyberchef_bake", arguments: { input: "hello", recipe: [{ op: "To Base64" }] } };
const NOWHERE: Pick<Queue, "send"> = { send: async () => ok({ id: "1" }) };

let dynamo: LocalDynamo;
let aws: LocalAws;
/** As AWS writes it; the emulator goes by the name at its end. */
const queueUrl = (name: string): string => `https://sqs.us-east-1.amazonaws.com/000000000000/${name}`;

beforeAll(async () => {
  [dynamo, aws] = await Promise.all([localDynamo({ tableNames: ["state", "control"] }), localAws()]);
  for (const bucket of ["skein-blobs", "skein-blobs-2"]) aws.createBucket(bucket);
  for (const name of ["usage", "jobs", "jobs-high", "messages"]) aws.createQueue(name, 5);
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
    BLOB_BUCKETS: "eu-west-1=skein-blobs,us-west-2=skein-blobs-2",
    AWS_ENDPOINT_URL_SQS: String(aws.settings.endpoint),
    JOBS_QUEUE_URL: queueUrl("jobs"),
    JOBS_HIGH_QUEUE_URL: queueUrl("jobs-high"),
    MESSAGES_QUEUE_URL: queueUrl("messages"),
    WORK_QUEUE_URL: queueUrl("jobs"),
    ...NO_RUNNER,
    USAGE_QUEUE_URL: queueUrl("usage"),
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
    async started(): Promise<void> {
      const failed = await Promise.race([once(child, "message").then(() => undefined), failure]);
      if (failed !== undefined) throw new TypeError(failed);
    },
    async invoke(event: unknown): Promise<unknown> {
      child.send(Object(event));
      const [message] = await once(child, "message");
      return message.reply;
    },
  };
}

/** What the next message about usage says, which nobody else reads then. */
async function readingsTold(): Promise<unknown> {
  const client = sqsClient(aws.settings);
  onTestFinished(() => client.close());
  const urls = { queueUrl: queueUrl("usage"), deadLetterQueueUrl: queueUrl("usage-dead") };
  const queue = sqsQueue({ client, sendClient: sendClientOf(aws.settings), ...urls });
  const [message] = await queue.receive({ max: 1, visibilitySeconds: 30, waitSeconds: 5 });
  if (message === undefined) throw new TypeError("nothing was told");
  await queue.complete(message.receipt);
  return JSON.parse(message.body).readings;
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

test("the upkeep function erases what a tenant left in the bucket of another region", async () => {
  const [gone, stays] = [tenant("gone"), tenant("stays")];
  const client = clientOf(dynamo.settings);
  const s3 = blobClient({ ...aws.settings, region: "us-west-2" });
  onTestFinished(async () => {
    await Promise.all([client.close(), s3.close()]);
  });
  const before = { ...clock, nowMs: () => clock.nowMs() - ERASURE_GRACE_MS - 1_000 };
  const table = dynamoTable({ client, tableName: "control", clock: before });
  const audit = new AuditLog({ table, clock: before, chance, digest: sha256, report: () => {} });
  const offer = { planLimits, toolkits: new Set<string>(), regions: new Set<string>() };
  const tenants = new Tenants({ table, clock: before, chance, audit, offer, changed: () => {} });
  const actor = actorOf(principalOf({ tenantId: gone, role: "owner" }), { remoteAddress: "", requestId: "r" });
  await tenants.create({ tenantId: gone, name: "Gone", plan: "team" }, { actor });
  expect((await tenants.delete(gone, { actor })).ok).toBe(true);
  const elsewhere = s3Blob({ client: s3, bucket: "skein-blobs-2", clock });
  for (const tenantId of [gone, stays]) await elsewhere.put(archiveKey(tenantId, "shop"), Buffer.from("x"));
  const upkeep = environment("upkeep", variables());
  await upkeep.started();

  await upkeep.invoke({ ...recordedEvent("schedule"), work: "erase" });

  const left = await elsewhere.list("workspace/", { limit: 10 });
  expect(left.blobs.map(({ key }) => key)).toEqual([archiveKey(stays, "shop")]);
});

test("the upkeep function ends the question that nobody has answered in time, and tells what that took", async () => {
  const asking = tenant("asking");
  const client = clientOf(dynamo.settings);
  const sqs = sendClientOf(aws.settings);
  onTestFinished(() => {
    client.close();
    sqs.close();
  });
  const [table, control] = ["state", "control"].map((tableName) => dynamoTable({ client, tableName, clock }));
  if (table === undefined || control === undefined) throw new TypeError("two tables");
  const timeoutMs = 1_000;
  const { questions } = new FunctionPeople({
    config: { MESSAGES_QUEUE_URL: queueUrl("messages") },
    ...{ table, quotas: new Quotas({ table: control, clock }), sqs, chance, region: "eu-west-1" },
    clock: { ...clock, nowMs: () => clock.nowMs() - 2 * timeoutMs },
    wake: async () => {},
    meter: { record: () => {} },
    report: () => {},
    turned: () => {},
  });
  const content = { question: "Deploy?", urgency: "normal" } as const;
  const asked = await questions.ask(asking, { content, to: { kind: "everyone" }, timeoutMs, asker: "ann" });
  if (!asked.ok) throw new TypeError(asked.problem.reason);
  const { questionId } = asked.value;
  const upkeep = environment("upkeep", variables());
  await upkeep.started();

  await upkeep.invoke({ ...recordedEvent("schedule"), work: "sweep-jobs" });

  expect(await table.get(questionKey(asking, questionId))).toMatchObject({ state: "expired" });
  expect(await readingsTold()).toMatchObject([{ totals: { messages: 1 } }]);
});

describe("the worker function", () => {
  const record = (body: string) => ({
    messageId: body,
    receiptHandle: "r",
    body,
    attributes: { ApproximateReceiveCount: "1" },
    messageAttributes: { tenantId: { dataType: "String", stringValue: acme } },
    eventSource: "aws:sqs",
  });

  /** What a process that submits jobs has, on the same stores. */
  async function submitter() {
    const client = clientOf(dynamo.settings);
    const sqs = sendClientOf(aws.settings);
    onTestFinished(() => {
      client.close();
      sqs.close();
    });
    const [table, control] = ["state", "control"].map((tableName) => dynamoTable({ client, tableName, clock }));
    if (table === undefined || control === undefined) throw new TypeError("two tables");
    const audit = new AuditLog({ table: control, clock, chance, digest: sha256, report: () => {} });
    const offer = { planLimits, toolkits: new Set<string>(), regions: new Set<string>() };
    const tenants = new Tenants({ table: control, clock, chance, audit, offer, changed: () => {} });
    await tenants.ensure({ tenantId: acme, name: "Acme", plan: "team" });
    const s3 = blobClient(aws.settings);
    onTestFinished(() => s3.close());
    const jobs = new Jobs({
      table,
      blob: s3Blob({ client: s3, bucket: "skein-blobs", clock }),
      queues: { normal: NOWHERE, high: NOWHERE },
      quotas: new Quotas({ table: control, clock }),
      policies: tenantPolicies({ control, clock }),
      ...{ clock, chance, region: "eu-west-1", report: () => {} },
    });
    const order = { kind: "tool", title: "bake", submitter: principalOf({ role: "developer" }) };
    const submit = async (given: Partial<JobOrder>) => {
      const submitted = await jobs.submit(acme, { ...order, input: BAKE, ...given });
      if (!submitted.ok) throw new TypeError(submitted.problem.reason);
      const { jobId, readyAtEpochMs } = submitted.value.job;
      return { jobId, body: JSON.stringify({ jobId, readyAtEpochMs }) };
    };
    return { jobs, submit };
  }

  test("runs the tool of a job in its submitter's name, and tells what it took", async () => {
    const { jobs, submit } = await submitter();
    const { jobId, body } = await submit({});
    const worker = environment("worker", variables());
    await worker.started();

    const answer = await worker.invoke({ Records: [record(body)] });

    expect(answer).toEqual({ batchItemFailures: [] });
    const job = await jobs.get(acme, jobId);
    expect(job).toMatchObject({ state: "succeeded", attempts: 1 });
    expect(job && (await jobs.resultOf(job))).toMatchObject({ content: [{ text: "aGVsbG8=" }] });
    const told = await readingsTold();
    expect(told).toMatchObject([{ totals: { jobMicroseconds: expect.toSatisfy((amount: number) => amount > 0) } }]);
  });

  test("runs nothing twice, and leaves what is not ready for later", async () => {
    const { jobs, submit } = await submitter();
    const [once, later] = [await submit({}), await submit({ delayMs: 60_000 })];
    const worker = environment("worker", variables());
    await worker.started();

    const answers = [
      await worker.invoke({ Records: [record(once.body)] }),
      await worker.invoke({ Records: [record(once.body)] }),
      await worker.invoke({ Records: [record(later.body)] }),
    ];

    expect(answers).toEqual([
      { batchItemFailures: [] },
      { batchItemFailures: [] },
      { batchItemFailures: [{ itemIdentifier: later.body }] },
    ]);
    expect(await jobs.get(acme, once.jobId)).toMatchObject({ state: "succeeded", term: 1 });
    expect(await jobs.get(acme, later.jobId)).toMatchObject({ state: "queued", term: 0 });
  });
});

describe.each([
  ["usage", UsageConfig],
  ["upkeep", UpkeepConfig],
  ["worker", WorkerConfig],
] as const)("the bundle of %s", (name, config) => {
  test("fails at its start with all that is missing", async () => {
    const env = variables();
    for (const setting of Object.keys(config.shape)) Reflect.deleteProperty(env, setting);

    const { ended, failure } = environment(name, env);
    await ended;

    for (const setting of Object.keys(config.shape)) expect(await failure).toContain(`${setting}: is not set`);
  });
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { PROJECTS_SHAPE, ProjectsConfig } from "../../functions/projects/config.ts";
import { sendArchive } from "../../layers/local/workspace/send-archive.ts";
import { archiveOf } from "../fixtures/archives.ts";
import { conditionalS3 } from "../fixtures/conditional-s3.ts";
import { recordedEvent } from "../fixtures/events/read-event.ts";
import { type LambdaProcess, lambdaProcess } from "../fixtures/lambda-process.ts";
import { type LocalAws, localAws } from "../fixtures/local-aws.ts";
import { type LocalDynamo, localDynamo } from "../fixtures/local-dynamo.ts";
import { type LocalFargate, localFargate } from "../fixtures/local-fargate.ts";
import { type LocalSecrets, localSecrets } from "../fixtures/local-secrets.ts";
import { NO_RUNNER } from "../fixtures/no-runner.ts";
import { type SignedS3, signedS3 } from "../fixtures/signed-s3.ts";

/** The bundle of the projects function as Lambda runs it, on services that speak as AWS's do and run what they are told to. */
const ACCESS_KEY = "k".repeat(64);
/** For what comes of itself: how soon is no promise of the function's, and a busy machine takes its time. */
const AT_LAST = { timeout: 60_000 };

let dynamo: LocalDynamo;
let aws: LocalAws;
let door: Awaited<ReturnType<typeof conditionalS3>>;
let signed: SignedS3;
let secrets: LocalSecrets;
let fargate: LocalFargate;
const open: LambdaProcess[] = [];

beforeAll(async () => {
  [dynamo, aws, secrets, fargate] = await Promise.all([localDynamo(), localAws(), localSecrets(), localFargate()]);
  door = await conditionalS3(aws.port);
  signed = await signedS3(door.port, {
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    region: "eu-west-1",
  });
  aws.createBucket("skein-blobs");
  aws.createQueue("skein-usage", 5);
  secrets.secrets.set("skein/access", { AWSCURRENT: ACCESS_KEY }).set("skein/api-key", { AWSCURRENT: "p".repeat(64) });
});

afterAll(async () => {
  await Promise.all(open.map((environment) => environment.end()));
  await fargate.close();
  await signed.close();
  await door.close();
  await Promise.all([dynamo.close(), aws.close(), secrets.close()]);
});

async function boot(changed: Readonly<Record<string, string>> = {}): Promise<LambdaProcess> {
  const env: Record<string, string> = {
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_ENDPOINT_URL_DYNAMODB: String(dynamo.settings.endpoint),
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${signed.port}`,
    AWS_ENDPOINT_URL_SQS: String(aws.settings.endpoint),
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.place.endpoint.href,
    AWS_ENDPOINT_URL_ECS: String(fargate.settings.endpoint),
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: String(fargate.settings.endpoint),
    ...{ STATE_TABLE: "state", CONTROL_TABLE: "state", BLOB_BUCKET: "skein-blobs", TENANT: "acme" },
    ...{ ACCESS_SECRET_ID: "skein/access", API_KEY_SECRET_ID: "skein/api-key" },
    ...{ ISSUER: "none", AUDIENCES: "none", CLIENT_IDS: "none", TENANT_CLAIM: "tenant", ROLE_CLAIM: "role" },
    ...{ SCOPE_PREFIX: "none", BASE_URL: "none", REGIONS: "eu-west-1", WATCHED_TENANTS: "none", FAULTS: "none" },
    USAGE_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/000000000000/skein-usage",
    REPLY_MODE: "stream",
    RUNNER_CLUSTER: "skein-small-projects",
    RUNNER_TASK_FAMILY: "skein-small-project",
    RUNNER_SUBNETS: "subnet-0a,subnet-0b",
    RUNNER_SECURITY_GROUP: "sg-0a",
    RUNNER_LOG_GROUP: "/skein/small/projects",
    RUNNER_CAPACITY: "on-demand",
    PROJECTS_URL: "https://eu-west-1.mcp.example.com",
    ...changed,
  };
  const named = Object.keys(ProjectsConfig.shape).filter((name) => env[name] === undefined);
  expect(named).toEqual([]);
  const environment = await lambdaProcess(PROJECTS_SHAPE.name, { env, mode: "stream" });
  open.push(environment);
  return environment;
}

/** A tool's answer, or its error, over the plain HTTP of the MCP Debug Host. */
function called(environment: LambdaProcess, name: string, args: object) {
  return asked(environment, { method: "POST", path: "/mcp/tools/call", json: { name, arguments: args } });
}

async function asked(
  environment: LambdaProcess,
  { method, path, json }: { readonly method: string; readonly path: string; readonly json: object },
) {
  const event = recordedEvent("rest-json");
  const reply = await environment.invoke({
    ...event,
    httpMethod: method,
    path,
    multiValueHeaders: {
      ...Object(event.multiValueHeaders),
      Authorization: [`Bearer ${ACCESS_KEY}`],
      "Content-Type": ["application/json"],
    },
    body: JSON.stringify(json),
  });
  return { status: reply.status, ...JSON.parse(reply.body) };
}

test("a project that is started through one environment runs, and is seen, read and stopped through another", async () => {
  const [one, other] = [await boot(), await boot()];
  const command = 'echo "test"; while :; do sleep 0.1; done';

  const started = await called(one, "host.start", { projectId: "p1", command });
  await expect
    .poll(async () => (await called(other, "host.status", { projectId: "p1" })).result?.status, AT_LAST)
    .toBe("running");
  await expect
    .poll(
      async () => JSON.stringify(await called(other, "host.logs", { containerName: "p1", projectId: "p1" })),
      AT_LAST,
    )
    .toContain('"test"');
  const stopped = await called(other, "host.stop", { projectId: "p1" });

  expect(started).toMatchObject({ status: 200, error: null, result: { success: true, projectId: "p1" } });
  expect(started.result.accessUrl).toBe("https://eu-west-1.mcp.example.com/p/p1/");
  expect(stopped).toMatchObject({ status: 200, result: { success: true, status: "stopped" } });
  expect(fargate.tasks).toMatchObject([{ stopCode: "UserInitiated", stoppedReason: "stopped by its tenant" }]);
  expect(fargate.tasks.map(({ exitCode }) => exitCode)).toEqual([143]);
}, 120_000);

test("a project runs what was sent by a link that one environment signed and another accepted", async () => {
  const [one, other] = [await boot(), await boot()];
  const path = "/api/projects/sent/workspace";
  const { content, bytes, sha256 } = await archiveOf({ "server.js": 'console.log("it was sent")' });

  const offered = await asked(one, { method: "POST", path, json: { bytes, sha256 } });
  expect(offered.status).toBe(200);
  const forged = { ...offered.upload, url: offered.upload.url.replace("/acme/", "/other/") };
  expect((await sendArchive(forged, { archive: content })).status).toBe(403);
  expect((await sendArchive(offered.upload, { archive: content })).status).toBe(200);
  const accepted = await asked(other, { method: "PUT", path, json: { uploadId: offered.uploadId } });
  const started = await called(one, "host.start", { projectId: "sent" });
  await expect
    .poll(async () => JSON.stringify(await called(other, "host.logs", { projectId: "sent" })), AT_LAST)
    .toContain("it was sent");
  const removed = await asked(other, { method: "DELETE", path, json: {} });

  expect(accepted).toMatchObject({ status: 200, sha256, bytes, region: "eu-west-1", entryCount: 1 });
  expect(started).toMatchObject({ status: 200, result: { command: "node server.js" } });
  expect(removed).toMatchObject({ status: 200, uploadId: offered.uploadId });
}, 120_000);

test("without projects in the plan the function does not so much as start", async () => {
  const environment = await boot(NO_RUNNER);

  expect(environment.started).toBe(false);
  expect(environment.failure).toContain("RUNNER_CAPACITY is none");
});

import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { HEALTH_SHAPE, HealthConfig } from "../../functions/health/config.ts";
import { JOBS_SHAPE, JobsConfig } from "../../functions/jobs/config.ts";
import { MCP_SHAPE, McpConfig } from "../../functions/mcp/config.ts";
import { SESSIONS_SHAPE, SessionsConfig } from "../../functions/sessions/config.ts";
import { sqsClient } from "../../layers/aws/client.ts";
import { sqsQueue } from "../../layers/aws/sqs-queue.ts";
import type { FunctionShape, ReplyMode } from "../../layers/core/deployment/function-shape.ts";
import { schemasAhead } from "../../scripts/build/schemas-ahead.ts";
import { recordedEvent } from "../fixtures/events/read-event.ts";
import { type LambdaProcess, lambdaProcess } from "../fixtures/lambda-process.ts";
import { type LocalAws, localAws } from "../fixtures/local-aws.ts";
import { type LocalDynamo, localDynamo } from "../fixtures/local-dynamo.ts";
import { type LocalSecrets, localSecrets } from "../fixtures/local-secrets.ts";
import { NO_RUNNER } from "../fixtures/no-runner.ts";
import { sendClientOf } from "../fixtures/sqs-send-client.ts";

const root = resolve(import.meta.dirname, "../..");
const ACCESS_KEY = "k".repeat(64);

const SETTINGS: Readonly<Record<string, string>> = {
  STATE_TABLE: "state",
  CONTROL_TABLE: "state",
  BLOB_BUCKET: "skein-blobs",
  TENANT: "acme",
  ACCESS_SECRET_ID: "skein/access",
  API_KEY_SECRET_ID: "skein/api-key",
  ISSUER: "none",
  AUDIENCES: "none",
  CLIENT_IDS: "none",
  TENANT_CLAIM: "tenant",
  ROLE_CLAIM: "role",
  SCOPE_PREFIX: "none",
  BASE_URL: "none",
  REGIONS: "us-east-1",
  USAGE_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/000000000000/skein-usage",
  JOBS_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/000000000000/skein-jobs",
  JOBS_HIGH_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/000000000000/skein-jobs-high",
  MESSAGES_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/000000000000/skein-messages",
  SEAL_SECRET_ID: "skein/seal",
  CYBERCHEF_DIR: resolve(root, "build/layers/cyberchef/cyberchef"),
  ...NO_RUNNER,
  SURFACE: "index",
  POLL_INTERVAL_MS: "100",
  HOLD_MS: "0",
  LISTEN_MS: "30000",
  WATCHED_TENANTS: "none",
  FAULTS: "none",
  CACHE_ENDPOINT: "none",
  CACHE_NAME: "none",
  CACHE_USER: "none",
  REPLY_MODE: "stream",
  USER_SESSION_ADDRESS_BINDING: "off",
};

interface Bundle {
  readonly shape: FunctionShape;
  readonly config: { readonly shape: object };
  readonly mode: ReplyMode;
}

const MCP: Bundle = { shape: MCP_SHAPE, config: McpConfig, mode: "stream" };
const SESSIONS: Bundle = { shape: SESSIONS_SHAPE, config: SessionsConfig, mode: "buffer" };
const JOBS: Bundle = { shape: JOBS_SHAPE, config: JobsConfig, mode: "stream" };
const HEALTH: Bundle = { shape: HEALTH_SHAPE, config: HealthConfig, mode: "buffer" };

let dynamo: LocalDynamo;
let aws: LocalAws;
let secrets: LocalSecrets;
const open: LambdaProcess[] = [];

beforeAll(async () => {
  [dynamo, aws, secrets] = await Promise.all([localDynamo(), localAws(), localSecrets()]);
  aws.createBucket("skein-blobs");
  for (const name of ["skein-usage", "skein-jobs", "skein-jobs-high", "skein-messages"]) aws.createQueue(name, 5);
  secrets.secrets
    .set("skein/access", { AWSCURRENT: ACCESS_KEY })
    .set("skein/api-key", { AWSCURRENT: "p".repeat(64) })
    .set("skein/seal", { AWSCURRENT: "s".repeat(64) });
});

afterAll(async () => {
  await Promise.all(open.map((environment) => environment.end()));
  await Promise.all([dynamo.close(), aws.close(), secrets.close()]);
});

/** What Lambda sets itself. */
function lambdaVariables(): Record<string, string> {
  return {
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_ENDPOINT_URL_DYNAMODB: String(dynamo.settings.endpoint),
    AWS_ENDPOINT_URL_S3: String(aws.settings.endpoint),
    AWS_ENDPOINT_URL_SQS: String(aws.settings.endpoint),
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.place.endpoint.href,
  };
}

const settingsOf = (config: { readonly shape: object }) =>
  Object.fromEntries(Object.keys(config.shape).map((name) => [name, SETTINGS[name] ?? "not in the test"]));

async function boot(
  { shape, config, mode }: Bundle,
  changed: Readonly<Record<string, string>> = {},
): Promise<LambdaProcess> {
  const env = { ...lambdaVariables(), ...settingsOf(config), ...changed };
  const environment = await lambdaProcess(shape.name, { env, mode });
  open.push(environment);
  return environment;
}

const withKey = (event: Record<string, unknown>, more: Readonly<Record<string, readonly string[]>> = {}) => ({
  ...event,
  multiValueHeaders: { ...Object(event.multiValueHeaders), Authorization: [`Bearer ${ACCESS_KEY}`], ...more },
});

describe.each([MCP, SESSIONS, JOBS, HEALTH])("the bundle of $shape.name", ({ shape, config, mode }) => {
  test("boots with exactly the variables that its config names", async () => {
    const environment = await boot({ shape, config, mode });

    expect(environment.failure).toBe("");
    expect(environment.started).toBe(true);
  });

  test("fails at its start with all that is missing or wrong", async () => {
    const [first = "", second = "", ...others] = Object.keys(config.shape);
    const env = { ...lambdaVariables(), ...settingsOf(config), [second]: "" };
    Reflect.deleteProperty(env, first);

    const environment = await lambdaProcess(shape.name, { env, mode });

    expect(environment.started).toBe(false);
    expect(environment.failure).toContain(
      `the settings of this function are wrong:\n${first}: is not set\n${second}: `,
    );
    for (const name of others) expect(environment.failure).not.toContain(`\n${name}: `);
  });

  test("fails at its start without a region", async () => {
    const env = settingsOf(config);

    const environment = await lambdaProcess(shape.name, { env, mode });

    expect(environment.started).toBe(false);
    expect(environment.failure).toContain("AWS_REGION is not set");
  });

  test("is made of nothing that tests or the local cell are made of", () => {
    const stamp: object = JSON.parse(
      readFileSync(resolve(root, `build/functions-maps/${shape.name}/stamp.json`), "utf8"),
    );
    const sources = Object.keys(stamp).filter((path) => !path.startsWith("scripts/"));

    expect(sources).toContain(`functions/${shape.name}/handler.ts`);
    expect(sources.filter((path) => /^(?:test|layers\/local|bench|lib)\//.test(path))).toEqual([]);
  });

  test("lies alone in its folder, as it is deployed", () => {
    const others = readdirSync(resolve(root, "build/functions", shape.name)).filter(
      (file) => !/^chunk-\w+\.mjs$/.test(file),
    );

    expect(others.sort()).toEqual(["index.mjs", "package.json"]);
  });
});

describe("the jobs function", () => {
  const event = (httpMethod: string, path: string, body?: object) => ({
    ...withKey({ ...recordedEvent("rest-json"), httpMethod, path }, { "Content-Type": ["application/json"] }),
    body: body === undefined ? null : JSON.stringify(body),
  });

  test("keeps a job and sends it to its workers, as a stream and as a whole", async () => {
    const [streaming, whole] = [await boot(JOBS), await boot({ ...JOBS, mode: "buffer" }, { REPLY_MODE: "buffer" })];

    const submitted = await streaming.invoke(event("POST", "/api/jobs", { tool: "cyberchef_bake" }));
    const { jobId } = JSON.parse(submitted.body);
    const shown = await whole.invoke(event("GET", `/api/jobs/${jobId}`));

    expect(submitted).toMatchObject({ status: 201, headers: { location: [`/api/jobs/${jobId}`] } });
    expect(shown).toMatchObject({ status: 200 });
    expect(JSON.parse(shown.body)).toMatchObject({ jobId, state: "queued", submittedBy: "access-key" });
    expect(await sentJobs()).toContain(jobId);
  });

  async function sentJobs(): Promise<readonly string[]> {
    const [client, sendClient] = [sqsClient(aws.settings), sendClientOf(aws.settings)];
    onTestFinished(() => {
      sendClient.close();
      return client.close();
    });
    const queueUrl = SETTINGS.JOBS_QUEUE_URL ?? "";
    const queue = sqsQueue({ client, sendClient, queueUrl, deadLetterQueueUrl: `${queueUrl}-dead` });
    const messages = await queue.receive({ max: 10, visibilitySeconds: 1, waitSeconds: 2 });
    return messages.map(({ body }) => JSON.parse(body).jobId);
  }
});

describe("the MCP function", () => {
  const META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const call = (method: string, params: object, headers: Readonly<Record<string, readonly string[]>> = {}) =>
    withKey(
      {
        ...recordedEvent("rest-json"),
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: { ...params, _meta: META } }),
      },
      { "MCP-Protocol-Version": ["2026-07-28"], "Mcp-Method": [method], ...headers },
    );

  test("lists its tools, as a stream and as a whole", async () => {
    const streaming = await boot(MCP);
    const buffering = await boot({ ...MCP, mode: "buffer" }, { REPLY_MODE: "buffer" });

    const streamed = await streaming.invoke(call("tools/list", {}));
    const whole = await buffering.invoke(call("tools/list", {}));

    expect(streamed).toMatchObject({ status: 200, headers: { "content-type": ["application/json"] } });
    expect(JSON.parse(streamed.body).result.tools.length).toBeGreaterThan(10);
    expect(JSON.parse(whole.body)).toEqual(JSON.parse(streamed.body));
  });

  test("lists no tool whose schema the build has not made", async () => {
    const environment = await boot(MCP);

    const reply = await environment.invoke(call("tools/list", {}));

    const { tools } = JSON.parse(reply.body).result;
    expect(tools.map(({ name }: { name: string }) => name)).toEqual(Object.keys(schemasAhead()).sort());
  });

  test("ends a listening stream at once where replies go out whole", async () => {
    const environment = await boot({ ...MCP, mode: "buffer" }, { REPLY_MODE: "buffer" });
    const params = { notifications: { toolsListChanged: true } };

    const startedMs = performance.now();
    const reply = await environment.invoke(call("subscriptions/listen", params));

    expect(reply).toMatchObject({ status: 200, headers: { "content-type": ["text/event-stream"] } });
    expect(reply.body).toContain("notifications/subscriptions/acknowledged");
    expect(reply.body).toContain('"result"');
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });

  test("ends a listening stream by itself after its time, long before its own is over", async () => {
    const environment = await boot(MCP, { LISTEN_MS: "1000" });
    const params = { notifications: { toolsListChanged: true } };

    const reply = await environment.invoke(call("subscriptions/listen", params));

    expect(reply).toMatchObject({ status: 200, headers: { "content-type": ["text/event-stream"] } });
    expect(reply.body).toContain('"result"');
  });

  test("fails the calls that a drill wants to fail, also where replies are streamed", async () => {
    const environment = await boot(MCP, { FAULTS: "error@100%" });

    const reply = await environment.invoke(call("tools/list", {}));

    expect(reply).toMatchObject({ status: 500, headers: { "content-type": ["application/problem+json"] } });
  });

  test("bakes with the operations of the layer", async () => {
    const environment = await boot(MCP);
    const params = {
      name: "cyberchef_bake",
      arguments: { input: "skein", recipe: [{ op: "To Hex", args: ["None"] }] },
    };

    const reply = await environment.invoke(call("tools/call", params, { "Mcp-Name": ["cyberchef_bake"] }));

    expect(reply.body).toContain("736b65696e");
  });

  test("keeps a legacy session in the table, also for another environment", async () => {
    const [first, second] = await Promise.all([boot(MCP), boot(MCP)]);
    const legacy = (body: object, headers = {}) =>
      withKey({ ...recordedEvent("rest-json"), body: JSON.stringify(body) }, headers);

    const opened = await first.invoke(
      legacy({
        jsonrpc: "2.0",
        id: 1,
        method: "initialize",
        params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } },
      }),
    );
    const sessionId = opened.headers["mcp-session-id"] ?? [];
    const headers = { "Mcp-Session-Id": sessionId, "MCP-Protocol-Version": ["2025-11-25"] };
    const listed = await second.invoke(legacy({ jsonrpc: "2.0", id: 2, method: "tools/list", params: {} }, headers));

    expect(opened.status).toBe(200);
    expect(sessionId).toHaveLength(1);
    expect(listed.status).toBe(200);
  });

  test("asks for scopes as the provider knows them", async () => {
    const environment = await boot(MCP, { SCOPE_PREFIX: "skein/" });

    const reply = await environment.invoke(recordedEvent("rest-json"));

    expect(reply.headers["www-authenticate"]).toEqual([
      expect.stringContaining('scope="skein/mcp:read skein/mcp:call"'),
    ]);
  });

  test("answers nobody without the key", async () => {
    const environment = await boot(MCP);

    const reply = await environment.invoke(recordedEvent("rest-json"));

    expect(reply).toMatchObject({
      status: 401,
      headers: { "www-authenticate": [expect.stringContaining("resource_metadata=")] },
    });
  });

  test("leaves a line for each call", async () => {
    const environment = await boot(MCP);
    await environment.invoke(call("tools/list", {}));

    await environment.end();

    expect(environment.lines.map((line) => JSON.parse(line))).toMatchObject([
      { tenantId: "acme", operation: "tools/list", outcome: "ok", status: 200 },
    ]);
  });
});

test("an environment that began before the first tenant was made lets its owner in", async () => {
  const [one, other] = await Promise.all([boot(SESSIONS, { TENANT: "late" }), boot(SESSIONS, { TENANT: "late" })]);
  const get = { httpMethod: "GET", path: "/api/sessions", body: null, multiValueQueryStringParameters: null };

  const made = await one.invoke(withKey({ ...recordedEvent("rest-json"), ...get }));
  const found = await other.invoke(withKey({ ...recordedEvent("rest-json"), ...get }));

  expect([made.status, found.status]).toEqual([200, 200]);
});

test("the sessions function keeps a session, behind either front door", async () => {
  const environment = await boot(SESSIONS);
  const get = { httpMethod: "GET", path: "/api/sessions", body: null, multiValueQueryStringParameters: null };

  const created = await environment.invoke(withKey({ ...recordedEvent("rest-json"), ...get }));
  const { sessionId } = JSON.parse(created.body);
  const read = await environment.invoke(
    withKey({ ...recordedEvent("alb-json"), ...get, multiValueQueryStringParameters: { sessionId: [sessionId] } }),
  );

  expect(created.status).toBe(200);
  expect(created.headers["set-cookie"]).toHaveLength(1);
  expect(read.status).toBe(200);
  expect(JSON.parse(read.body)).toMatchObject({ sessionId });
});

async function readinessOf(environment: LambdaProcess): Promise<readonly unknown[]> {
  const get = { httpMethod: "GET", path: "/health/ready", body: null };
  const { status, body } = await environment.invoke({ ...recordedEvent("rest-json"), ...get });
  return [status, JSON.parse(body)];
}

test("the health function says what answers", async () => {
  const environment = await boot(HEALTH);

  await expect
    .poll(() => readinessOf(environment))
    .toEqual([200, { status: "ready", state: "ok", control: "ok", cache: "none" }]);
});

test("the health function answers a load balancer that asks whether its target is well", async () => {
  const environment = await boot(HEALTH);

  const reply = await environment.invoke(recordedEvent("alb-health"));

  expect(reply).toMatchObject({ status: 200 });
});

test("the health function is not ready without its table of state", async () => {
  const environment = await boot(HEALTH, { STATE_TABLE: "absent" });

  await expect
    .poll(() => readinessOf(environment))
    .toMatchObject([503, { status: "unavailable", state: "unreachable", control: "ok" }]);
});

import { createHash, randomBytes } from "node:crypto";
import { cpSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { CARRIER_SHAPE } from "../../functions/carrier/config.ts";
import { PASSAGE_SHAPE, PassageConfig } from "../../functions/passage/config.ts";
import { PROJECTS_SHAPE, ProjectsConfig } from "../../functions/projects/config.ts";
import type { FrontDoor, FunctionShape } from "../../layers/core/deployment/function-shape.ts";
import { PAGE_POLICY } from "../../layers/http/passage/proxy-headers.ts";
import { EnvironmentPool } from "../../layers/local/lambda/environment-pool.ts";
import type { HostedFunction } from "../../layers/local/lambda/hosted-function.ts";
import { type LambdaHost, openLambdaHost } from "../../layers/local/lambda/lambda-host.ts";
import { DRAIN } from "../../layers/local/limits.ts";
import { systemChance } from "../../layers/node/system-chance.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { conditionalS3 } from "../fixtures/conditional-s3.ts";
import { localAws } from "../fixtures/local-aws.ts";
import { localDynamo } from "../fixtures/local-dynamo.ts";
import { localFargate } from "../fixtures/local-fargate.ts";
import { type LocalLambda, localLambda } from "../fixtures/local-lambda.ts";
import { localSecrets } from "../fixtures/local-secrets.ts";
import { freeProjectPort } from "../fixtures/project-server.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

/**
 * A project that really runs, as the task of a service that speaks as ECS does, called through the bundles of both functions:
 * each in environments that behave as Lambda's, with `InvokeWithResponseStream` on the wire between them.
 */
const ROOT = resolve(import.meta.dirname, "../..");
const PROGRAM = join(ROOT, "test/layers/local/proxy/project-program.js");
const ACCESS_KEY = "k".repeat(64);
const clock = systemClock();

const closing: (() => Promise<unknown>)[] = [];
const hosts = new Map<FrontDoor, LambdaHost>();
let lambda: LocalLambda;
let address: string;
let port: number;
let folder: string;

beforeAll(async () => {
  const temporary = await temporaryFolder();
  folder = temporary.path;
  closing.push(() => temporary.remove());
  const [dynamo, aws, secrets, fargate] = await Promise.all([
    localDynamo(),
    localAws(),
    localSecrets(),
    localFargate(),
  ]);
  const s3 = await conditionalS3(aws.port);
  closing.push(dynamo.close, aws.close, secrets.close, s3.close, fargate.close);
  aws.createBucket("skein-blobs");
  aws.createQueue("skein-usage", 5);
  secrets.secrets.set("skein/access", { AWSCURRENT: ACCESS_KEY }).set("skein/api-key", { AWSCURRENT: "p".repeat(64) });

  const carrier = await EnvironmentPool.open(
    hosted(CARRIER_SHAPE, { timeoutMs: CARRIER_SHAPE.timeoutMs, variables: { PROJECT_NETWORK: "127.0.0.0/8" } }),
    { clock },
  );
  lambda = await localLambda({ "skein-small-carrier:live": carrier });
  closing.push(lambda.close, () => carrier.close());
  const variables = {
    AWS_ENDPOINT_URL_DYNAMODB: String(dynamo.settings.endpoint),
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${s3.port}`,
    AWS_ENDPOINT_URL_SQS: String(aws.settings.endpoint),
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.place.endpoint.href,
    AWS_ENDPOINT_URL_ECS: String(fargate.settings.endpoint),
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: String(fargate.settings.endpoint),
    AWS_ENDPOINT_URL_LAMBDA: lambda.settings.endpoint,
  };
  for (const kind of ["rest", "alb"] as const) hosts.set(kind, await openHost(kind, variables));

  port = await freeProjectPort();
  const command = `exec ${process.execPath} ${PROGRAM}`;
  await told("host.start", { projectId: "shop", port, command });
  await vi.waitFor(async () => expect((await get("/")).status).toBe(200), { timeout: 20_000, interval: 100 });
  address = String(fargate.tasks[0]?.host);
}, 120_000);

afterAll(async () => {
  for (const host of hosts.values()) await host.drain({ ...DRAIN, noticeMs: 0 });
  for (const close of closing.reverse()) await close();
});

async function openHost(kind: FrontDoor, endpoints: Readonly<Record<string, string>>): Promise<LambdaHost> {
  const settings: Readonly<Record<string, string>> = {
    ...{ STATE_TABLE: "state", CONTROL_TABLE: "state", BLOB_BUCKET: "skein-blobs", TENANT: "acme" },
    ...{ ACCESS_SECRET_ID: "skein/access", API_KEY_SECRET_ID: "skein/api-key" },
    ...{ ISSUER: "none", AUDIENCES: "none", CLIENT_IDS: "none", TENANT_CLAIM: "tenant", ROLE_CLAIM: "role" },
    ...{ SCOPE_PREFIX: "none", BASE_URL: "none", REGIONS: "eu-west-1", WATCHED_TENANTS: "none", FAULTS: "none" },
    USAGE_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/000000000000/skein-usage",
    RUNNER_CLUSTER: "skein-small-projects",
    RUNNER_TASK_FAMILY: "skein-small-project",
    ...{ RUNNER_SUBNETS: "subnet-0a,subnet-0b", RUNNER_SECURITY_GROUP: "sg-0a" },
    ...{ RUNNER_LOG_GROUP: "/skein/small/projects", RUNNER_CAPACITY: "on-demand", PROJECTS_URL: "none" },
    CARRIER_FUNCTION: "skein-small-carrier:live",
  };
  const door = (shape: FunctionShape, config: { readonly shape: object }) => {
    const own = Object.keys(config.shape).map((name) => [name, settings[name] ?? shape.replyMode[kind]]);
    const variables = { ...endpoints, ...Object.fromEntries(own) };
    return { ...hosted(shape, { timeoutMs: shape.timeoutMs[kind], variables, at: kind }), shape };
  };
  const logDir = join(folder, kind, "logs");
  mkdirSync(logDir, { recursive: true });
  return openLambdaHost({
    ...{ host: "127.0.0.1", port: 0, logDir, clock, chance: systemChance() },
    functions: [door(PROJECTS_SHAPE, ProjectsConfig), door(PASSAGE_SHAPE, PassageConfig)],
    door:
      kind === "rest"
        ? { kind }
        : {
            kind,
            idleTimeoutMs: 60_000,
            unrouted: { status: 404, headers: {}, body: "" },
            targetGroupArn: (name) => `arn:aws:elasticloadbalancing:eu-west-1:000000000000:targetgroup/${name}/0`,
          },
  });
}

/** As it is deployed: away from any node_modules. */
function hosted(
  shape: HostedFunction["shape"],
  { at = "rest", ...more }: Pick<HostedFunction, "timeoutMs" | "variables"> & { readonly at?: string },
): HostedFunction {
  const codeDir = join(folder, at, "code", shape.name);
  cpSync(join(ROOT, "build/functions", shape.name), codeDir, { recursive: true });
  return {
    shape,
    functionName: `skein-small-${shape.name}`,
    functionArn: `arn:aws:lambda:eu-west-1:000000000000:function:skein-small-${shape.name}:live`,
    region: "eu-west-1",
    codeDir,
    temporaryDir: join(folder, at, "tmp"),
    provisionedCount: 0,
    log: () => {},
    ...more,
  };
}

const urlOf = (kind: FrontDoor): string => String(hosts.get(kind)?.url);

function get(path: string, { kind = "rest", ...init }: RequestInit & { readonly kind?: FrontDoor } = {}) {
  const headers = { authorization: `Bearer ${ACCESS_KEY}`, ...Object(init.headers) };
  return fetch(`${urlOf(kind)}/p/shop${path}`, { redirect: "manual", ...init, headers });
}

/** What a tool of the MCP Debug Host answers. */
async function told(name: string, args: object) {
  const headers = { authorization: `Bearer ${ACCESS_KEY}`, "content-type": "application/json" };
  const body = JSON.stringify({ name, arguments: args });
  const reply = await fetch(`${urlOf("rest")}/mcp/tools/call`, { method: "POST", headers, body });
  const { result, error } = JSON.parse(await reply.text());
  expect(error).toBeNull();
  return result;
}

describe.each(["rest", "alb"] as const)("behind a front door of the kind %s", (kind) => {
  test("a project answers under its path, in an origin of its own", async () => {
    const reply = await get("/", { kind });

    expect([reply.status, await reply.text()]).toEqual([200, "hello"]);
    expect(reply.headers.get("content-security-policy")).toBe(PAGE_POLICY);
    expect(reply.headers.get("x-request-id")).toMatch(/./);
  });

  test("it is told of a request what the local proxy tells it, and no credential of the cell's", async () => {
    const headers = { cookie: "mine=1; hyperpage-session=x", "x-forwarded-for": "1.2.3.4", "x-own": "1" };
    const reply = await get("/asked?a=1&b=%20", {
      ...{ kind, method: "POST", body: "grün" },
      headers: { ...headers, "x-project-authorization": "Bearer own" },
    });

    expect(await reply.json()).toEqual({
      method: "POST",
      url: "/asked?a=1&b=%20",
      body: "grün",
      headers: expect.objectContaining({
        host: `${address}:${port}`,
        authorization: "Bearer own",
        cookie: "mine=1",
        "content-length": "5",
        "x-own": "1",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-host": expect.stringMatching(/^127\.0\.0\.1:/),
        "x-forwarded-proto": "https",
        "x-forwarded-prefix": "/p/shop",
      }),
    });
  });

  test("its cookies are its own paths', and it says nothing for the whole host", async () => {
    const reply = await get("/cookies", { kind });

    expect(reply.headers.getSetCookie()).toEqual(["mine=1; Path=/p/shop/"]);
    expect(reply.headers.has("clear-site-data")).toBe(false);
  });

  test("it leads within itself, and its address does to the one with a slash", async () => {
    const [within, without] = [await get("/login", { kind }), await get("?a=1", { kind })];

    expect([within.status, within.headers.get("location")]).toEqual([302, "/p/shop/asked?from=login"]);
    expect([without.status, without.headers.get("location")]).toEqual([308, "/p/shop/?a=1"]);
  });

  test("bytes that are no text go there and come back as they are", async () => {
    const bytes = randomBytes(500_000);

    const reply = await get("/echo", { kind, method: "POST", body: bytes });

    expect(digestOf(await reply.arrayBuffer())).toBe(digestOf(bytes));
  });

  test("a reply without a body has none, and its head all the same", async () => {
    const reply = await get("/cookies", { kind, method: "HEAD" });

    expect([reply.status, await reply.text(), reply.headers.getSetCookie().length]).toEqual([200, "", 1]);
  });

  test("a connection that it ends without an answer is told as what it is", async () => {
    const reply = await get("/hang-up", { kind });

    expect([reply.status, await reply.json()]).toMatchObject([502, { code: "project_reply_broken" }]);
  });

  test("a WebSocket is refused with the reason", async () => {
    const reply = await get("/ws", { kind, headers: { "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" } });

    expect([reply.status, await reply.json()]).toMatchObject([501, { code: "websocket_not_carried" }]);
  });

  test("who brings no credential, or asks for a project that there is not, is asked for one, and told so", async () => {
    const stranger = await fetch(`${urlOf(kind)}/p/shop/`);
    const none = await fetch(`${urlOf(kind)}/p/none/`, { headers: { authorization: `Bearer ${ACCESS_KEY}` } });

    expect(stranger.status).toBe(401);
    expect([none.status, await none.json()]).toMatchObject([404, { code: "project_unknown" }]);
  });

  test("a page of a project asks for its parts where it shows a credential, and for nothing else", async () => {
    const asPage = { kind, headers: { origin: "null" } };
    const part = await get("/", asPage);
    const api = await fetch(`${urlOf(kind)}/api/projects`, {
      headers: { origin: "null", authorization: `Bearer ${ACCESS_KEY}` },
    });

    expect([part.status, part.headers.get("access-control-allow-origin")]).toEqual([200, "null"]);
    expect(api.status).toBe(403);
  });
});

describe("behind a REST API", () => {
  test("a large reply comes whole", async () => {
    const reply = await get("/large");

    expect(digestOf(await reply.arrayBuffer())).toBe(digestOf(Buffer.alloc(8 * 1024 * 1024, 7)));
  });

  test("a reply comes as it is made", async () => {
    const reply = await get("/until-go");
    const reader = reply.body?.getReader();
    const first = await reader?.read();
    await get("/go");
    const second = await reader?.read();

    expect([first, second].map((piece) => Buffer.from(piece?.value ?? []).toString())).toEqual(["ready", "gone"]);
    expect(await reader?.read()).toMatchObject({ done: true });
  });

  test("half of a reply is never taken for whole, and calls after it go well", async () => {
    const broken = await get("/break");

    await expect(broken.text()).rejects.toThrow();
    expect((await get("/")).status).toBe(200);
  });
});

describe("behind a load balancer", () => {
  test("a reply that is too large for it is refused with the reason", async () => {
    const reply = await get("/large", { kind: "alb" });

    expect([reply.status, await reply.json()]).toMatchObject([413, { code: "reply_too_large" }]);
  });

  test("half of a reply is none", async () => {
    const reply = await get("/break", { kind: "alb" });

    expect([reply.status, await reply.json()]).toMatchObject([504, { code: "project_timeout" }]);
  });
});

test("what is carried goes to the run's own address, whatever the caller calls himself", async () => {
  await get("//evil.example/", { headers: { "x-forwarded-host": "evil.example" } });

  const { event, ...called } = lambda.invocations.at(-1) ?? { event: "{}" };
  expect(called).toEqual({ name: "skein-small-carrier", qualifier: "live" });
  expect(JSON.parse(event)).toMatchObject({ host: address, port, path: "//evil.example/" });
});

test("a project that was stopped is said not to run, and nobody is called for it", async () => {
  await told("host.stop", { projectId: "shop", force: true });
  const before = lambda.invocations.length;

  const reply = await get("/");

  expect([reply.status, await reply.json()]).toMatchObject([502, { code: "project_not_running" }]);
  expect(lambda.invocations.length).toBe(before);
});

const digestOf = (bytes: ArrayBuffer | Buffer): string =>
  createHash("sha256").update(new Uint8Array(bytes)).digest("hex");

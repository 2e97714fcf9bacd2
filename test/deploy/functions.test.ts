import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import {
  CARRIER_FUNCTION,
  DEPLOYED_FUNCTIONS,
  DEPLOYED_WORKERS,
  functionsOf,
  SIGN_IN_FUNCTION,
} from "../../lib/functions.ts";
import { environmentOf, SettingUnsupplied } from "../../lib/settings.ts";
import { laidOut } from "./laid-out.ts";
import { behindLoadBalancer, oneRegion, twoRegions } from "./stages.ts";

const DEPLOYED = [...DEPLOYED_FUNCTIONS, ...DEPLOYED_WORKERS];

const plain = laidOut(oneRegion);
const full = laidOut(twoRegions);
const balanced = laidOut(behindLoadBalancer(twoRegions));

function cellOf(laid: typeof plain) {
  const [cell] = laid.deployment.cells;
  if (cell === undefined) throw new TypeError("no cell was laid out");
  return laid.template(cell);
}

const Lambda = z.object({
  Properties: z.object({
    FunctionName: z.string(),
    Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }),
  }),
});

function environments(laid: typeof plain): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const lambdas = Object.values(cellOf(laid).find("AWS::Lambda::Function"));
  return new Map(
    lambdas.map((raw) => {
      const { FunctionName, Environment } = Lambda.parse(raw).Properties;
      return [FunctionName.replace(/^skein-[a-z]+-/, ""), Environment.Variables];
    }),
  );
}

const Statement = z.object({
  Action: z.union([z.string(), z.array(z.string())]),
  Resource: z.unknown(),
});
const Policy = z.object({ Properties: z.object({ PolicyDocument: z.object({ Statement: z.array(Statement) }) }) });

/** What the role of one function may do, with each resource as text. */
function rightsOf(laid: typeof plain, functionName: string): readonly string[] {
  const policies = Object.entries(cellOf(laid).find("AWS::IAM::Policy"));
  return policies
    .filter(([id]) => new RegExp(`^(?:Function|Worker)${functionName.replace("-", "")}Role`).test(id))
    .flatMap(([, raw]) => Policy.parse(raw).Properties.PolicyDocument.Statement)
    .flatMap(({ Action, Resource }) =>
      [Resource].flat().flatMap((resource) => [Action].flat().map((action) => `${action} ${textOf(resource)}`)),
    )
    .sort();
}

const Join = z.object({ "Fn::Join": z.tuple([z.literal(""), z.array(z.unknown())]) });

function logOf(name: string): string {
  const kind = DEPLOYED_WORKERS.some((worker) => worker.name === name) ? "Worker" : "Function";
  return `{"Fn::GetAtt":["${kind}${name.replace("-", "")}Log","Arn"]}`;
}

/** An ARN as it will be, with `ACCOUNT` for the account and the name of what else is not known. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  const join = Join.safeParse(value);
  if (join.success) return join.data["Fn::Join"][1].map(textOf).join("");
  const text = JSON.stringify(value);
  if (text === '{"Ref":"AWS::AccountId"}') return "ACCOUNT";
  return text.replace(/[A-F0-9]{8}(?=")/, "");
}

describe("what is deployed", () => {
  test("is every function of the repository, by its own name", () => {
    const functions = resolve(import.meta.dirname, "../../functions");
    // What has a handler and no entry point is served by cells on one machine alone.
    const folders = readdirSync(functions).filter((name) => existsSync(join(functions, name, "index.ts")));

    const deployed = [...DEPLOYED, CARRIER_FUNCTION, SIGN_IN_FUNCTION];

    const bundles = deployed.map(({ shape }) => ("bundle" in shape ? shape.bundle : undefined) ?? shape.name);
    expect([...new Set(bundles)].sort()).toEqual(folders.sort());
    expect(deployed.map(({ name }) => name)).toEqual(deployed.map(({ shape }) => shape.name));
  });
});

describe("the environment of each function", () => {
  test.each([
    ["without a cache", plain, [...functionsOf(oneRegion), ...DEPLOYED_WORKERS]],
    ["with a cache", full, DEPLOYED],
    ["behind a load balancer", balanced, DEPLOYED],
  ] as const)("holds exactly the variables that its schema names, %s", (_, laid, deployed) => {
    const supplied = environments(laid);

    for (const { name, config } of deployed) {
      expect(Object.keys(supplied.get(name) ?? {}).sort(), name).toEqual(Object.keys(config.shape).sort());
    }
    expect([...supplied.keys()].sort()).toEqual(deployed.map(({ name }) => name).sort());
  });

  test("is what the function takes at its start, but for what only AWS knows", () => {
    for (const { name, config } of [...functionsOf(oneRegion), ...DEPLOYED_WORKERS]) {
      const variables = environments(plain).get(name) ?? {};
      const known = Object.entries(variables).map(([key, value]) => [
        key,
        // What stands in addresses is a word of letters and digits.
        typeof value === "string"
          ? value
          : textOf(value)
              .replaceAll(/\{"Ref":"[\w:]+"\}/g, "a1b2c3")
              .toLowerCase(),
      ]);

      expect(config.safeParse(Object.fromEntries(known)).error, name).toBeUndefined();
    }
  });

  test("says how replies go out: as they are made from API Gateway, whole from a load balancer", () => {
    expect(environments(plain).get("mcp")?.REPLY_MODE).toBe("stream");
    expect(environments(balanced).get("mcp")?.REPLY_MODE).toBe("buffer");
  });

  test("names the cache by its endpoint and the function's user where one is planned, else none", () => {
    expect(environments(plain).get("mcp")).toMatchObject({
      CACHE_ENDPOINT: "none",
      CACHE_NAME: "none",
      CACHE_USER: "none",
    });
    expect(environments(full).get("mcp")).toMatchObject({ CACHE_NAME: "skein-pair", CACHE_USER: "skein-pair" });
    expect(textOf(environments(full).get("mcp")?.CACHE_ENDPOINT)).toMatch(/Endpoint\.Address.*:.*Endpoint\.Port/);
  });

  test("leads to projects by the name of their own region, and to what carries calls by its alias", () => {
    expect(environments(full).get("projects")?.PROJECTS_URL).toBe("https://us-east-1.mcp.example.com");
    expect(environments(full).get("passage")?.CARRIER_FUNCTION).toBe("skein-pair-carrier:live");
    expect(environments(plain).get("mcp")?.PROJECTS_URL).toBe("none");
  });

  test("can't be laid out where a function reads what nothing supplies", () => {
    const [mcp] = DEPLOYED_FUNCTIONS;
    if (mcp === undefined) throw new TypeError("no function is deployed");
    const curious = { ...mcp, config: z.strictObject({ MOON_PHASE: z.string() }) };
    const facts = { place: { account: "123456789012", region: "eu-west-1" }, cacheEndpoint: undefined } as const;

    expect(() => environmentOf(curious, { stage: oneRegion, facts })).toThrow(
      new SettingUnsupplied("mcp", "MOON_PHASE"),
    );
  });
});

/** Where projects are planned: runs of this cell's cluster, what they print, and what they are made of. */
const RUNS: readonly string[] = [
  "ecs:DescribeTasks arn:aws:ecs:us-east-1:ACCOUNT:task/skein-pair-projects/*",
  "ecs:ListTasks *",
  "ecs:RunTask arn:aws:ecs:us-east-1:ACCOUNT:task-definition/skein-pair-project-*:*",
  "ecs:StopTask arn:aws:ecs:us-east-1:ACCOUNT:task/skein-pair-projects/*",
  "ecs:TagResource arn:aws:ecs:us-east-1:ACCOUNT:task/skein-pair-projects/*",
  "iam:PassRole arn:aws:iam::ACCOUNT:role/skein-pair-projects-us-east-1",
  "logs:DeleteLogStream arn:aws:logs:us-east-1:ACCOUNT:log-group:/skein/pair/projects:log-stream:*",
  "logs:GetLogEvents arn:aws:logs:us-east-1:ACCOUNT:log-group:/skein/pair/projects:log-stream:*",
  ...["run-order", "workspace"].flatMap((kind) =>
    ["DeleteObject", "GetObject", "PutObject"].map(
      (action) => `s3:${action} arn:aws:s3:::skein-pair-blobs-ACCOUNT-us-east-1/${kind}/*`,
    ),
  ),
];

describe("a function may do this and nothing else", () => {
  const place = "us-east-1:ACCOUNT";
  const common = (name: string) => [
    ...["CreateLogStream", "PutLogEvents"].map((action) => `logs:${action} ${logOf(name)}`),
    "xray:PutTelemetryRecords *",
    "xray:PutTraceSegments *",
  ];
  const table = (name: string) =>
    ["DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"].map(
      (action) => `dynamodb:${action} arn:aws:dynamodb:${place}:table/skein-pair-${name}`,
    );
  const tables = [...table("state"), ...table("control")];
  const objects = ["AbortMultipartUpload", "DeleteObject", "GetObject", "PutObject"].flatMap((action) =>
    ["job-input", "job-result", "mcp-call"].map(
      (kind) => `s3:${action} arn:aws:s3:::skein-pair-blobs-ACCOUNT-us-east-1/${kind}/*`,
    ),
  );
  const blobs = [...objects, "s3:ListBucket arn:aws:s3:::skein-pair-blobs-ACCOUNT-us-east-1"];
  const queueOf = (name: string) => (action: string) => `sqs:${action} arn:aws:sqs:${place}:skein-pair-${name}`;
  const queue = queueOf("usage");
  const publishes = [queue("SendMessage"), queueOf("messages")("SendMessage")];
  const submits = [queueOf("jobs")("SendMessage"), queueOf("jobs-high")("SendMessage")];
  const TAKES = ["ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "ReceiveMessage"];
  const secret = (name: string) =>
    `secretsmanager:GetSecretValue arn:aws:secretsmanager:${place}:secret:skein/pair/${name}-??????`;
  const cache = ["serverlesscache", "user"].map(
    (what) => `elasticache:Connect arn:aws:elasticache:${place}:${what}:skein-pair`,
  );

  test("mcp: both tables, blobs, all secrets, to tell what was used, to submit jobs, to publish, the cache", () => {
    const secrets = ["access", "api-key", "seal"].map(secret);

    expect(rightsOf(full, "mcp")).toEqual(
      [...common("mcp"), ...RUNS, ...tables, ...blobs, ...secrets, ...publishes, ...submits, ...cache].sort(),
    );
  });

  test("sessions: both tables, what callers are known by, to tell what was used, the cache", () => {
    const secrets = ["access", "api-key"].map(secret);

    expect(rightsOf(full, "sessions")).toEqual(
      [...common("sessions"), ...tables, ...secrets, queue("SendMessage"), ...cache].sort(),
    );
  });

  test("jobs: both tables, blobs, what callers are known by, to tell what was used, to submit jobs, to publish", () => {
    const secrets = ["access", "api-key"].map(secret);

    expect(rightsOf(full, "jobs")).toEqual(
      [...common("jobs"), ...tables, ...blobs, ...secrets, ...publishes, ...submits].sort(),
    );
  });

  test.each([
    ["worker", "jobs"],
    ["worker-high", "jobs-high"],
  ])(
    "%s: to take from its queue, to send to both, to publish, both tables, blobs, to tell what was used, the cache, no secret",
    (name, of) => {
      const takes = TAKES.map(queueOf(of));
      const sends = [...publishes, ...submits];

      expect(rightsOf(full, name)).toEqual([...common(name), ...tables, ...blobs, ...takes, ...sends, ...cache].sort());
    },
  );

  test("projects: both tables, blobs, what callers are known by, to tell what was used, runs", () => {
    const secrets = ["access", "api-key"].map(secret);

    expect(rightsOf(full, "projects")).toEqual(
      [...common("projects"), ...RUNS, ...tables, ...blobs, ...secrets, queue("SendMessage")].sort(),
    );
  });

  test("passage: both tables, what callers are known by, to tell what was used, to look at runs and have calls carried", () => {
    const secrets = ["access", "api-key"].map(secret);
    const looks = RUNS.filter((right) => /^ecs:(?:DescribeTasks|ListTasks) /.test(right));
    const carries = `lambda:InvokeFunction arn:aws:lambda:${place}:function:skein-pair-carrier:live`;

    expect(rightsOf(full, "passage")).toEqual(
      [...common("passage"), ...looks, ...tables, ...secrets, queue("SendMessage"), carries].sort(),
    );
  });

  test("no function may start anything where the plan has no projects", () => {
    const everything = DEPLOYED.flatMap(({ name }) => rightsOf(plain, name)).join(" ");

    expect(everything).not.toMatch(/ecs:|iam:PassRole|(?:Get|Put)Object \S+run-order|lambda:/);
  });

  test("tenants: both tables, what callers are known by, to tell what was used", () => {
    const secrets = ["access", "api-key"].map(secret);

    expect(rightsOf(full, "tenants")).toEqual(
      [...common("tenants"), ...tables, ...secrets, queue("SendMessage")].sort(),
    );
  });

  const pushes = [`${place}:{"Ref":"SocketsApi"}`, "us-west-2:ACCOUNT:*"].flatMap((api) =>
    ["POST", "DELETE"].map(
      (method) => `execute-api:ManageConnections arn:aws:execute-api:${api}/live/${method}/@connections/*`,
    ),
  );

  test("people: both tables, what callers are known by and tickets are signed with, to publish and to wake jobs", () => {
    const secrets = ["access", "api-key", "seal"].map(secret);
    const sends = [queue("SendMessage"), queueOf("messages")("SendMessage"), ...submits];

    expect(rightsOf(full, "people")).toEqual([...common("people"), ...tables, ...secrets, ...sends].sort());
  });

  test("sockets: the same, and to send to connections in all regions and end them", () => {
    const secrets = ["access", "api-key", "seal"].map(secret);
    const sends = [queue("SendMessage"), queueOf("messages")("SendMessage"), ...submits];

    expect(rightsOf(full, "sockets")).toEqual(
      [...common("sockets"), ...tables, ...secrets, ...sends, ...pushes].sort(),
    );
  });

  test("delivery: to take from its queue and send there, both tables, connections, to tell what was used, no secret", () => {
    const takes = TAKES.map(queueOf("messages"));
    const sends = [queue("SendMessage"), queueOf("messages")("SendMessage")];

    expect(rightsOf(full, "delivery")).toEqual(
      [...common("delivery"), ...tables, ...takes, ...sends, ...pushes].sort(),
    );
  });

  test("usage: to take from its queue, and state", () => {
    expect(rightsOf(full, "usage")).toEqual([...common("usage"), ...table("state"), ...TAKES.map(queue)].sort());
  });

  test("upkeep: both tables, blobs, to send jobs, to publish, to erase in all regions, and to tell of runs that came to nothing", () => {
    const missed = ["GetQueueAttributes", "GetQueueUrl", "SendMessage"].map(
      (action) => `sqs:${action} {"Fn::GetAtt":["SchedulesupkeepMissed","Arn"]}`,
    );

    const erases = ["us-east-1", "us-west-2"].flatMap((region) =>
      ["mcp-call", "job-input", "job-result", "run-order", "workspace"].map(
        (kind) => `s3:DeleteObject arn:aws:s3:::skein-pair-blobs-ACCOUNT-${region}/${kind}/*`,
      ),
    );
    const finds = "s3:ListBucket arn:aws:s3:::skein-pair-blobs-ACCOUNT-us-west-2";

    expect(rightsOf(full, "upkeep")).toEqual(
      [...common("upkeep"), ...RUNS, ...tables, ...blobs, ...erases, finds, ...publishes, ...submits, ...missed].sort(),
    );
  });

  test("health: to read both tables and to ask how the cache is", () => {
    const reads = ["state", "control"].flatMap((table) =>
      ["GetItem", "Query"].map((action) => `dynamodb:${action} arn:aws:dynamodb:${place}:table/skein-pair-${table}`),
    );

    expect(rightsOf(full, "health")).toEqual(
      [
        ...common("health"),
        ...reads,
        `elasticache:DescribeServerlessCaches arn:aws:elasticache:${place}:serverlesscache:skein-pair`,
      ].sort(),
    );
  });

  test("nothing of a cache where none is planned", () => {
    for (const { name } of DEPLOYED) expect(rightsOf(plain, name).join()).not.toContain("elasticache");
  });
});

describe("each function", () => {
  test("is a bundle for Node 24 on arm64, traced, with one log that ends", () => {
    cellOf(plain).allHave("AWS::Lambda::Function", {
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      Handler: "index.handler",
      TracingConfig: { Mode: "Active" },
      LoggingConfig: Match.objectLike({ LogFormat: "JSON", SystemLogLevel: "WARN" }),
    });
  });

  test.each(DEPLOYED_FUNCTIONS)("has the memory and the time of its shape: $name", ({ name, shape }) => {
    const expected = {
      FunctionName: `skein-small-${name}`,
      MemorySize: shape.memoryMb,
      Timeout: shape.timeoutMs.rest / 1000,
    };

    if (functionsOf(oneRegion).some((each) => each.name === name)) cellOf(plain).has("AWS::Lambda::Function", expected);
    cellOf(balanced).has("AWS::Lambda::Function", {
      FunctionName: `skein-pairalb-${name}`,
      Timeout: shape.timeoutMs.alb / 1000,
    });
  });

  test.each(DEPLOYED_WORKERS)("has them behind any door, where nobody calls it: $name", ({ name, shape }) => {
    for (const laid of [plain, balanced]) {
      cellOf(laid).has("AWS::Lambda::Function", {
        FunctionName: Match.stringLikeRegexp(`^skein-(?:small|pairalb)-${name}$`),
        MemorySize: shape.memoryMb,
        Timeout: shape.timeoutMs / 1000,
      });
    }
  });

  test("has the layer only where its shape asks for it", () => {
    cellOf(plain).has("AWS::Lambda::Function", {
      FunctionName: "skein-small-mcp",
      Layers: [{ Ref: Match.stringLikeRegexp("^Layercyberchef") }],
    });
    for (const name of ["worker", "worker-high"]) {
      cellOf(plain).has("AWS::Lambda::Function", {
        FunctionName: `skein-small-${name}`,
        Layers: [{ Ref: Match.stringLikeRegexp("^Layercyberchef") }],
      });
    }
    cellOf(plain).has("AWS::Lambda::Function", {
      FunctionName: "skein-small-health",
      Layers: Match.absent(),
    });
    cellOf(plain).count("AWS::Lambda::LayerVersion", 1);
  });

  test("keeps its earlier versions, to go back to", () => {
    cellOf(plain).allAre("AWS::Lambda::Version", { DeletionPolicy: "Retain" });
  });

  test("serves a tenth of the calls for five minutes, and goes back when it or the door fails", () => {
    const { length } = [...functionsOf(oneRegion), ...DEPLOYED_WORKERS];

    cellOf(plain).count("AWS::CodeDeploy::DeploymentGroup", length);
    cellOf(plain).allHave("AWS::CodeDeploy::DeploymentGroup", {
      DeploymentConfigName: "CodeDeployDefault.LambdaCanary10Percent5Minutes",
      AutoRollbackConfiguration: {
        Enabled: true,
        Events: ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST", "DEPLOYMENT_STOP_ON_ALARM"],
      },
      AlarmConfiguration: {
        Enabled: true,
        Alarms: [
          { Name: { Ref: Match.stringLikeRegexp("^(?:Function|Worker).*FailingAlarm") } },
          { Name: { Ref: Match.stringLikeRegexp("^DoorFailingAlarm") } },
        ],
      },
    });
    cellOf(plain).count("AWS::Lambda::Alias", length);
    cellOf(plain).allAre("AWS::Lambda::Alias", {
      Properties: { Name: "live" },
      UpdatePolicy: { CodeDeployLambdaAliasUpdate: Match.anyValue() },
    });
  });
});

describe("warm environments", () => {
  test("stand ready at the plan's minimum and are added when 70 % are busy", () => {
    cellOf(full).count("AWS::Lambda::Alias", 1, {
      ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 },
    });
    cellOf(full).has("AWS::ApplicationAutoScaling::ScalableTarget", {
      MinCapacity: 2,
      MaxCapacity: 10,
      ScalableDimension: "lambda:function:ProvisionedConcurrency",
    });
    cellOf(full).has("AWS::ApplicationAutoScaling::ScalingPolicy", {
      TargetTrackingScalingPolicyConfiguration: Match.objectLike({ TargetValue: 0.7 }),
    });
  });

  test("are not there where the plan wants none", () => {
    cellOf(plain).count("AWS::ApplicationAutoScaling::ScalableTarget", 0);
    cellOf(plain).count("AWS::Lambda::Alias", 0, { ProvisionedConcurrencyConfig: Match.anyValue() });
  });
});

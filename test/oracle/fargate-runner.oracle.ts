import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import { ecsClient } from "../../layers/aws/fargate/ecs-client.ts";
import { fargateRunner } from "../../layers/aws/fargate/fargate-runner.ts";
import { taskToken } from "../../layers/aws/fargate/run-task.ts";
import { type JsonMessage, jsonClient } from "../../layers/aws/json-client.ts";
import { logsClient } from "../../layers/aws/logs/logs-client.ts";
import { TASK_SIZES, taskFamily } from "../../layers/core/deployment/project-task.ts";
import { archiveKey } from "../../layers/core/workspace/archive-key.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { runOrder } from "../fixtures/awaited-run.ts";
import { PLACE } from "../fixtures/fargate-parts.ts";
import { type LocalMoto, localMoto } from "../fixtures/local-moto.ts";
import { memoryBlob } from "../fixtures/memory-blob.ts";
import { seededChance } from "../fixtures/seeded-chance.ts";
import { tenant } from "../fixtures/tenants.ts";

/**
 * Whether what we ask of ECS is what others make of the same API: moto judges names, kinds and what may not stand beside
 * what. It runs nothing, and takes `clientToken` for nothing; our own service for the tests does both.
 */
const acme = tenant("acme");
const clock = systemClock();
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };

let moto: LocalMoto;
const network = { subnetIds: [""], securityGroupId: "" };

beforeAll(async () => {
  moto = await localMoto();
  network.subnetIds = [await firstId("DescribeSubnets", "subnetId")];
  network.securityGroupId = await firstId("DescribeSecurityGroups", "groupId");
  await ask("CreateCluster", { clusterName: PLACE.cluster, capacityProviders: ["FARGATE", "FARGATE_SPOT"] });
  for (const size of TASK_SIZES) {
    await ask("RegisterTaskDefinition", {
      family: taskFamily(PLACE.familyPrefix, size),
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      cpu: String(size.cpuUnits),
      memory: String(size.memoryMib),
      containerDefinitions: [{ name: "project", image: "node", memory: size.memoryMib }],
    });
  }
});
afterAll(() => moto.close());

const parts = () => ({ ...moto.settings, credentials, clock, chance: seededChance(1) });

async function ask(operation: string, input: JsonMessage): Promise<JsonMessage> {
  const service = { service: "ecs", target: "AmazonEC2ContainerServiceV20141113", jsonVersion: "1.1" } as const;
  const limits = { connectionsMax: 1, timeoutMs: 20_000, passing: new Set<string>() };
  const client = jsonClient({ ...service, ...limits }, parts());
  try {
    return await client.call(operation, input);
  } finally {
    client.close();
  }
}

/** Of the default network, in EC2's own protocol. */
async function firstId(action: string, field: string): Promise<string> {
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/20270101/eu-west-1/ec2/aws4_request`;
  const headers = { authorization, "content-type": "application/x-www-form-urlencoded" };
  const body = `Action=${action}&Version=2016-11-15`;
  const answer = await fetch(moto.settings.endpoint, { method: "POST", headers, body });
  return new RegExp(`<${field}>([^<]+)<`).exec(await answer.text())?.[1] ?? "";
}

async function aRunner() {
  const blob = memoryBlob();
  await blob.put(archiveKey(acme, "shop"), Buffer.from("an archive"));
  const [ecs, output] = [ecsClient(parts()), logsClient(parts())];
  onTestFinished(() => {
    ecs.close();
    output.close();
  });
  const place = { ...PLACE, ...network, capacity: "spot-in-development" as const };
  return fargateRunner({ place, ecs, output, blob, linkTo: (key) => `https://blobs.example/${key}`, clock });
}

const Tasks = z.object({
  tasks: z.array(z.looseObject({ tags: z.array(z.object({ key: z.string(), value: z.string() })) })),
});

test("a start, a look without the place, and a stop are taken as they are asked for", async () => {
  const runner = await aRunner();
  const order = runOrder({ port: 3_000, environment: { NODE_ENV: "development" } });

  const started = await runner.start(acme, order);
  const [found] = await runner.look(acme, [{ runId: "run1" }]);
  const place = started.ok ? started.value.place : "";
  const told = Tasks.parse(await ask("DescribeTasks", { cluster: PLACE.cluster, tasks: [place], include: ["TAGS"] }));
  const stopped = await runner.stop(acme, { runId: "run1", place });

  expect(started).toMatchObject({ ok: true, value: { runId: "run1", projectId: "proj1" } });
  expect(found).toMatchObject({ runId: "run1", place });
  expect(told.tasks).toMatchObject([
    {
      startedBy: taskToken(acme, "run1"),
      capacityProviderName: "FARGATE_SPOT",
      taskDefinitionArn: expect.stringContaining("task-definition/skein-small-project-256-512:1"),
      tags: [
        { key: "tenant", value: "acme" },
        { key: "project", value: "proj1" },
        { key: "run", value: "run1" },
      ],
    },
  ]);
  expect(stopped).toMatchObject({ ok: true });
});

test("every size that a run may get has a task definition that is taken", async () => {
  const runner = await aRunner();

  for (const [index, { cpuUnits, memoryMib }] of TASK_SIZES.entries()) {
    const limits = { ...runOrder().limits, cpuShare: cpuUnits / 1_024, memoryBytes: memoryMib * 1024 ** 2 };
    const started = await runner.start(acme, runOrder({ runId: `size${index}`, limits }));
    expect(started).toMatchObject({ ok: true });
  }
});

import { describe, expect, onTestFinished, test } from "vitest";
import { ecsClient } from "../../../../layers/aws/fargate/ecs-client.ts";
import { fargateRunner } from "../../../../layers/aws/fargate/fargate-runner.ts";
import { logsClient } from "../../../../layers/aws/logs/logs-client.ts";
import { archiveKey } from "../../../../layers/core/workspace/archive-key.ts";
import { runOrder } from "../../../fixtures/awaited-run.ts";
import { PLACE } from "../../../fixtures/fargate-parts.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryBlob } from "../../../fixtures/memory-blob.ts";
import { jsonRefusal, refusingService, type ServiceReply } from "../../../fixtures/refusing-service.ts";
import { seededChance } from "../../../fixtures/seeded-chance.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");

/** A runner whose ECS gives these replies in turn, and the last one for ever. */
async function runnerOf(replies: readonly ServiceReply[], { hasWorkspace = true } = {}) {
  const service = await refusingService(replies);
  const blob = memoryBlob();
  if (hasWorkspace) await blob.put(archiveKey(acme, "shop"), Buffer.from("an archive"));
  const clock = { ...manualClock(), sleep: async () => {} };
  const json = {
    ...service.settings,
    credentials: { accessKeyId: "id", secretAccessKey: "secret" },
    clock,
    chance: seededChance(1),
  };
  const [ecs, output] = [ecsClient(json), logsClient(json)];
  onTestFinished(() => {
    ecs.close();
    output.close();
  });
  const linkTo = (key: string) => `https://blobs.example/${key}`;
  return { runner: fargateRunner({ place: PLACE, ecs, output, blob, linkTo, clock }), service, blob };
}

const answer = (body: object): ServiceReply => ({ status: 200, body: JSON.stringify(body) });
const failed = (reason: string) => answer({ tasks: [], failures: [{ reason }] });

describe("a start that there is no room for is refused, with when to come again", () => {
  test.each<[string, ServiceReply, number]>([
    ["too many starts at a time", jsonRefusal("ThrottlingException", "Rate exceeded"), 2],
    ["too many starts at a time, in other words", jsonRefusal("ThrottlingException", "Slow down"), 2],
    [
      "the account's processors are used up",
      jsonRefusal("ClientException", "You've reached the limit on the number of vCPUs you can run concurrently"),
      60,
    ],
    [
      "too many tasks are about to begin",
      jsonRefusal("ClientException", "The quota of tasks in the PROVISIONING state has been reached."),
      60,
    ],
    ["AWS has none to spare", failed("Capacity is unavailable at this time. Please try again later"), 60],
    ["the subnets have no address left", failed("RESOURCE:ENI"), 60],
  ])("%s", async (_what, reply, retryAfterSeconds) => {
    const { runner } = await runnerOf([reply]);

    expect(await runner.start(acme, runOrder())).toEqual({
      ok: false,
      problem: { reason: "runner_full", retryAfterSeconds },
    });
  });
});

test("a rate that passes by itself is waited out before anybody is told", async () => {
  const task = {
    taskArn: "arn:aws:ecs:eu-west-1:123456789012:task/c/0123456789abcdef0123456789abcdef",
    lastStatus: "PROVISIONING",
    createdAt: 1,
    overrides: {
      containerOverrides: [
        { name: "project", environment: [{ name: "SKEIN_RUN", value: '{"runId":"run1","projectId":"proj1"}' }] },
      ],
    },
  };
  const { runner, service } = await runnerOf([
    jsonRefusal("ThrottlingException", "Rate exceeded"),
    answer({ tasks: [task], failures: [] }),
  ]);

  expect(await runner.start(acme, runOrder())).toMatchObject({ ok: true, value: { state: "starting" } });
  expect(service.count()).toBe(2);
});

describe("what is wrong with the place itself is a fault, and no tenant's to mend", () => {
  test.each<[string, ServiceReply]>([
    ["a cluster that is gone", jsonRefusal("ClusterNotFoundException", "Cluster not found.")],
    [
      "a right that the function lacks",
      jsonRefusal("AccessDeniedException", "not authorized to perform: iam:PassRole"),
    ],
    ["an account that AWS has blocked", jsonRefusal("BlockedException", "Your AWS account was blocked.")],
    ["a placement for another reason", failed("AGENT")],
    ["a placement for no reason", answer({ tasks: [], failures: [] })],
    ["an answer that is none", answer({ tasks: [{ taskArn: 1 }] })],
    ["a service that fails", jsonRefusal("ServerException", "", { status: 500 })],
  ])("%s", async (_what, reply) => {
    const { runner } = await runnerOf([reply]);

    await expect(runner.start(acme, runOrder())).rejects.toMatchObject({ code: "runner_unavailable" });
  });
});

test("without its workspace nothing is started and nothing stored", async () => {
  const { runner, blob, service } = await runnerOf([answer({ taskArns: [] })], { hasWorkspace: false });

  expect(await runner.start(acme, runOrder())).toEqual({ ok: false, problem: { reason: "workspace_missing" } });
  expect(blob.keys()).toEqual([]);
  expect(service.count()).toBe(2);
});

test("what can be seen to be wrong with an order is refused before anybody is asked", async () => {
  const { runner, service } = await runnerOf([answer({})]);

  expect(await runner.start(acme, runOrder({ workingDirectory: "../beta" }))).toEqual({
    ok: false,
    problem: { reason: "workspace_outside" },
  });
  expect(await runner.start(acme, runOrder({ environment: { HOME: "/" } }))).toMatchObject({
    ok: false,
    problem: { reason: "environment_refused", name: "HOME" },
  });
  await expect(runner.start(acme, runOrder({ limits: { ...runOrder().limits, cpuShare: 64 } }))).rejects.toMatchObject({
    code: "run_too_large",
  });
  expect(service.count()).toBe(0);
});

test("the order lies where its task reads it, with all that the task has to know", async () => {
  const { runner, blob } = await runnerOf([jsonRefusal("ThrottlingException", "Rate exceeded")]);

  await runner.start(acme, runOrder({ environment: { PASSWORD: "hunter2" } }));

  const stored = await blob.get("run-order/acme/run1.json");
  const chunks: Uint8Array[] = [];
  if (stored.ok && stored.value !== undefined) for await (const chunk of stored.value.body) chunks.push(chunk);
  expect(JSON.parse(Buffer.concat(chunks).toString())).toMatchObject({
    tenantId: "acme",
    environment: { PASSWORD: "hunter2" },
    workspace: "https://blobs.example/workspace/acme/shop.tar.gz",
  });
});

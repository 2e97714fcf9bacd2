import { describe, expect, test } from "vitest";
import { runTaskRequest, taskOrder, taskToken } from "../../../../layers/aws/fargate/run-task.ts";
import { taskSizeOf } from "../../../../layers/aws/fargate/task-size.ts";
import type { RunOrder } from "../../../../layers/core/ports/runner.ts";
import { runOrder } from "../../../fixtures/awaited-run.ts";
import { PLACE } from "../../../fixtures/fargate-parts.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");
const link = "https://blobs.example/order?X-Amz-Signature=0";

function requestOf(changed: Partial<RunOrder> = {}, place: Partial<typeof PLACE> = {}) {
  const order = runOrder(changed);
  const sized = taskSizeOf(order.limits);
  if (sized === undefined) throw new TypeError("the order fits no task");
  return runTaskRequest(acme, order, { place: { ...PLACE, ...place }, sized, link });
}

test("a task is asked for once for its run, without a role, with its size, its way out and whose it is", () => {
  const token = "b74674ff847d3c2b56cb98c39c32fd5b95651f1dcfbb07d89da559d1c149c20f";

  expect(requestOf({ port: 3_000 })).toEqual({
    cluster: "skein-small-projects",
    taskDefinition: "skein-small-project-256-512",
    count: 1,
    clientToken: token,
    startedBy: token,
    capacityProviderStrategy: [{ capacityProvider: "FARGATE", weight: 1 }],
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: ["subnet-0a", "subnet-0b"],
        securityGroups: ["sg-0a"],
        assignPublicIp: "ENABLED",
      },
    },
    overrides: {
      containerOverrides: [
        {
          name: "project",
          memory: 512,
          environment: [
            { name: "SKEIN_RUN", value: '{"runId":"run1","projectId":"proj1","port":3000}' },
            { name: "SKEIN_ORDER", value: link },
          ],
        },
      ],
    },
    tags: [
      { key: "tenant", value: "acme" },
      { key: "project", value: "proj1" },
      { key: "run", value: "run1" },
    ],
    enableECSManagedTags: true,
  });
});

test("what an order says stands in no request, which is shown to whoever may look at tasks", () => {
  const request = JSON.stringify(
    requestOf({ environment: { PASSWORD: "hunter2" }, command: { shell: "deploy --now" } }),
  );

  expect(request).not.toMatch(/hunter2|PASSWORD|deploy/);
});

test("two tenants' runs of one name, and two runs of one tenant, have tokens of their own that ECS takes", () => {
  const tokens = [taskToken(acme, "run1"), taskToken(tenant("beta"), "run1"), taskToken(acme, "run2")];

  expect(new Set(tokens).size).toBe(3);
  expect(tokens.join()).toMatch(/^[0-9a-f]{64},[0-9a-f]{64},[0-9a-f]{64}$/);
});

describe("spare computers of AWS's run", () => {
  const development = { environment: { NODE_ENV: "development" } };
  test.each([
    ["nothing where the plan has none", development, "on-demand", "FARGATE"],
    ["everything where it has nothing else", {}, "spot", "FARGATE_SPOT"],
    ["what is being developed", development, "spot-in-development", "FARGATE_SPOT"],
    ["nothing else then", { environment: { NODE_ENV: "production" } }, "spot-in-development", "FARGATE"],
  ] as const)("%s", (_what, order, capacity, capacityProvider) => {
    expect(requestOf(order, { capacity })).toMatchObject({
      capacityProviderStrategy: [{ capacityProvider, weight: 1 }],
    });
  });
});

test("the supervisor is told the command, a line for a shell as one, and where the workspace is", () => {
  const at = { workspace: "https://blobs.example/shop", folder: "web" };

  expect(taskOrder(acme, runOrder({ command: { shell: "npm start" }, port: 3_000 }), at)).toEqual({
    tenantId: "acme",
    projectId: "proj1",
    runId: "run1",
    argv: ["sh", "-c", "npm start"],
    environment: {},
    port: 3_000,
    workspace: "https://blobs.example/shop",
    folder: "web",
    limits: { diskBytes: 268_435_456, processCount: 50, lifetimeMs: 60_000 },
    graceMs: 1_000,
  });
  expect(taskOrder(acme, runOrder({ command: { argv: ["node", "x"] } }), at).argv).toEqual(["node", "x"]);
});

import { describe, expect, test } from "vitest";
import * as z from "zod";
import { functionRunner } from "../../functions/function-runner.ts";
import { RUNNER_SETTINGS } from "../../functions/runner-settings.ts";
import { archiveKey } from "../../layers/core/workspace/archive-key.ts";
import { answeringService } from "../fixtures/answering-service.ts";
import { runOrder } from "../fixtures/awaited-run.ts";

import { manualClock } from "../fixtures/manual-clock.ts";
import { memoryBlob } from "../fixtures/memory-blob.ts";
import { NO_RUNNER } from "../fixtures/no-runner.ts";
import { seededChance } from "../fixtures/seeded-chance.ts";
import { tenant } from "../fixtures/tenants.ts";

const Config = z.object({ ...RUNNER_SETTINGS, BLOB_BUCKET: z.string() });
const PLANNED = {
  RUNNER_CLUSTER: "skein-small-projects",
  RUNNER_TASK_FAMILY: "skein-small-project",
  RUNNER_SUBNETS: "subnet-0a,subnet-0b",
  RUNNER_SECURITY_GROUP: "sg-0a",
  RUNNER_LOG_GROUP: "/skein/small/projects",
  RUNNER_CAPACITY: "spot",
};

const acme = tenant("acme");

test("where the plan has no projects there is no runner, and nothing is looked for", () => {
  const config = Config.parse({ ...NO_RUNNER, BLOB_BUCKET: "blobs" });
  const parts = { environment: {}, blob: memoryBlob(), clock: manualClock(), chance: seededChance(1) };

  expect(functionRunner({ config, ...parts })).toBeUndefined();
});

test("where it has, runs go to the place that the settings name, with links that the function's role has signed", async () => {
  const service = await answeringService((response) => void response.end(JSON.stringify({ tasks: [], failures: [] })));
  const environment = {
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_SESSION_TOKEN: "session",
    AWS_ENDPOINT_URL_ECS: service.settings.endpoint,
  };
  const blob = memoryBlob();
  await blob.put(archiveKey(acme, "shop"), Buffer.from("an archive"));
  const config = Config.parse({ ...PLANNED, BLOB_BUCKET: "blobs" });
  const runner = functionRunner({ config, environment, blob, clock: manualClock(), chance: seededChance(1) });

  await runner?.start(acme, runOrder()).catch(() => undefined);

  const [asked] = service.requests;
  expect(asked?.headers["x-amz-target"]).toBe("AmazonEC2ContainerServiceV20141113.RunTask");
  expect(JSON.parse(asked?.body ?? "{}")).toMatchObject({
    cluster: "skein-small-projects",
    taskDefinition: "skein-small-project-256-512",
    capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT" }],
    networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-0a", "subnet-0b"], securityGroups: ["sg-0a"] } },
  });
  expect(asked?.body).toMatch(/https:\/\/blobs\.s3\.eu-west-1\.amazonaws\.com\/run-order\/acme\/run1\.json\?/);
  expect(asked?.body).toContain("X-Amz-Security-Token=session");
});

describe("a setting is refused", () => {
  test.each([
    ["RUNNER_CLUSTER", "a b"],
    ["RUNNER_SUBNETS", "subnet-0a,"],
    ["RUNNER_SUBNETS", Array.from({ length: 17 }, () => "subnet-0a").join(",")],
    ["RUNNER_SECURITY_GROUP", ""],
    ["RUNNER_LOG_GROUP", "skein:projects"],
    ["RUNNER_CAPACITY", "cheap"],
  ])("%s: %s", (name, value) => {
    expect(Config.safeParse({ ...PLANNED, BLOB_BUCKET: "blobs", [name]: value }).success).toBe(false);
  });
});

import { expect, test } from "vitest";
import * as z from "zod";
import { notedRunner } from "../../functions/noted-runner.ts";
import { RUNNER_SETTINGS } from "../../functions/runner-settings.ts";
import { RUN_VARIABLE, TASK_CONTAINER } from "../../layers/core/deployment/project-task.ts";
import { archiveKey } from "../../layers/core/workspace/archive-key.ts";
import { answeringService } from "../fixtures/answering-service.ts";
import { runOrder } from "../fixtures/awaited-run.ts";
import { manualClock } from "../fixtures/manual-clock.ts";
import { memoryBlob } from "../fixtures/memory-blob.ts";
import { memoryTable } from "../fixtures/memory-table.ts";
import { NO_RUNNER } from "../fixtures/no-runner.ts";
import { seededChance } from "../fixtures/seeded-chance.ts";
import { tenant } from "../fixtures/tenants.ts";

const Config = z.object({ ...RUNNER_SETTINGS, BLOB_BUCKET: z.string() });
const acme = tenant("acme");

test("where the plan has no projects there is nothing to note", () => {
  const clock = manualClock();
  const config = Config.parse({ ...NO_RUNNER, BLOB_BUCKET: "blobs" });
  const stores = { blob: memoryBlob(), table: memoryTable(clock) };

  expect(notedRunner({ config, environment: {}, ...stores, clock, chance: seededChance(1) })).toBeUndefined();
});

test("a run that was started stands in the book with the stream that ECS gives its task", async () => {
  const environment = [{ name: RUN_VARIABLE, value: JSON.stringify({ runId: "run1", projectId: "proj1" }) }];
  const task = {
    taskArn: "arn:aws:ecs:eu-west-1:123456789012:task/skein-small-projects/0a1b2c",
    lastStatus: "PROVISIONING",
    overrides: { containerOverrides: [{ name: TASK_CONTAINER, environment }] },
  };
  const ecs = await answeringService((response) => void response.end(JSON.stringify({ tasks: [task], failures: [] })));
  const clock = manualClock();
  const config = Config.parse({
    RUNNER_CLUSTER: "skein-small-projects",
    RUNNER_TASK_FAMILY: "skein-small-project",
    RUNNER_SUBNETS: "subnet-0a",
    RUNNER_SECURITY_GROUP: "sg-0a",
    RUNNER_LOG_GROUP: "/skein/small/projects",
    RUNNER_CAPACITY: "on-demand",
    BLOB_BUCKET: "blobs",
  });
  const blob = memoryBlob();
  await blob.put(archiveKey(acme, "shop"), Buffer.from("an archive"));
  const settings = {
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_ENDPOINT_URL_ECS: ecs.settings.endpoint,
  };
  const parts = { config, environment: settings, blob, table: memoryTable(clock), clock, chance: seededChance(1) };
  const noted = notedRunner(parts);

  const started = await noted?.runner.start(acme, runOrder());

  expect(started).toMatchObject({ ok: true });
  expect(await noted?.book.runs(acme, "proj1")).toMatchObject([{ runId: "run1", place: "run/project/0a1b2c" }]);
});

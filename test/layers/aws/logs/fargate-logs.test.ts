import { expect, onTestFinished, test } from "vitest";
import { cloudwatchLogs } from "../../../../layers/aws/logs/cloudwatch-logs.ts";
import { logsClient } from "../../../../layers/aws/logs/logs-client.ts";
import { logStreamOf } from "../../../../layers/core/deployment/project-task.ts";
import { LogBook } from "../../../../layers/core/log/log-book.ts";
import type { LogLine } from "../../../../layers/core/log/log-line.ts";
import { EVERY_LINE } from "../../../../layers/core/log/log-query.ts";
import { notingRunner } from "../../../../layers/core/log/noting-runner.ts";
import { systemClock } from "../../../../layers/node/system-clock.ts";
import { runOrder } from "../../../fixtures/awaited-run.ts";
import { aFargateRunner, PLACE, putWorkspace } from "../../../fixtures/fargate-parts.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { seededChance } from "../../../fixtures/seeded-chance.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");

test("what a run on Fargate prints is followed from its first line, with streams and levels, by its own tenant alone", async () => {
  const made = await aFargateRunner();
  await putWorkspace(made, acme, { name: "shop", files: { "a.txt": "x" } });
  const clock = systemClock();
  const book = new LogBook({ table: memoryTable(clock), clock });
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = logsClient({ ...made.fargate.settings, credentials, clock, chance: seededChance(1) });
  onTestFinished(() => client.close());
  const logs = cloudwatchLogs({ client, logGroup: PLACE.logGroup, book, clock, pollMs: 20 });
  const runner = notingRunner(made.runner, book, (arn) => logStreamOf(arn.slice(arn.lastIndexOf("/") + 1)));
  const follower = logs.follow(acme, "proj1", { query: EVERY_LINE });
  await follower.next(0);

  const command = { shell: "echo 'ERROR one'; sleep 0.2; echo two >&2; echo three" };
  await runner.start(acme, runOrder({ workingDirectory: "shop", command }));
  const told: LogLine[] = [];
  while (told.length < 3) {
    const { lines } = await follower.next(20_000);
    told.push(...lines.filter(({ stream }) => stream !== "system"));
  }

  expect(told.map(({ text, stream, level, runId }) => [text, stream, level, runId])).toEqual(
    expect.arrayContaining([
      ["ERROR one", "stdout", "error", "run1"],
      ["two", "stderr", "warn", "run1"],
      ["three", "stdout", "info", "run1"],
    ]),
  );
  expect((await logs.stats(acme, "proj1")).byStream).toMatchObject({ stdout: 2, stderr: 1 });
  expect((await logs.stats(tenant("globex"), "proj1")).lineCount).toBe(0);
});

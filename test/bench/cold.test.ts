import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { bundleKilobytes, bundlePeer } from "../../bench/cold/bundle.ts";
import { PROBE, tookMs } from "../../bench/cold/calls.ts";
import { AnswerWrong } from "../../bench/echo/echo-call.ts";
import { EnvironmentPool } from "../../layers/local/lambda/environment-pool.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { testFolder } from "../fixtures/temporary-folder.ts";

async function emptyFunction(): Promise<{ pool: EnvironmentPool; codeDir: string }> {
  const folder = await testFolder();
  const codeDir = join(folder, "code");
  await bundlePeer("bench/cold/empty.ts", codeDir);
  const empty = {
    shape: { name: "empty", memoryMb: 128 },
    functionName: "empty",
    functionArn: "arn:aws:lambda:eu-west-1:000000000000:function:empty:live",
    region: "eu-west-1",
    timeoutMs: 5_000,
    codeDir,
    temporaryDir: join(folder, "tmp"),
    variables: {},
    provisionedCount: 0,
    log: () => {},
  };
  const pool = await EnvironmentPool.open(empty, { clock: systemClock() });
  onTestFinished(() => pool.close());
  return { pool, codeDir };
}

test("a cold start takes longer than a later call, and nothing in no time", async () => {
  const { pool } = await emptyFunction();
  const call = { ...PROBE, answer: '"statusCode":200' };

  const [coldMs, warmMs] = [await tookMs(pool, call, "key"), await tookMs(pool, call, "key")];

  expect(warmMs).toBeGreaterThan(0);
  expect(coldMs).toBeGreaterThan(warmMs);
});

test("a wrong answer is no measurement", async () => {
  const { pool } = await emptyFunction();

  await expect(tookMs(pool, PROBE, "key")).rejects.toThrow(AnswerWrong);
});

test("the size of a bundle is that of all its files", async () => {
  const { codeDir } = await emptyFunction();

  expect(bundleKilobytes(codeDir)).toBeGreaterThan(0.05);
  expect(bundleKilobytes(codeDir)).toBeLessThan(1);
});

import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { bundleKilobytes, bundlePeer } from "../../bench/cold/bundle.ts";
import { type ColdCall, stocked, tookMs } from "../../bench/cold/calls.ts";
import { httpCall, PROBE } from "../../bench/cold/http-calls.ts";
import { openSubjects } from "../../bench/cold/subjects.ts";
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
  const call = httpCall({ ...PROBE, answer: '"statusCode":200' }, "key");

  const coldMs = await tookMs(pool, call);
  let warmMs = Number.POSITIVE_INFINITY;
  for (let count = 0; count < 5; count++) warmMs = Math.min(warmMs, await tookMs(pool, call));

  expect(warmMs).toBeGreaterThan(0);
  expect(coldMs).toBeGreaterThan(warmMs);
});

test("a wrong answer is no measurement", async () => {
  const { pool } = await emptyFunction();

  await expect(tookMs(pool, httpCall(PROBE, "key"))).rejects.toThrow(AnswerWrong);
});

test("the size of a bundle is that of all its files", async () => {
  const { codeDir } = await emptyFunction();

  expect(bundleKilobytes(codeDir)).toBeGreaterThan(0.05);
  expect(bundleKilobytes(codeDir)).toBeLessThan(1);
});

test("events that are made ahead are given out first, each once, and then others as they are asked for", async () => {
  let made = 0;
  const call: ColdCall = { event: () => `${++made}`, answer: "" };

  const ahead = await stocked(call, 2);
  const madeAhead = made;
  const given = [await ahead.event("a"), await ahead.event("b"), await ahead.event("c")];

  expect(madeAhead).toBe(2);
  expect(given).toEqual(["1", "2", "3"]);
});

test("every function that there is answers a call of its own, cold and again", async () => {
  const root = resolve(import.meta.dirname, "../../functions");
  const folders = readdirSync(root).filter((name) => existsSync(join(root, name, "index.ts")));
  const { mcp, others, close } = await openSubjects(await testFolder(), 2);
  onTestFinished(close);
  const subjects = [mcp, ...others];

  expect(subjects.map(({ name }) => name).toSorted()).toEqual(folders.toSorted());
  const printed = new Map<string, string>();
  for (const { name, hosted, call } of subjects) {
    const log = (_: string, text: Buffer) => void printed.set(name, `${printed.get(name) ?? ""}${text}`);
    const pool = await EnvironmentPool.open({ ...hosted, log }, { clock: systemClock() });
    onTestFinished(() => pool.close());
    for (let count = 0; count < 2; count++) expect(await tookMs(pool, call)).toBeGreaterThan(0);
  }
  // What works off a queue answers the same whether or not there was anything to do.
  const timesPrinted = (name: string, text: string) => () => (printed.get(name) ?? "").split(text).length - 1;
  await expect.poll(timesPrinted("delivery", '"outcomes":{"sent":1,')).toBe(2);
  await expect.poll(timesPrinted("worker", '"state":"succeeded"')).toBe(2);
}, 120_000);

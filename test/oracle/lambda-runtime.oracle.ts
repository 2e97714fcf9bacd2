import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { EnvironmentPool } from "../../layers/local/lambda/environment-pool.ts";
import { environmentVariables } from "../../layers/local/lambda/environment-variables.ts";
import type { HostedFunction } from "../../layers/local/lambda/hosted-function.ts";
import type { Invocation, InvocationOutcome } from "../../layers/local/lambda/invocation.ts";
import { RuntimeApi } from "../../layers/local/lambda/runtime-api.ts";
import { testFolder } from "../fixtures/temporary-folder.ts";
import { INSTALL_TIMEOUT_MS, installOfficialRuntime, startOfficialRuntime } from "./lambda-runtime/official-runtime.ts";

/** AWS's own client of the Runtime API is the oracle: on the same code and the same events ours comes to the same. */
beforeAll(installOfficialRuntime, INSTALL_TIMEOUT_MS);

const EVENT = { n: 1, text: "grün" };

async function aFunction(source: string): Promise<HostedFunction> {
  const folder = await testFolder();
  const codeDir = join(folder, "code");
  await mkdir(codeDir);
  await writeFile(join(codeDir, "index.mjs"), source);
  return {
    shape: { name: "compared", memoryMb: 256 },
    functionName: "test-compared",
    functionArn: "arn:aws:lambda:eu-west-1:000000000000:function:test-compared:live",
    region: "eu-west-1",
    timeoutMs: 5_000,
    codeDir,
    temporaryDir: join(folder, "tmp"),
    variables: {},
    provisionedCount: 0,
    log: () => {},
  };
}

const INVOCATION: Invocation = { requestId: "00000000-0000-4000-8000-000000000001", event: JSON.stringify(EVENT) };

async function byOurs(of: HostedFunction): Promise<unknown> {
  const pool = await EnvironmentPool.open(of);
  onTestFinished(() => pool.close());
  return seen(await pool.invoke(INVOCATION));
}

async function byOfficial(of: HostedFunction): Promise<unknown> {
  const api = await RuntimeApi.open();
  const surroundings = { id: "compared-1", api: api.address, temporaryDir: of.temporaryDir, provisioned: false };
  const child = startOfficialRuntime(of.codeDir, environmentVariables(of, surroundings));
  onTestFinished(() => {
    child.kill("SIGKILL");
    api.close();
  });
  const error = await api.initialized;
  if (error !== undefined) return seen({ kind: "error", error });
  const { functionArn } = of;
  return seen(await api.invoke({ ...INVOCATION, functionArn, deadlineEpochMs: Date.now() + of.timeoutMs }));
}

/** What whoever called sees of it. */
async function seen(outcome: InvocationOutcome): Promise<unknown> {
  if (outcome.kind === "whole") return { kind: outcome.kind, body: outcome.body.toString() };
  if (outcome.kind === "error") return outcome;
  const { contentType } = outcome;
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of outcome.body) chunks.push(chunk);
  } catch (error) {
    return { contentType, body: Buffer.concat(chunks).toString(), error };
  }
  return { contentType, body: Buffer.concat(chunks).toString() };
}

const plain = (body: string): string => `export const handler = async (event, context) => { ${body} };`;
const streaming = (body: string): string =>
  `export const handler = awslambda.streamifyResponse(async (event, plain, context) => { ${body} });`;
const WITH_HEAD = `const stream = awslambda.HttpResponseStream.from(plain, { statusCode: 201, headers: { a: "b" } });`;
const WAIT = "await new Promise((go) => setTimeout(go, 20));";

test.each([
  ["answers", plain("return { event, id: context.awsRequestId };")],
  ["answers nothing", plain("")],
  ["answers what is no JSON", plain("return { n: 1n };")],
  [
    "tells its context",
    plain(`const { functionName, functionVersion, memoryLimitInMB, logGroupName, logStreamName } = context;
      return { functionName, functionVersion, memoryLimitInMB, logGroupName, logStreamName, arn: context.invokedFunctionArn };`),
  ],
  ["throws", plain("throw new RangeError('too far');")],
  ["throws a text", plain("throw 'a text';")],
  ["streams bytes", streaming('plain.write("one"); plain.write(new Uint8Array([50])); plain.end();')],
  ["streams objects", streaming("plain.write({ a: 1 }); plain.end();")],
  ["streams with a head", streaming(`${WITH_HEAD} stream.write("one"); ${WAIT} stream.write("two"); stream.end();`)],
  ["streams a head and nothing", streaming(`${WITH_HEAD} stream.write(""); stream.end();`)],
  ["breaks off its stream", streaming(`${WITH_HEAD} stream.write("one"); ${WAIT} throw new RangeError("late");`)],
  ["destroys its stream", streaming(`${WITH_HEAD} stream.write("one"); ${WAIT} plain.destroy(); ${WAIT}`)],
  ["exports no handler", "export const other = 1;"],
  ["throws when it is loaded", "throw new TypeError('wrong');"],
])("a function that %s comes to the same as under AWS's own runtime", async (_what, source) => {
  const of = await aFunction(source);

  const [ours, official] = [await byOurs(of), await byOfficial(of)];

  expect(ours).toEqual(official);
});

test("a function that takes a callback is refused for the same reason as by AWS's own runtime", async () => {
  const of = await aFunction("export const handler = (event, context, callback) => callback();");

  const [ours, official] = [await byOurs(of), await byOfficial(of)];

  const error = { errorType: "Runtime.CallbackHandlerDeprecated" };
  expect([ours, official]).toMatchObject([{ error }, { error }]);
});

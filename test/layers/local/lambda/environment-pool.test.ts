import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { EnvironmentPool, FunctionNotInitialized } from "../../../../layers/local/lambda/environment-pool.ts";
import type { InvocationOutcome } from "../../../../layers/local/lambda/invocation.ts";
import { systemClock } from "../../../../layers/node/system-clock.ts";
import { aFunction, anInvocation, answerIn, poolOf, streamIn, streaming } from "../../../fixtures/hosted-function.ts";

const clock = systemClock();

let count = 0;
const call = (pool: EnvironmentPool, event: unknown = {}): Promise<InvocationOutcome> =>
  pool.invoke(anInvocation(event, ++count));

async function answer(pool: EnvironmentPool, event?: unknown): Promise<unknown> {
  return answerIn(await call(pool, event));
}

test("a handler gets the event, a context, and the variables of Lambda and of its deployment alone", async () => {
  const source = `export const handler = async (event, context) => ({
    event, names: Object.keys(process.env).sort(), greeting: process.env.GREETING,
    id: context.awsRequestId, name: context.functionName, memory: context.memoryLimitInMB,
    arn: context.invokedFunctionArn, left: context.getRemainingTimeInMillis(),
  });`;
  const pool = await poolOf(await aFunction(source));

  const answered = await answer(pool, { n: 1 });

  expect(answered).toEqual({
    event: { n: 1 },
    names: [
      "AWS_ACCESS_KEY_ID",
      "AWS_DEFAULT_REGION",
      "AWS_EXECUTION_ENV",
      "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
      "AWS_LAMBDA_FUNCTION_NAME",
      "AWS_LAMBDA_FUNCTION_VERSION",
      "AWS_LAMBDA_INITIALIZATION_TYPE",
      "AWS_LAMBDA_LOG_FORMAT",
      "AWS_LAMBDA_LOG_GROUP_NAME",
      "AWS_LAMBDA_LOG_STREAM_NAME",
      "AWS_LAMBDA_RUNTIME_API",
      "AWS_REGION",
      "AWS_SECRET_ACCESS_KEY",
      "AWS_SESSION_TOKEN",
      "GREETING",
      "LAMBDA_TASK_ROOT",
      "LANG",
      "PATH",
      "TMPDIR",
      "TZ",
      "_HANDLER",
      "_X_AMZN_TRACE_ID",
    ],
    greeting: "hello",
    id: expect.stringMatching(/^0{8}-/),
    name: "test-echo",
    memory: "128",
    arn: "arn:aws:lambda:eu-west-1:000000000000:function:test-echo:live",
    left: expect.toSatisfy((ms: number) => ms > 0 && ms <= 5_000),
  });
});

const COUNTING = "let calls = 0; export const handler = async () => ({ pid: process.pid, calls: ++calls });";

test("a handler finds no more of Node loaded than AWS's own runtime loads", async () => {
  const source = `export const handler = async () => process.moduleLoadList.filter((name) => /undici|tls|perf_hooks/.test(name));`;
  const pool = await poolOf(await aFunction(source));

  const answered = await answer(pool);

  expect(answered).toEqual([]);
});

test("calls one after the other come to one process, calls at one time to one each", async () => {
  const slow = `${COUNTING.replace("async () => (", "async () => (await new Promise((go) => setTimeout(go, 50)), ")}`;
  const pool = await poolOf(await aFunction(slow));

  const [first, second] = [await answer(pool), await answer(pool)];
  const together = await Promise.all([answer(pool), answer(pool)]);

  expect(second).toEqual({ ...(first as object), calls: 2 });
  expect(new Set(together.map((one) => (one as { pid: number }).pid)).size).toBe(2);
});

test("provisioned environments are there before the first call and take turns", async () => {
  const source = COUNTING.replace("calls: ++calls", "type: process.env.AWS_LAMBDA_INITIALIZATION_TYPE");
  const pool = await poolOf(await aFunction(source, { provisionedCount: 2 }));

  const answers = [await answer(pool), await answer(pool), await answer(pool)];

  expect(new Set(answers.map((one) => (one as { pid: number }).pid)).size).toBe(2);
  expect(answers[0]).toEqual(answers[2]);
  expect(answers[0]).toMatchObject({ type: "provisioned-concurrency" });
});

test("between two calls time stands still for a function", async () => {
  const source = `let ticks = 0; setInterval(() => ticks++, 5);
    export const handler = async () => ({ pid: process.pid, ticks });`;
  const pool = await poolOf(await aFunction(source));
  const { pid } = (await answer(pool)) as { pid: number };

  await expect.poll(() => processState(pid)).toBe("T");
});

test("a function that takes more memory than it has is killed", async () => {
  const source = `export const handler = async () => { const held = [];
    for (;;) { held.push(Buffer.alloc(16 * 1024 * 1024, 1)); await new Promise((go) => setTimeout(go, 20)); } };`;
  const pool = await poolOf(await aFunction(source));

  expect(await call(pool)).toMatchObject({ kind: "error", error: { errorType: "Runtime.OutOfMemory" } });
});

test.each([
  ["throws", "throw new RangeError('too far')", { errorType: "RangeError", errorMessage: "too far" }],
  ["throws what is no error", "throw 'x'", { errorType: "string", errorMessage: "x" }],
  [
    "answers what is no JSON",
    "return { n: 1n }",
    { errorType: "Runtime.JSONStringifyError", errorMessage: "Unable to stringify response body" },
  ],
  [
    "forgets a promise that fails",
    "Promise.reject(new Error('lost')); await new Promise(() => setInterval(() => {}, 1e6))",
    { errorType: "Runtime.UnhandledPromiseRejection", errorMessage: "Error: lost" },
  ],
  [
    "ends its process",
    "process.exit(3)",
    { errorType: "Runtime.ExitError", errorMessage: expect.stringMatching("exit status 3$") },
  ],
  [
    "writes beside its own temporary folder",
    "const { writeFileSync } = await import('node:fs'); writeFileSync(process.env.LAMBDA_TASK_ROOT + '/x', '')",
    { errorType: "Error", errorMessage: expect.stringMatching("restricted") },
  ],
])("a function that %s fails its call alone", async (_what, body, error) => {
  const source = `export const handler = async ({ fail }) => { if (!fail) return 'fine'; ${body} };`;
  const pool = await poolOf(await aFunction(source));

  const outcome = await call(pool, { fail: true });

  expect(outcome).toEqual({ kind: "error", error });
  expect(await answer(pool)).toBe("fine");
});

test.each([
  ["throws", "throw new TypeError('wrong');", { errorType: "TypeError", errorMessage: "wrong" }],
  [
    "exports no handler",
    "export const other = 1;",
    { errorType: "Runtime.HandlerNotFound", errorMessage: "index.handler is undefined or not exported" },
  ],
  [
    "takes a callback",
    "export const handler = (event, context, callback) => callback();",
    { errorType: "Runtime.CallbackHandlerDeprecated", errorMessage: expect.stringMatching("callback") },
  ],
  [
    "ends its process",
    "process.exit(4);",
    {
      errorType: "Runtime.ExitError",
      errorMessage: expect.stringMatching(/^RequestId: 0{8}-\S+ Error: Runtime exited with error: exit status 4$/),
    },
  ],
])("a module that %s fails the call that started it, and every provisioned start", async (_what, source, error) => {
  const of = await aFunction(source);
  const pool = await poolOf(of);

  expect(await call(pool)).toEqual({ kind: "error", error });
  await expect(EnvironmentPool.open({ ...of, provisionedCount: 1 }, { clock })).rejects.toThrow(FunctionNotInitialized);
});

test("what a function may write is its temporary folder, and what it prints is its log", async () => {
  const printed: string[] = [];
  const source = `import { writeFileSync, readFileSync } from "node:fs"; import { tmpdir } from "node:os";
    export const handler = async () => { console.log("said");
      writeFileSync(tmpdir() + "/note", "kept"); return readFileSync(tmpdir() + "/note", "utf8"); };`;
  const of = await aFunction(source, { log: (id, text) => printed.push(`${id}: ${text}`) });

  expect(await answer(await poolOf(of))).toBe("kept");
  await expect.poll(() => printed).toEqual(["echo-1: said\n"]);
});

const HTTP_REPLY = "application/vnd.awslambda.http-integration-response";

test("a streamed reply begins with its head and eight null bytes, and comes as it is written", async () => {
  const source = streaming(
    `stream.write("one"); await new Promise((go) => setTimeout(go, 50)); stream.write("two"); stream.end();`,
  );
  const pool = await poolOf(await aFunction(source));

  const { contentType, chunks, broken } = await streamIn(await call(pool));

  expect(contentType).toBe(HTTP_REPLY);
  expect(chunks.join("")).toBe(`{"statusCode":201}${"\0".repeat(8)}onetwo`);
  expect(String(chunks.at(-1))).toBe("two");
  expect(broken).toBeUndefined();
});

test.each([
  ["throws", "throw new RangeError('late')", "RangeError", 10_000],
  [
    "destroys its stream",
    "stream.destroy(); await new Promise((go) => setTimeout(go, 10))",
    "Runtime.TruncatedResponse",
    10_000,
  ],
  ["hangs", "await new Promise(() => setInterval(() => {}, 1e6))", "Sandbox.Timedout", 3_000],
])("a streamed reply whose function %s breaks off and says so", async (_what, body, errorType, timeoutMs) => {
  const source = streaming(
    `await new Promise((go) => stream.write("one", go)); await new Promise((go) => setTimeout(go, 20)); ${body}`,
  );
  const pool = await poolOf(await aFunction(source, { timeoutMs }));

  const { chunks, broken } = await streamIn(await call(pool));

  expect(chunks.join("")).toMatch(/one$/);
  expect(broken).toMatchObject({ errorType });
});

test("a closed pool takes no call and leaves no process", async () => {
  const pool = await EnvironmentPool.open(await aFunction("export const handler = async () => process.pid;"), {
    clock,
  });
  const pid = (await answer(pool)) as number;

  await pool.close();

  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  expect(await call(pool)).toMatchObject({ kind: "error", error: { errorType: "TooManyRequestsException" } });
});

/** The letter that Linux has for it: `T` of one that is stopped. */
async function processState(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2)[0];
}

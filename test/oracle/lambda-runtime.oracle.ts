import { beforeAll, expect, test } from "vitest";
import { aFunction, anInvocation } from "../fixtures/hosted-function.ts";
import { byOfficial, byOurs } from "./lambda-runtime/both-runtimes.ts";
import { INSTALL_TIMEOUT_MS, installOfficialRuntime } from "./lambda-runtime/official-runtime.ts";

/** AWS's own client of the Runtime API is the oracle: on the same code and the same events ours comes to the same. */
beforeAll(installOfficialRuntime, INSTALL_TIMEOUT_MS);

const CALL = [anInvocation({ n: 1, text: "grün" })];

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

  const [ours, official] = [await byOurs(of, CALL), await byOfficial(of, CALL)];

  expect(ours).toEqual(official);
});

test("a function that takes a callback is refused for the same reason as by AWS's own runtime", async () => {
  const of = await aFunction("export const handler = (event, context, callback) => callback();");

  const [ours, official] = [await byOurs(of, CALL), await byOfficial(of, CALL)];

  const error = { errorType: "Runtime.CallbackHandlerDeprecated" };
  expect([ours, official]).toMatchObject([[{ error }], [{ error }]]);
});

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { streamInvoker } from "../../layers/aws/lambda/stream-invoker.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { aFunction, poolOf } from "../fixtures/hosted-function.ts";
import { localLambda } from "../fixtures/local-lambda.ts";

/**
 * Whether the service that our tests have for Lambda's `InvokeWithResponseStream` is one that AWS's own client understands,
 * and whether ours makes the same of it: boto3, in Python, which comes with moto.
 */
const PROGRAM = `
import boto3, json, sys
client = boto3.client("lambda", region_name="eu-west-1", endpoint_url=sys.argv[1], aws_access_key_id="id", aws_secret_access_key="secret")
try:
    answer = client.invoke_with_response_stream(FunctionName="echo", Qualifier=sys.argv[2], Payload=sys.argv[3].encode())
    told, error = b"", None
    for event in answer["EventStream"]:
        if "PayloadChunk" in event: told += event["PayloadChunk"]["Payload"]
        if "InvokeComplete" in event: error = event["InvokeComplete"].get("ErrorCode")
    print(json.dumps({"told": told.decode(), "error": error}))
except client.exceptions.ClientError as refusal:
    print(json.dumps({"told": "", "error": refusal.response["Error"]["Code"]}))
`;

const SOURCE = `export const handler = awslambda.streamifyResponse(async (event, stream) => {
  for (const word of event.words) stream.write(word);
  if (event.fails) throw new TypeError("broken");
  stream.end();
});`;

async function bothClients(qualifier: string, event: object) {
  const lambda = await localLambda({ "echo:live": await poolOf(await aFunction(SOURCE)) });
  onTestFinished(lambda.close);
  const text = JSON.stringify(event);
  const { stdout } = await promisify(execFile)("python3", ["-c", PROGRAM, lambda.settings.endpoint, qualifier, text]);
  const credentials = { accessKeyId: "id", secretAccessKey: "secret" };
  const parts = { ...lambda.settings, credentials, functionName: "echo", qualifier, clock: systemClock() };
  const invoker = streamInvoker(parts);
  onTestFinished(() => invoker.close());
  return { theirs: JSON.parse(stdout), ours: await heard(invoker, text), invocations: lambda.invocations };
}

async function heard(invoker: ReturnType<typeof streamInvoker>, event: string) {
  let told = "";
  try {
    for await (const piece of await invoker.invoke(event, new AbortController().signal)) told += piece;
    return { told, error: null };
  } catch (fault) {
    return { told, error: Object(fault).reason };
  }
}

test.each<[string, string, object]>([
  ["an answer in pieces", "live", { words: ["one ", "zwölf ", "three"] }],
  ["an empty answer", "live", { words: [] }],
  ["an answer that breaks off", "live", { words: ["half"], fails: true }],
  ["a function that there is not", "other", { words: [] }],
])("boto3 and ours ask the same, and hear the same: %s", async (_what, qualifier, event) => {
  const { theirs, ours, invocations } = await bothClients(qualifier, event);

  expect(ours).toEqual(theirs);
  expect(invocations[0]).toEqual(invocations[1]);
});

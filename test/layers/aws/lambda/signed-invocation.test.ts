import { SignatureV4 } from "@smithy/signature-v4";
import { expect, test } from "vitest";
import { type Invocation, signedInvocation } from "../../../../layers/aws/lambda/signed-invocation.ts";
import { HashForSdk } from "../../../fixtures/hash-for-sdk.ts";

const invocation: Invocation = {
  endpoint: new URL("https://lambda.eu-west-1.amazonaws.com"),
  region: "eu-west-1",
  credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" },
  functionName: "skein-small-carrier",
  qualifier: "live",
  event: '{"path":"/grün"}',
  nowMs: Date.UTC(2026, 10, 21, 3, 4, 5, 678),
};

test.each<[string, Partial<Invocation>]>([
  ["with lasting credentials", {}],
  ["with a session", { credentials: { ...invocation.credentials, sessionToken: "FwoGZXIvYXdzEXAMPLE//==" } }],
  ["elsewhere and with a port", { endpoint: new URL("http://127.0.0.1:4000"), region: "us-east-1" }],
])("a signature is the one that the SDK makes, %s", async (_name, changed) => {
  const signing = { ...invocation, ...changed };
  const ours = signedInvocation(signing);
  const { authorization, "x-amz-date": _date, "x-amz-security-token": _token, ...headers } = ours.headers;
  const [path = "", query] = ours.path.split("?");

  const theirs = await new SignatureV4({ ...signing, service: "lambda", sha256: HashForSdk }).sign(
    {
      method: "POST",
      protocol: signing.endpoint.protocol,
      hostname: signing.endpoint.hostname,
      path,
      query: Object.fromEntries(new URLSearchParams(query)),
      headers,
      body: signing.event,
    },
    { signingDate: new Date(signing.nowMs), unsignableHeaders: new Set(["x-amz-content-sha256"]) },
  );

  expect(authorization).toBe(theirs.headers.authorization);
});

test("an alias of a function is called by the path that the service's model has", () => {
  expect(signedInvocation(invocation).path).toBe(
    "/2021-11-15/functions/skein-small-carrier/response-streaming-invocations?Qualifier=live",
  );
});

import { SignatureV4 } from "@smithy/signature-v4";
import { expect, test } from "vitest";
import { type ConnectionCall, signedCall } from "../../../../layers/aws/connections/signed-call.ts";
import { HashForSdk } from "../../../fixtures/hash-for-sdk.ts";

const call: ConnectionCall = {
  method: "POST",
  endpoint: new URL("https://abc123def4.execute-api.eu-west-1.amazonaws.com"),
  region: "eu-west-1",
  credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" },
  connectionId: "L0SM9cOFvHcCIhw=",
  text: '{"type":"message","body":"grün"}',
  nowMs: Date.UTC(2026, 10, 21, 3, 4, 5, 678),
};

test.each<[string, Partial<ConnectionCall>]>([
  ["with lasting credentials", {}],
  ["with a session", { credentials: { ...call.credentials, sessionToken: "FwoGZXIvYXdzEXAMPLE//==" } }],
  ["of an end, which has no text", { method: "DELETE", text: "" }],
  ["elsewhere and with a port", { endpoint: new URL("http://127.0.0.1:4000"), region: "us-east-1" }],
])("a signature is the one that the SDK makes, %s", async (_name, changed) => {
  const signing = { ...call, ...changed };
  const ours = signedCall(signing);
  const { authorization, "x-amz-date": _date, "x-amz-security-token": _token, ...headers } = ours.headers;

  const theirs = await new SignatureV4({ ...signing, service: "execute-api", sha256: HashForSdk }).sign(
    {
      method: signing.method,
      protocol: signing.endpoint.protocol,
      hostname: signing.endpoint.hostname,
      path: ours.path,
      headers,
      body: signing.text,
    },
    { signingDate: new Date(signing.nowMs), unsignableHeaders: new Set(["x-amz-content-sha256"]) },
  );

  expect(authorization).toBe(theirs.headers.authorization);
});

test("a connection is found below the stage by its id, whose padding is encoded", () => {
  expect(signedCall(call).path).toBe("/live/@connections/L0SM9cOFvHcCIhw%3D");
});

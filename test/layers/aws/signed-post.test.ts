import { Agent } from "node:http";
import { SignatureV4 } from "@smithy/signature-v4";
import { describe, expect, test } from "vitest";
import { type SignedPost, signedHeaders, signedPost } from "../../../layers/aws/signed-post.ts";
import { HashForSdk } from "../../fixtures/hash-for-sdk.ts";
import { localSecrets } from "../../fixtures/local-secrets.ts";

const post: SignedPost = {
  endpoint: new URL("https://secretsmanager.eu-west-1.amazonaws.com"),
  region: "eu-west-1",
  service: "secretsmanager",
  target: "secretsmanager.GetSecretValue",
  body: '{"SecretId":"skein/access"}',
  credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" },
  nowMs: Date.UTC(2026, 10, 21, 3, 4, 5, 678),
  jsonVersion: "1.1",
  agent: new Agent(),
};

describe("a signature is the one that the SDK makes", () => {
  test.each<[string, Partial<SignedPost>]>([
    ["with lasting credentials", {}],
    ["with a session", { credentials: { ...post.credentials, sessionToken: "FwoGZXIvYXdzEXAMPLE//==" } }],
    ["elsewhere and with a port", { endpoint: new URL("http://127.0.0.1:4000"), region: "us-east-1" }],
    ["of a text beyond ASCII", { body: '{"SecretId":"schlüssel"}' }],
  ])("%s", async (_name, changed) => {
    const signing = { ...post, ...changed };
    const ours = signedHeaders(signing);
    const { authorization, "x-amz-date": _date, "x-amz-security-token": _token, ...headers } = ours;

    const theirs = await new SignatureV4({ ...signing, sha256: HashForSdk }).sign(
      {
        method: "POST",
        protocol: signing.endpoint.protocol,
        hostname: signing.endpoint.hostname,
        path: "/",
        query: {},
        headers,
        body: signing.body,
      },
      { signingDate: new Date(signing.nowMs), unsignableHeaders: new Set(["x-amz-content-sha256"]) },
    );

    expect(authorization).toBe(theirs.headers.authorization);
  });
});

test("a post that takes too long ends with its signal", async () => {
  const server = await localSecrets();
  const posting = signedPost({ ...post, ...server.place }, AbortSignal.abort());

  await expect(posting).rejects.toMatchObject({ name: "AbortError" });
  await server.close();
});

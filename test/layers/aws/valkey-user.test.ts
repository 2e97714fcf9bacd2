import { SignatureV4 } from "@smithy/signature-v4";
import { expect, test } from "vitest";
import { iamCacheUser } from "../../../layers/aws/valkey-user.ts";
import { HashForSdk } from "../../fixtures/hash-for-sdk.ts";
import { manualClock } from "../../fixtures/manual-clock.ts";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "a/b+c==" };
const clock = manualClock(Date.UTC(2027, 0, 2, 3, 4, 5));
const cache = { region: "eu-west-1", cacheName: "skein-prod", userName: "skein-user", clock };

test("the token asks to connect as the user to the serverless cache, for fifteen minutes from now", async () => {
  const { name, password } = await iamCacheUser({ ...cache, credentials })();

  const url = new URL(`https://${password}`);
  expect(name).toBe("skein-user");
  expect([url.host, url.pathname]).toEqual(["skein-prod", "/"]);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    Action: "connect",
    User: "skein-user",
    ResourceType: "ServerlessCache",
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": "AKIDEXAMPLE/20270102/eu-west-1/elasticache/aws4_request",
    "X-Amz-Date": "20270102T030405Z",
    "X-Amz-Expires": "900",
    "X-Amz-SignedHeaders": "host",
    "X-Amz-Security-Token": "a/b+c==",
    "X-Amz-Signature": expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

test.each([
  ["with a session", credentials],
  ["with lasting credentials", { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalr/+" }],
])("the token is the one that the SDK presigns, %s", async (_, signedBy) => {
  const { password } = await iamCacheUser({ ...cache, credentials: signedBy })();

  const presigned = await new SignatureV4({
    service: "elasticache",
    region: cache.region,
    credentials: signedBy,
    sha256: HashForSdk,
  }).presign(
    {
      method: "GET",
      protocol: "https:",
      hostname: cache.cacheName,
      path: "/",
      query: { Action: "connect", User: cache.userName, ResourceType: "ServerlessCache" },
      headers: { host: cache.cacheName },
    },
    { expiresIn: 900, signingDate: new Date(clock.nowMs()) },
  );
  const fields = Object.fromEntries(new URL(`https://${password}`).searchParams);
  expect(fields).toEqual(presigned.query);
});

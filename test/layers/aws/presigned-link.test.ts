import { SignatureV4 } from "@smithy/signature-v4";
import { describe, expect, test } from "vitest";
import { type LinkedObject, type LinkSigning, presignedLink } from "../../../layers/aws/presigned-link.ts";
import { HashForSdk } from "../../fixtures/hash-for-sdk.ts";

const CONTENT_HASH = "x-amz-content-sha256";

const object: LinkedObject = { bucket: "examplebucket", key: "test.txt", method: "GET" };
const signing: LinkSigning = {
  region: "us-east-1",
  credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" },
  nowMs: Date.UTC(2013, 4, 24),
  expiresInSeconds: 86_400,
};

describe("a link is signed as the SDK signs it", () => {
  test.each<[string, Partial<LinkedObject>, Partial<LinkSigning>]>([
    ["to read", {}, {}],
    ["to write", { method: "PUT" }, {}],
    [
      "to write just this",
      {
        method: "PUT",
        headers: { "content-length": "5", "content-type": "application/gzip", "x-amz-checksum-sha256": "47DEQ=" },
      },
      {},
    ],
    ["with a session", {}, { credentials: { ...signing.credentials, sessionToken: "FwoGZXIvYXdzEXAMPLE//==" } }],
    ["to an object in folders, with signs of every kind", { key: "a/b c/ü+&=?#!'()*~.tgz" }, {}],
    ["elsewhere", {}, { region: "eu-west-1", expiresInSeconds: 900 }],
    ["in China", {}, { region: "cn-north-1" }],
    ["at another service, with a port", {}, { endpoint: "http://127.0.0.1:4000" }],
  ])("%s", async (_name, changedObject, changedSigning) => {
    const linked = { ...object, ...changedObject };
    const by = { ...signing, ...changedSigning };

    const link = new URL(presignedLink(linked, by));
    const theirs = await new SignatureV4({ ...by, service: "s3", sha256: HashForSdk, uriEscapePath: false }).presign(
      {
        method: linked.method,
        protocol: link.protocol,
        hostname: link.hostname,
        path: link.pathname,
        query: {},
        headers: { ...linked.headers, host: link.host, [CONTENT_HASH]: "UNSIGNED-PAYLOAD" },
      },
      {
        signingDate: new Date(by.nowMs),
        expiresIn: by.expiresInSeconds,
        unsignableHeaders: new Set([CONTENT_HASH]),
        unhoistableHeaders: new Set([CONTENT_HASH, ...Object.keys(linked.headers ?? {})]),
      },
    );

    // AWS signs every sign of a path but these, whatever a URL leaves as it is.
    expect(link.pathname).toMatch(/^[A-Za-z0-9\-._~%/]+$/);
    expect(decodeURIComponent(link.pathname).endsWith(linked.key)).toBe(true);
    expect(Object.fromEntries(link.searchParams)).toEqual(theirs.query);
  });
});

test("a link of AWS's own has the bucket in its host, and another service's in its path", () => {
  expect(presignedLink(object, signing)).toMatch(
    /^https:\/\/examplebucket\.s3\.us-east-1\.amazonaws\.com\/test\.txt\?/,
  );
  expect(presignedLink(object, { ...signing, endpoint: "http://127.0.0.1:4000" })).toMatch(
    /^http:\/\/127\.0\.0\.1:4000\/examplebucket\/test\.txt\?/,
  );
});

import { expect, onTestFinished, test } from "vitest";
import { blobClient } from "../../../../layers/aws/client.ts";
import { archiveWorkspaces } from "../../../../layers/aws/fargate/archive-workspaces.ts";
import { bucketArchives } from "../../../../layers/aws/fargate/bucket-archives.ts";
import { presignedLink } from "../../../../layers/aws/presigned-link.ts";
import { s3Blob } from "../../../../layers/aws/s3-blob.ts";
import { sendArchive } from "../../../../layers/local/workspace/send-archive.ts";
import { systemClock } from "../../../../layers/node/system-clock.ts";
import { workspaceArchivesContract } from "../../../contracts/workspace-archives.contract.ts";
import { archiveOf, MEANS } from "../../../fixtures/archives.ts";
import { conditionalS3 } from "../../../fixtures/conditional-s3.ts";
import { localAws } from "../../../fixtures/local-aws.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryBlob } from "../../../fixtures/memory-blob.ts";
import { signedS3 } from "../../../fixtures/signed-s3.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const NAME = "shop.0a1b2c3d-0000-4000-8000-000000000001";

async function aBucket() {
  const aws = await localAws();
  aws.createBucket("blobs");
  const client = blobClient(aws.settings);
  onTestFinished(async () => {
    await client.close();
    await aws.close();
  });
  const clock = systemClock();
  const { credentials, region } = aws.settings;
  if (credentials === undefined) throw new TypeError("the emulator takes any");
  const conditional = await conditionalS3(aws.port);
  const door = await signedS3(conditional.port, { credentials, region });
  onTestFinished(async () => {
    await door.close();
    await conditional.close();
  });
  const endpoint = `http://127.0.0.1:${door.port}`;
  const blob = s3Blob({ client, bucket: "blobs", clock });
  const archives = bucketArchives({
    ...{ blob, clock, means: MEANS },
    linkTo: (object, expiresInSeconds) =>
      presignedLink(
        { ...object, bucket: "blobs" },
        { credentials, region, endpoint, nowMs: clock.nowMs(), expiresInSeconds },
      ),
  });
  return { archives, blob, clock };
}

workspaceArchivesContract("a bucket", async () => {
  const { archives, blob, clock } = await aBucket();
  return {
    archives,
    workspaces: archiveWorkspaces({ blob }),
    nowMs: () => clock.nowMs(),
    async send(link, archive) {
      const headers = { ...link.headers, "content-length": String(archive.byteLength) };
      return (await sendArchive({ ...link, headers }, { archive })).status === 200;
    },
  };
});

test("a link is no good for other headers than were signed, or once its time is over", async () => {
  const { archives, clock } = await aBucket();
  const archive = await archiveOf({ "a.js": "x" });
  const order = { name: NAME, bytes: archive.bytes, sha256: archive.sha256 };
  const link = archives.linkTo(tenant("acme"), order, clock.nowMs() + 60_000);
  const over = archives.linkTo(tenant("acme"), order, clock.nowMs() - 60_000);
  const put = async (by: typeof link, headers: Readonly<Record<string, string>> = {}, url = by.url) =>
    (await sendArchive({ ...by, url, headers: { ...by.headers, ...headers } }, { archive: archive.content })).status;

  expect(await put(link, { "content-type": "text/plain" })).toBe(403);
  expect(await put(link, { "x-amz-checksum-sha256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" })).toBe(403);
  expect(await put(link, { "if-none-match": '"x"' })).toBe(403);
  expect(await put(link, {}, link.url.replace("/acme/", "/other/"))).toBe(403);
  expect(await put({ ...over, url: over.url.replace("X-Amz-Expires=1&", "X-Amz-Expires=60&") })).toBe(403);
  expect([await put(link), await put(link)]).toEqual([200, 412]);
});

test("a link has its length, type and checksum signed, and that nothing may lie there, and ends with its moment", () => {
  const clock = manualClock();
  const archives = bucketArchives({
    ...{ blob: memoryBlob(), clock, means: MEANS },
    linkTo: (object, expiresInSeconds) => JSON.stringify({ ...object, expiresInSeconds }),
  });
  const order = { name: NAME, bytes: 70, sha256: "ab".repeat(32) };

  const { method, url, headers } = archives.linkTo(tenant("acme"), order, clock.nowMs() + 600_500);

  expect(headers).toEqual({
    "content-length": "70",
    "content-type": "application/gzip",
    "if-none-match": "*",
    "x-amz-checksum-sha256": "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=",
  });
  expect({ method, ...JSON.parse(url) }).toEqual({
    method: "PUT",
    key: "workspace/acme/shop.0a1b2c3d-0000-4000-8000-000000000001.tar.gz",
    headers,
    expiresInSeconds: 600,
  });
});

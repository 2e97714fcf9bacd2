import { GetObjectCommand, PutObjectCommand, S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";
import { describe, expect, onTestFinished, test } from "vitest";
import { blobClient } from "../../../layers/aws/client.ts";
import { s3Blob } from "../../../layers/aws/s3-blob.ts";
import { manualClock } from "../../fixtures/manual-clock.ts";
import { refusingService } from "../../fixtures/refusing-service.ts";

const upload = { key: "k", uploadId: "u" };

function mocked() {
  const mock = mockClient(S3Client);
  const client = blobClient({ region: "eu-west-1", credentials: { accessKeyId: "id", secretAccessKey: "secret" } });
  onTestFinished(async () => {
    mock.restore();
    await client.close();
  });
  return { mock, blob: s3Blob({ client, bucket: "skein-blobs", clock: manualClock() }) };
}

const named = (name: string) => new S3ServiceException({ name, message: "no", $fault: "client", $metadata: {} });

describe("what S3 refuses is a fault of the store, which keeps the reason", () => {
  test.each(["SlowDown", "ServiceUnavailable", "ExpiredToken", "AccessDenied", "NoSuchBucket", "RequestTimeout"])(
    "%s",
    async (name) => {
      const { mock, blob } = mocked();
      mock.rejects(named(name));
      const fault = { code: "store_unavailable", store: "blob", cause: expect.objectContaining({ name }) };

      await expect(blob.put("k", new Uint8Array(1), { ifAbsent: true })).rejects.toMatchObject(fault);
      await expect(blob.get("k")).rejects.toMatchObject(fault);
      await expect(blob.head("k")).rejects.toMatchObject(fault);
      await expect(blob.delete("k")).rejects.toMatchObject(fault);
      await expect(blob.list("k", { limit: 1 })).rejects.toMatchObject(fault);
      await expect(blob.startUpload("k")).rejects.toMatchObject(fault);
      await expect(blob.putPart(upload, { number: 1, body: new Uint8Array(1) })).rejects.toMatchObject(fault);
      await expect(blob.finishUpload(upload, [{ number: 1, etag: "e" }])).rejects.toMatchObject(fault);
      await expect(blob.abortUpload(upload)).rejects.toMatchObject(fault);
    },
  );
});

describe("a conditional write beside another one is a conflict, and an unconditional one a fault", () => {
  test.each(["PreconditionFailed", "ConditionalRequestConflict"])("%s", async (name) => {
    const { mock, blob } = mocked();
    mock.on(PutObjectCommand).rejects(named(name));
    const conflict = { ok: false, problem: { reason: "blob_conflict" } };

    expect(await blob.put("k", new Uint8Array(1), { ifAbsent: true })).toEqual(conflict);
    expect(await blob.put("k", new Uint8Array(1), { ifEtag: "e" })).toEqual(conflict);
    await expect(blob.put("k", new Uint8Array(1))).rejects.toMatchObject({ code: "store_unavailable" });
  });
});

describe("what is gone is an answer", () => {
  test("a blob", async () => {
    const { mock, blob } = mocked();
    mock.on(GetObjectCommand).rejects(named("NoSuchKey"));

    expect(await blob.get("k")).toEqual({ ok: true, value: undefined });
  });

  test("an upload", async () => {
    const { mock, blob } = mocked();
    mock.rejects(named("NoSuchUpload"));
    const unknown = { ok: false, problem: { reason: "upload_unknown" } };

    expect(await blob.putPart(upload, { number: 1, body: new Uint8Array(1) })).toEqual(unknown);
    expect(await blob.finishUpload(upload, [{ number: 1, etag: "e" }])).toEqual(unknown);
    await expect(blob.abortUpload(upload)).resolves.toBeUndefined();
  });
});

test("a bucket that asks to slow down is asked three times in all", async () => {
  const body = `<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Reduce your request rate</Message></Error>`;
  const service = await refusingService([{ status: 503, headers: { "content-type": "application/xml" }, body }]);
  const client = blobClient(service.settings);
  onTestFinished(() => client.close());

  const put = s3Blob({ client, bucket: "b", clock: manualClock() }).put("k", new Uint8Array(1));

  await expect(put).rejects.toMatchObject({ code: "store_unavailable" });
  expect(service.count()).toBe(3);
});

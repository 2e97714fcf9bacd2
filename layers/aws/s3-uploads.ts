import type { Blob, UploadUnknown } from "../core/ports/blob.ts";
import type { Clock } from "../core/ports/clock.ts";
import { StoreFault } from "../core/ports/store-fault.ts";
import { ok, type Result, refused } from "../core/result.ts";
import { checkBlobKey, checkPartNumber, misplacedPart } from "../core/store/blob-rules.ts";
import type { BlobClient } from "./client.ts";
import { answered, conditionFields, type PutCondition, plainEtag, unless } from "./s3-call.ts";

export interface S3Bucket {
  readonly client: BlobClient;
  readonly bucket: string;
  readonly clock: Clock;
}

export interface Upload {
  readonly key: string;
  readonly uploadId: string;
}

export interface UploadedPart {
  readonly number: number;
  readonly etag: string;
}

export async function startUpload(s3: S3Bucket, key: string): Promise<{ readonly uploadId: string }> {
  checkBlobKey(key);
  return answered("start an upload", async () => {
    const { client, sdk } = await s3.client.open();
    const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand({ Bucket: s3.bucket, Key: key }));
    if (UploadId === undefined) throw new StoreFault("blob", "start an upload", { cause: "S3 gave it no id" });
    return { uploadId: UploadId };
  });
}

export async function putPart(
  s3: S3Bucket,
  upload: Upload,
  part: Parameters<Blob["putPart"]>[1],
): Promise<Result<{ readonly etag: string }, UploadUnknown>> {
  checkPartNumber(part.number);
  return answered("put a part", async () => {
    const { client, sdk } = await s3.client.open();
    const request = { ...uploadFields(s3, upload), PartNumber: part.number, Body: part.body };
    const put = await unless(["NoSuchUpload"], client.send(new sdk.UploadPartCommand(request)));
    return "refusal" in put ? unknown : ok({ etag: plainEtag(put.value.ETag) });
  });
}

/** What S3 says of parts it can't put together. Source: CompleteMultipartUpload reference, "Errors" (read 2026-11-20). */
const PART_REFUSALS = ["InvalidPart", "InvalidPartOrder", "EntityTooSmall"] as const;

export async function finishUpload(
  s3: S3Bucket,
  upload: Upload,
  parts: readonly UploadedPart[],
): ReturnType<Blob["finishUpload"]> {
  const misplaced = misplacedPart(parts);
  if (misplaced !== undefined) return refused(misplaced);
  return answered("finish an upload", async () => {
    const expected = ["NoSuchUpload", ...PART_REFUSALS] as const;
    const finished = await unless(expected, completeUpload(s3, upload, { parts, condition: undefined }));
    if (!("refusal" in finished)) return ok({ ...(await describe(s3, upload.key)), etag: finished.value });
    if (finished.refusal === "NoSuchUpload") return unknown;
    const part = Number(Reflect.get(finished.error, "PartNumber") ?? parts[0]?.number);
    return refused({ reason: "part_invalid", part });
  });
}

/** @returns the whole blob's etag. Rejects with S3's own error. */
export async function completeUpload(
  s3: S3Bucket,
  upload: Upload,
  { parts, condition }: { readonly parts: readonly UploadedPart[]; readonly condition: PutCondition },
): Promise<string> {
  const { client, sdk } = await s3.client.open();
  const request = {
    ...uploadFields(s3, upload),
    ...conditionFields(condition),
    MultipartUpload: { Parts: parts.map(({ number, etag }) => ({ PartNumber: number, ETag: `"${etag}"` })) },
  };
  const { ETag } = await client.send(new sdk.CompleteMultipartUploadCommand(request));
  return plainEtag(ETag);
}

export async function abortUpload(s3: S3Bucket, upload: Upload): Promise<void> {
  await answered("abort an upload", async () => {
    const { client, sdk } = await s3.client.open();
    await unless(["NoSuchUpload"], client.send(new sdk.AbortMultipartUploadCommand(uploadFields(s3, upload))));
  });
}

async function describe(s3: S3Bucket, key: string): Promise<{ key: string; bytes: number; modifiedAtEpochMs: number }> {
  const { client, sdk } = await s3.client.open();
  const head = await client.send(new sdk.HeadObjectCommand({ Bucket: s3.bucket, Key: key }));
  const modifiedAtEpochMs = head.LastModified?.getTime() ?? s3.clock.nowMs();
  return { key, bytes: head.ContentLength ?? 0, modifiedAtEpochMs };
}

const unknown = refused<UploadUnknown>({ reason: "upload_unknown" });

function uploadFields(s3: S3Bucket, { key, uploadId }: Upload) {
  return { Bucket: s3.bucket, Key: key, UploadId: uploadId };
}

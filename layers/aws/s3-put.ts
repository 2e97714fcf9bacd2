import type { Blob, BlobConflict, BlobInfo } from "../core/ports/blob.ts";
import { StoreFault } from "../core/ports/store-fault.ts";
import { ok, type Result, refused } from "../core/result.ts";
import { checkBlobKey } from "../core/store/blob-rules.ts";
import { answered, CONDITION_REFUSALS, conditionFields, type PutCondition, plainEtag, unless } from "./s3-call.ts";
import { abortUpload, completeUpload, putPart, type S3Bucket, startUpload, type UploadedPart } from "./s3-uploads.ts";

/** A body of unknown length goes up in parts of this size, of which S3 takes 10,000: 80 GiB in all. */
export const UPLOAD_PART_BYTES = 8 * 1024 * 1024;

type Bytes = AsyncIterable<Uint8Array>;

/** S3 wants the length of what is put at once, so of a stream as much is gathered as fits into one part. */
export async function putBlob(
  s3: S3Bucket,
  key: string,
  { body, condition }: { readonly body: Parameters<Blob["put"]>[1]; readonly condition: PutCondition },
): Promise<Result<BlobInfo, BlobConflict>> {
  checkBlobKey(key);
  if (body instanceof Uint8Array) return putWhole(s3, key, { body, condition });
  const parts = inParts(body, UPLOAD_PART_BYTES);
  const begun = await parts.next();
  const first = begun.done === true ? new Uint8Array(0) : begun.value;
  if (first.byteLength < UPLOAD_PART_BYTES) return putWhole(s3, key, { body: first, condition });
  return putInParts(s3, key, { first, rest: parts, condition });
}

async function putWhole(
  s3: S3Bucket,
  key: string,
  { body, condition }: { readonly body: Uint8Array; readonly condition: PutCondition },
): Promise<Result<BlobInfo, BlobConflict>> {
  return answered("put", async () => {
    const { client, sdk } = await s3.client.open();
    const request = { Bucket: s3.bucket, Key: key, Body: body, ...conditionFields(condition) };
    const put = await unless(expected(condition), client.send(new sdk.PutObjectCommand(request)));
    if ("refusal" in put) return conflict;
    return ok({ key, bytes: body.byteLength, etag: plainEtag(put.value.ETag), modifiedAtEpochMs: s3.clock.nowMs() });
  });
}

/** Visible with the last step and under its condition; until then nobody sees a part. */
async function putInParts(
  s3: S3Bucket,
  key: string,
  { first, rest, condition }: { readonly first: Uint8Array; readonly rest: Bytes; readonly condition: PutCondition },
): Promise<Result<BlobInfo, BlobConflict>> {
  const upload = { key, ...(await startUpload(s3, key)) };
  try {
    const parts: UploadedPart[] = [];
    let bytes = 0;
    for await (const body of chained(first, rest)) {
      const number = parts.length + 1;
      const put = await putPart(s3, upload, { number, body });
      if (!put.ok) throw new StoreFault("blob", "put", { cause: put.problem });
      parts.push({ number, etag: put.value.etag });
      bytes += body.byteLength;
    }
    const completed = await answered("put", () =>
      unless(expected(condition), completeUpload(s3, upload, { parts, condition })),
    );
    if (!("refusal" in completed)) {
      return ok({ key, bytes, etag: completed.value, modifiedAtEpochMs: s3.clock.nowMs() });
    }
    await abortUpload(s3, upload);
    return conflict;
  } catch (error) {
    // The reason is what the caller needs; what can't be removed now, the bucket's lifecycle rule removes.
    await abortUpload(s3, upload).catch(() => {});
    throw error;
  }
}

const conflict = refused<BlobConflict>({ reason: "blob_conflict" });

function expected(condition: PutCondition): readonly (typeof CONDITION_REFUSALS)[number][] {
  return condition === undefined ? [] : CONDITION_REFUSALS;
}

async function* chained(first: Uint8Array, rest: Bytes): Bytes {
  yield first;
  yield* rest;
}

/** The same bytes in pieces of one size, of which only the last is smaller. */
async function* inParts(body: Bytes, partBytes: number): AsyncGenerator<Uint8Array, undefined> {
  let part = new Uint8Array(partBytes);
  let filled = 0;
  for await (const chunk of body) {
    for (let taken = 0; taken < chunk.byteLength; ) {
      const piece = chunk.subarray(taken, taken + partBytes - filled);
      part.set(piece, filled);
      taken += piece.byteLength;
      filled += piece.byteLength;
      if (filled < partBytes) continue;
      yield part;
      part = new Uint8Array(partBytes);
      filled = 0;
    }
  }
  if (filled > 0) yield part.subarray(0, filled);
}

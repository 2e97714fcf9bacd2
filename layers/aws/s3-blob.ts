import type { Blob, BlobContent, BlobInfo, RangeUnsatisfiable } from "../core/ports/blob.ts";
import { StoreFault } from "../core/ports/store-fault.ts";
import { ok, type Result, refused } from "../core/result.ts";
import { checkBlobKey, checkListLimit, checkRange } from "../core/store/blob-rules.ts";
import { answered, plainEtag, unless } from "./s3-call.ts";
import { putBlob } from "./s3-put.ts";
import { abortUpload, finishUpload, putPart, type S3Bucket, startUpload } from "./s3-uploads.ts";

/**
 * Blobs in one S3 bucket, which reads what was written last, lists by the keys' UTF-8 bytes, and judges `If-None-Match`
 * and `If-Match` in one step with the write. A write whose answer was lost is sent again by the SDK, and a conditional
 * one may then be refused because of itself. An upload that nobody ends is for the bucket's lifecycle rule to remove.
 */
export function s3Blob(s3: S3Bucket): Blob {
  return {
    put: (key, body, condition) => putBlob(s3, key, { body, condition }),
    get: (key, range) => get(s3, key, range),
    head: (key) => head(s3, key),
    delete: (key) => remove(s3, key),
    list: (prefix, page) => list(s3, prefix, page),
    startUpload: (key) => startUpload(s3, key),
    putPart: (upload, part) => putPart(s3, upload, part),
    finishUpload: (upload, parts) => finishUpload(s3, upload, parts),
    abortUpload: (upload) => abortUpload(s3, upload),
  };
}

interface Range {
  readonly first: number;
  readonly last?: number;
}

async function get(
  s3: S3Bucket,
  key: string,
  range: Range | undefined,
): Promise<Result<BlobContent | undefined, RangeUnsatisfiable>> {
  checkBlobKey(key);
  if (range !== undefined) checkRange(range);
  // S3 takes a range that ends before it begins for none at all, and sends everything.
  if (range?.last !== undefined && range.last < range.first) return unsatisfiable(s3, key);
  const got = await answered("get", async () => {
    const { client, sdk } = await s3.client.open();
    const request = {
      Bucket: s3.bucket,
      Key: key,
      ...(range !== undefined && { Range: `bytes=${range.first}-${range.last ?? ""}` }),
    };
    return unless(["NoSuchKey", "InvalidRange"], client.send(new sdk.GetObjectCommand(request)));
  });
  if (!("refusal" in got)) {
    const { Body, ContentRange, ContentLength = 0 } = got.value;
    const bytes = Number(ContentRange?.split("/")[1] ?? ContentLength);
    return ok({ ...infoOf(s3, key, got.value), bytes, body: bytesOf(Body) });
  }
  return got.refusal === "NoSuchKey" ? ok(undefined) : unsatisfiable(s3, key);
}

/** S3 does not tell the size with every refusal. */
async function unsatisfiable(s3: S3Bucket, key: string): Promise<Result<undefined, RangeUnsatisfiable>> {
  const known = await head(s3, key);
  return known === undefined ? ok(undefined) : refused({ reason: "range_unsatisfiable", bytes: known.bytes });
}

async function head(s3: S3Bucket, key: string): Promise<BlobInfo | undefined> {
  checkBlobKey(key);
  return answered("head", async () => {
    const { client, sdk } = await s3.client.open();
    const found = await unless(["NotFound"], client.send(new sdk.HeadObjectCommand({ Bucket: s3.bucket, Key: key })));
    if ("refusal" in found) return undefined;
    return { ...infoOf(s3, key, found.value), bytes: found.value.ContentLength ?? 0 };
  });
}

async function remove(s3: S3Bucket, key: string): Promise<void> {
  checkBlobKey(key);
  await answered("delete", async () => {
    const { client, sdk } = await s3.client.open();
    await client.send(new sdk.DeleteObjectCommand({ Bucket: s3.bucket, Key: key }));
  });
}

async function list(
  s3: S3Bucket,
  prefix: string,
  { limit, cursor }: Parameters<Blob["list"]>[1],
): ReturnType<Blob["list"]> {
  checkListLimit(limit);
  if (cursor !== undefined) checkBlobKey(cursor);
  return answered("list", async () => {
    const { client, sdk } = await s3.client.open();
    const request = {
      Bucket: s3.bucket,
      Prefix: prefix,
      MaxKeys: limit,
      // XML can't hold every character that a key can.
      EncodingType: "url" as const,
      ...(cursor !== undefined && { StartAfter: cursor }),
    };
    const page = await client.send(new sdk.ListObjectsV2Command(request));
    const encoded = page.EncodingType === "url";
    const blobs = (page.Contents ?? []).map((found) => {
      const key = encoded ? decodeURIComponent((found.Key ?? "").replaceAll("+", " ")) : (found.Key ?? "");
      return { ...infoOf(s3, key, found), bytes: found.Size ?? 0 };
    });
    const last = blobs.at(-1)?.key;
    return page.IsTruncated === true && last !== undefined ? { blobs, cursor: last } : { blobs };
  });
}

function infoOf(
  s3: S3Bucket,
  key: string,
  answer: { readonly ETag?: string | undefined; readonly LastModified?: Date | undefined },
): Omit<BlobInfo, "bytes"> {
  const modifiedAtEpochMs = answer.LastModified?.getTime() ?? s3.clock.nowMs();
  return { key, etag: plainEtag(answer.ETag), modifiedAtEpochMs };
}

/** The connection may break in the middle, which is as much a fault of the store as not answering at all. */
async function* bytesOf(body: unknown): AsyncGenerator<Uint8Array> {
  if (!isByteStream(body)) throw new StoreFault("blob", "get", { cause: "an answer without a body" });
  try {
    yield* body;
  } catch (cause) {
    throw new StoreFault("blob", "get", { cause });
  }
}

function isByteStream(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

import type { Blob, PartInvalid, UploadUnknown } from "../core/ports/blob.ts";
import { nowEpochSeconds } from "../core/ports/clock.ts";
import { StoreFault } from "../core/ports/store-fault.ts";
import { type Item, QUERY_LIMIT_MAX } from "../core/ports/table.ts";
import { ok, type Result, refused } from "../core/result.ts";
import { checkBlobKey, checkPartNumber, isPartLargeEnough, misplacedPart } from "../core/store/blob-rules.ts";
import { blobPartKey, blobRowKey, blobUploadKey } from "../core/store/keys.ts";
import { type Body, wholeBody } from "./blob-content.ts";
import { type BlobFiles, place } from "./blob-files.ts";
import { RowUnreadable } from "./sqlite-file.ts";

/** An upload that is neither finished nor aborted is forgotten after this. */
export const UPLOAD_SECONDS_MAX = 7 * 86_400;

interface Upload {
  readonly key: string;
  readonly uploadId: string;
}

interface StoredPart {
  readonly number: number;
  readonly file: string;
  readonly bytes: number;
  readonly etag: string;
}

/** Blobs that come in parts: each a file with a row of its own, put together into one file at the end. */
export function blobUploads(files: BlobFiles): Pick<Blob, "startUpload" | "putPart" | "finishUpload" | "abortUpload"> {
  return {
    startUpload: (key) => startUpload(files, key),
    putPart: (upload, part) => putPart(files, upload, part),
    finishUpload: (upload, parts) => finishUpload(files, upload, parts),
    abortUpload: (upload) => forget(files, upload),
  };
}

async function startUpload(files: BlobFiles, key: string): Promise<{ readonly uploadId: string }> {
  checkBlobKey(key);
  const uploadId = files.chance.uuid();
  await files.index.put({ ...blobUploadKey(uploadId), key, expiresAtEpochSeconds: expiry(files) });
  return { uploadId };
}

async function putPart(
  files: BlobFiles,
  upload: Upload,
  part: { readonly number: number; readonly body: Uint8Array },
): Promise<Result<{ readonly etag: string }, UploadUnknown>> {
  checkPartNumber(part.number);
  if (!(await isOpen(files, upload))) return unknown;
  const row = blobPartKey(upload.uploadId, part.number);
  const file = files.chance.uuid();
  const content = await files.content.write(file, row, wholeBody(part.body));
  const replaced = await partAt(files, upload, part.number);
  await files.index.put({ ...row, file, ...content, expiresAtEpochSeconds: expiry(files) });
  if (replaced !== undefined) await files.content.remove(replaced.file);
  // Aborted or finished while the part was on its way: nobody will ask for it any more.
  if (!(await isOpen(files, upload))) {
    await files.index.delete(row);
    await files.content.remove(file);
    return unknown;
  }
  return ok({ etag: content.etag });
}

async function finishUpload(
  files: BlobFiles,
  upload: Upload,
  parts: Parameters<Blob["finishUpload"]>[1],
): ReturnType<Blob["finishUpload"]> {
  if (!(await isOpen(files, upload))) return unknown;
  const misplaced = misplacedPart(parts);
  if (misplaced !== undefined) return refused(misplaced);
  const stored = await partsOf(files, upload);
  const chosen: StoredPart[] = [];
  for (const [index, { number, etag }] of parts.entries()) {
    const part = stored.get(number);
    const place = { index, count: parts.length };
    if (part?.etag !== etag || !isPartLargeEnough(part.bytes, place)) return partInvalid(number);
    chosen.push(part);
  }
  const file = files.chance.uuid();
  try {
    const content = await files.content.write(file, blobRowKey(upload.key), joined(files, chosen));
    const row = { key: upload.key, file, ...content, modifiedAtEpochMs: files.clock.nowMs() };
    const placed = await place(files, row, undefined);
    await forget(files, upload);
    return placed.ok ? placed : unknown;
  } catch (error) {
    // Another call finished or aborted the upload and took the parts away.
    if (error instanceof PartGone && !(await isOpen(files, upload))) return unknown;
    throw error;
  }
}

/** First the upload, so that no part can be added to what is going away. */
async function forget(files: BlobFiles, upload: Upload): Promise<void> {
  if (!(await isOpen(files, upload))) return;
  await files.index.delete(blobUploadKey(upload.uploadId));
  for (const part of (await partsOf(files, upload)).values()) {
    await files.index.delete(blobPartKey(upload.uploadId, part.number));
    await files.content.remove(part.file);
  }
}

async function isOpen(files: BlobFiles, { key, uploadId }: Upload): Promise<boolean> {
  const row = await files.index.get(blobUploadKey(uploadId));
  return row?.key === key;
}

async function partAt(files: BlobFiles, { uploadId }: Upload, number: number): Promise<StoredPart | undefined> {
  const row = await files.index.get(blobPartKey(uploadId, number));
  return row === undefined ? undefined : parsePart(row);
}

async function partsOf(files: BlobFiles, { uploadId }: Upload): Promise<ReadonlyMap<number, StoredPart>> {
  const { pk } = blobUploadKey(uploadId);
  const parts = new Map<number, StoredPart>();
  let cursor: string | undefined;
  // At most PARTS_MAX parts, so at most as many pages as that.
  do {
    const range = { pk, prefix: "PART#", limit: QUERY_LIMIT_MAX, ...(cursor !== undefined && { cursor }) };
    const page = await files.index.query(range);
    for (const part of page.items.map(parsePart)) parts.set(part.number, part);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return parts;
}

/** The parts' bytes, one after the other. */
async function* joined(files: BlobFiles, parts: readonly StoredPart[]): Body {
  for (const { file, bytes } of parts) {
    if (bytes === 0) continue;
    const body = await files.content.read(file, { first: 0, last: bytes - 1 });
    if (body === undefined) throw new PartGone();
    yield* body;
  }
}

/** Seen inside this module only: why a joining stopped. */
class PartGone extends Error {
  readonly code = "part_gone";
}

const unknown = refused<UploadUnknown>({ reason: "upload_unknown" });

function partInvalid(part: number): { readonly ok: false; readonly problem: PartInvalid } {
  return refused({ reason: "part_invalid", part });
}

function expiry({ clock }: BlobFiles): number {
  return nowEpochSeconds(clock) + UPLOAD_SECONDS_MAX;
}

function parsePart({ sk, file, bytes, etag }: Item): StoredPart {
  const number = Number(sk.slice("PART#".length));
  if (typeof file !== "string" || typeof bytes !== "number" || typeof etag !== "string") {
    throw new StoreFault("blob", "read its index", { cause: new RowUnreadable() });
  }
  return { number, file, bytes, etag };
}

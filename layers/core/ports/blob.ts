import type { Result } from "../result.ts";

export interface BlobInfo {
  readonly key: string;
  /** Of the whole blob, also where a range of it is read. */
  readonly bytes: number;
  /** Opaque, changes with the content, without quotes. */
  readonly etag: string;
  readonly modifiedAtEpochMs: number;
}

export interface BlobContent extends BlobInfo {
  /** The asked range, or all of it. Read once, to its end or with a `break`: an untouched one holds a file or a socket. */
  readonly body: AsyncIterable<Uint8Array>;
}

export type BlobConflict = { readonly reason: "blob_conflict" };
export type RangeUnsatisfiable = { readonly reason: "range_unsatisfiable"; readonly bytes: number };
export type UploadUnknown = { readonly reason: "upload_unknown" };
export type PartInvalid = { readonly reason: "part_invalid"; readonly part: number };

/** Source: S3 user guide, "Naming objects" and "Multipart upload limits" (read 2026-11-20). */
export const BLOB_KEY_BYTES_MAX = 1024;
export const PART_BYTES_MIN = 5 * 1024 * 1024;
export const PARTS_MAX = 10_000;
export const LIST_LIMIT_MAX = 1000;

/**
 * Bytes under a key, whole or not at all: a reader sees the old content or the new, never a mix.
 * Keys are made in `layers/core/store/keys.ts`, and are of 1 to 1024 bytes. Lists are in the order of the keys' UTF-8 bytes.
 */
export interface Blob {
  /** Durable when it resolves. `ifAbsent` and `ifEtag` are judged in one step with the write. */
  put(
    key: string,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    condition?: { readonly ifAbsent: true } | { readonly ifEtag: string },
  ): Promise<Result<BlobInfo, BlobConflict>>;
  /** `range` counts from 0, both ends included; an open end reads to the last byte. */
  get(
    key: string,
    range?: { readonly first: number; readonly last?: number },
  ): Promise<Result<BlobContent | undefined, RangeUnsatisfiable>>;
  head(key: string): Promise<BlobInfo | undefined>;
  /** Deleting what is absent succeeds. */
  delete(key: string): Promise<void>;
  /** At most `limit` (1 to 1000) with the prefix, after the cursor of an earlier page. */
  list(
    prefix: string,
    options: { readonly limit: number; readonly cursor?: string },
  ): Promise<{ readonly blobs: readonly BlobInfo[]; readonly cursor?: string }>;
  /** Parts of 5 MiB to 5 GiB, the last may be smaller; 1 to 10,000 of them (S3's limits). */
  startUpload(key: string): Promise<{ readonly uploadId: string }>;
  putPart(
    upload: { readonly key: string; readonly uploadId: string },
    part: { readonly number: number; readonly body: Uint8Array },
  ): Promise<Result<{ readonly etag: string }, UploadUnknown>>;
  finishUpload(
    upload: { readonly key: string; readonly uploadId: string },
    parts: readonly { readonly number: number; readonly etag: string }[],
  ): Promise<Result<BlobInfo, UploadUnknown | PartInvalid>>;
  abortUpload(upload: { readonly key: string; readonly uploadId: string }): Promise<void>;
}

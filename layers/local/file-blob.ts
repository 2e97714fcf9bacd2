import { join } from "node:path";
import type { Blob, BlobConflict, BlobContent, BlobInfo, RangeUnsatisfiable } from "../core/ports/blob.ts";
import type { Chance } from "../core/ports/chance.ts";
import type { Clock } from "../core/ports/clock.ts";
import { StoreFault } from "../core/ports/store-fault.ts";
import type { Table } from "../core/ports/table.ts";
import { ok, type Result, refused } from "../core/result.ts";
import { checkBlobKey, checkListLimit, checkRange } from "../core/store/blob-rules.ts";
import { BLOB_ROWS, blobRowKey } from "../core/store/keys.ts";
import { type Body, contentFolder, wholeBody } from "./blob-content.ts";
import {
  type BlobFiles,
  conflict,
  mayReplace,
  type PutCondition,
  parseBlobRow,
  place,
  rowOf,
  unchangedSince,
} from "./blob-files.ts";
import { blobSweep } from "./blob-sweep.ts";
import { blobUploads } from "./blob-uploads.ts";
import { type SqliteTable, sqliteTable } from "./sqlite-table.ts";

export interface FileBlob extends Blob {
  /** Removes up to `limit` files that a crash has left without an owner, and forgets abandoned uploads. For a timer. */
  sweep(limit: number): Promise<number>;
  close(): Promise<void>;
}

export interface FileBlobOptions {
  /** Made where there is none. Several processes may share it. */
  readonly folder: string;
  readonly clock: Clock;
  readonly chance: Chance;
  /** The entry point of the index's writer thread. */
  readonly writer?: URL;
}

/**
 * Blobs in files. Content is written and synced under a name of its own first; then one conditional write to the index
 * makes it the blob. So a reader finds the old content or the new, two conditional writers can't both win, also between
 * processes, and no key ever becomes a path. Nothing is opened before the first use.
 */
export function fileBlob(options: FileBlobOptions): FileBlob {
  const { folder, clock, chance } = options;
  let opened: Promise<SqliteTable> | undefined;
  const open = (): Promise<SqliteTable> => {
    opened ??= sqliteTable({
      file: join(folder, "index.sqlite"),
      clock,
      ...(options.writer !== undefined && { writer: options.writer }),
    });
    return opened;
  };
  const index: Table = {
    get: async (...args) => (await open()).get(...args),
    put: async (...args) => (await open()).put(...args),
    update: async (...args) => (await open()).update(...args),
    delete: async (...args) => (await open()).delete(...args),
    query: async (...args) => (await open()).query(...args),
  };
  const files: BlobFiles = { index, content: contentFolder(join(folder, "content")), clock, chance };
  const sweepFiles = blobSweep(files);
  return {
    ...blobUploads(files),
    put: (key, body, condition) => put(files, key, { body, condition }),
    get: (key, range) => get(files, key, range),
    head: (key) => head(files, key),
    delete: (key) => remove(files, key),
    list: (prefix, page) => list(files, prefix, page),
    async sweep(limit) {
      await (await open()).sweep(limit);
      return sweepFiles(limit);
    },
    async close() {
      await (await opened)?.close();
    },
  };
}

async function put(
  files: BlobFiles,
  key: string,
  { body, condition }: { readonly body: Uint8Array | Body; readonly condition: PutCondition },
): Promise<Result<BlobInfo, BlobConflict>> {
  checkBlobKey(key);
  // A writer that is too late already need not send its bytes to the disk.
  if (condition !== undefined && !mayReplace(await rowOf(files, key), condition)) return conflict;
  const file = files.chance.uuid();
  const stream = body instanceof Uint8Array ? wholeBody(body) : body;
  const content = await files.content.write(file, blobRowKey(key), stream);
  return place(files, { key, file, ...content, modifiedAtEpochMs: files.clock.nowMs() }, condition);
}

/** A file that is gone was replaced between the look into the index and the opening; the next look finds the new one. */
const GET_ATTEMPTS_MAX = 8;

async function get(
  files: BlobFiles,
  key: string,
  range: { readonly first: number; readonly last?: number } | undefined,
): Promise<Result<BlobContent | undefined, RangeUnsatisfiable>> {
  checkBlobKey(key);
  if (range !== undefined) checkRange(range);
  for (let attempt = 0; attempt < GET_ATTEMPTS_MAX; attempt++) {
    const row = await rowOf(files, key);
    if (row === undefined) return ok(undefined);
    const { file, ...info } = row;
    const first = range?.first ?? 0;
    const last = Math.min(range?.last ?? Number.POSITIVE_INFINITY, info.bytes - 1);
    if (range !== undefined && first > last) return refused({ reason: "range_unsatisfiable", bytes: info.bytes });
    const body = await files.content.read(file, { first, last });
    if (body !== undefined) return ok({ ...info, body });
  }
  throw new StoreFault("blob", "get", { cause: `replaced ${GET_ATTEMPTS_MAX} times while it was opened` });
}

async function head(files: BlobFiles, key: string): Promise<BlobInfo | undefined> {
  checkBlobKey(key);
  const row = await rowOf(files, key);
  if (row === undefined) return undefined;
  const { file: _file, ...info } = row;
  return info;
}

/** What another has put in the meantime stays: it came after. */
async function remove(files: BlobFiles, key: string): Promise<void> {
  checkBlobKey(key);
  const row = await rowOf(files, key);
  if (row === undefined) return;
  const deleted = await files.index.delete(blobRowKey(key), unchangedSince(row));
  if (deleted.ok) await files.content.remove(row.file);
}

async function list(
  files: BlobFiles,
  prefix: string,
  { limit, cursor }: Parameters<Blob["list"]>[1],
): ReturnType<Blob["list"]> {
  checkListLimit(limit);
  if (cursor !== undefined) checkBlobKey(cursor);
  const page = await files.index.query({ pk: BLOB_ROWS, prefix, limit, ...(cursor !== undefined && { cursor }) });
  const blobs = page.items.map((item) => {
    const { file: _file, ...info } = parseBlobRow(item);
    return info;
  });
  return page.cursor === undefined ? { blobs } : { blobs, cursor: page.cursor };
}

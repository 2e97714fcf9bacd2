import type { Blob, BlobConflict, BlobInfo } from "../core/ports/blob.ts";
import type { Chance } from "../core/ports/chance.ts";
import type { Clock } from "../core/ports/clock.ts";
import { StoreFault } from "../core/ports/store-fault.ts";
import type { Condition, Item, Table } from "../core/ports/table.ts";
import { ok, type Result, refused } from "../core/result.ts";
import { blobRowKey } from "../core/store/keys.ts";
import type { ContentFolder } from "./blob-content.ts";
import { RowUnreadable } from "./sqlite-file.ts";

/** The bytes in files, and a table that says which file is which blob now. */
export interface BlobFiles {
  readonly index: Table;
  readonly content: ContentFolder;
  readonly clock: Clock;
  readonly chance: Chance;
}

export interface BlobRow extends BlobInfo {
  readonly file: string;
}

export type PutCondition = Parameters<Blob["put"]>[2];

/** A blob replaced this often while one put tries has the same content each time, or its conflict is certain. */
const PLACE_ATTEMPTS_MAX = 8;

/**
 * Makes written content the blob. Without a condition one attempt is enough: losing to another writer that came in
 * between is the same as having been replaced by it at once.
 */
export async function place(
  files: BlobFiles,
  row: BlobRow,
  condition: PutCondition,
): Promise<Result<BlobInfo, BlobConflict>> {
  const { key, file, ...rest } = row;
  for (let attempt = 0; attempt < PLACE_ATTEMPTS_MAX; attempt++) {
    const current = await rowOf(files, key);
    if (condition !== undefined && !mayReplace(current, condition)) break;
    const placed = await files.index.put({ ...blobRowKey(key), file, ...rest }, unchangedSince(current));
    if (placed.ok) {
      if (current !== undefined) await files.content.remove(current.file);
      return ok({ key, ...rest });
    }
    if (placed.problem.reason === "item_too_large") throw new StoreFault("blob", "put", { cause: placed.problem });
    if (condition === undefined) {
      await files.content.remove(file);
      return ok({ key, ...rest });
    }
  }
  await files.content.remove(file);
  return conflict;
}

export const conflict = refused<BlobConflict>({ reason: "blob_conflict" });

export function mayReplace(current: BlobInfo | undefined, condition: NonNullable<PutCondition>): boolean {
  return "ifAbsent" in condition ? current === undefined : current?.etag === condition.ifEtag;
}

export function unchangedSince(row: BlobRow | undefined): Condition {
  return row === undefined ? { if: "absent" } : { if: "equals", attribute: "file", value: row.file };
}

export async function rowOf(files: BlobFiles, key: string): Promise<BlobRow | undefined> {
  const item = await files.index.get(blobRowKey(key));
  return item === undefined ? undefined : parseBlobRow(item);
}

export function parseBlobRow({ sk, file, bytes, etag, modifiedAtEpochMs }: Item): BlobRow {
  if (typeof file !== "string" || typeof etag !== "string") throw unreadable();
  if (typeof bytes !== "number" || typeof modifiedAtEpochMs !== "number") throw unreadable();
  return { key: sk, file, bytes, etag, modifiedAtEpochMs };
}

function unreadable(): StoreFault {
  return new StoreFault("blob", "read its index", { cause: new RowUnreadable() });
}

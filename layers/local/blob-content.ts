import { createHash } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { StoreFault } from "../core/ports/store-fault.ts";
import type { ItemKey } from "../core/ports/table.ts";
import { OWN_FILE_MODE, OWN_FOLDER_MODE } from "./own-file.ts";

/**
 * The files that hold the blobs' bytes, for the user of the process alone. Each is written once, under a name of chance that no
 * key has a part in, and ends with the key of the row that owns it, so that a file whose row is gone can be told from one that
 * is in use.
 */
export interface ContentFolder {
  /** On the disk when it resolves, its name included. Rejects with what `body` throws, and leaves no file then. */
  write(id: string, owner: ItemKey, body: Body): Promise<Content>;
  /** @returns undefined when the file is gone. */
  read(id: string, range: { readonly first: number; readonly last: number }): Promise<Body | undefined>;
  remove(id: string): Promise<void>;
  /** The files that are older than `beforeEpochMs`, of one of the {@link SHARDS_COUNT} folders they lie in. */
  writtenBefore(beforeEpochMs: number, shard: number): Promise<readonly OldContent[]>;
}

export type Body = AsyncIterable<Uint8Array>;

export interface Content {
  readonly bytes: number;
  readonly etag: string;
}

export interface OldContent {
  readonly id: string;
  /** Undefined for a file that was never finished. */
  readonly owner: ItemKey | undefined;
}

export const SHARDS_COUNT = 256;
const READ_BYTES = 64 * 1024;
/** The owner's key as JSON is followed by its length. */
const OWNER_LENGTH_BYTES = 4;

export function contentFolder(folder: string): ContentFolder {
  const pathOf = (id: string): string => join(folder, id.slice(0, 2), id);
  return {
    async write(id, owner, body) {
      const source = watched(body);
      try {
        return await written(pathOf(id), owner, source.body);
      } catch (cause) {
        await unlinkIfThere(pathOf(id)).catch(() => {});
        throw source.broken() ? cause : new StoreFault("blob", "write", { cause });
      }
    },
    read: (id, range) =>
      answered("read", async () => {
        const file = await openIfThere(pathOf(id));
        if (file === undefined) return undefined;
        if (range.last - range.first >= READ_BYTES) return chunks(file, range);
        return inMemory(await gathered(chunks(file, range)));
      }),
    remove: (id) => answered("remove", () => unlinkIfThere(pathOf(id))),
    writtenBefore: (beforeEpochMs, shard) =>
      answered("read its folder", () => oldContents(join(folder, shard.toString(16).padStart(2, "0")), beforeEpochMs)),
  };
}

export async function* wholeBody(bytes: Uint8Array): Body {
  yield bytes;
}

async function written(path: string, owner: ItemKey, body: Body): Promise<Content> {
  const made = await mkdir(dirname(path), { recursive: true, mode: OWN_FOLDER_MODE });
  const file = await open(path, "wx", OWN_FILE_MODE);
  try {
    const content = await fill(file, owner, body);
    await file.sync();
    await syncFolder(dirname(path));
    if (made !== undefined) await syncFolder(dirname(made));
    return content;
  } finally {
    await file.close();
  }
}

/** Tells a body that fails from a disk that does: the first is the caller's affair. */
function watched(body: Body): { readonly body: Body; broken(): boolean } {
  let broken = false;
  return {
    broken: () => broken,
    body: (async function* () {
      try {
        yield* body;
      } catch (error) {
        broken = true;
        throw error;
      }
    })(),
  };
}

async function fill(file: FileHandle, owner: ItemKey, body: Body): Promise<Content> {
  const hash = createHash("sha256");
  let bytes = 0;
  await file.writeFile(
    (async function* () {
      for await (const chunk of body) {
        hash.update(chunk);
        bytes += chunk.byteLength;
        yield chunk;
      }
      yield ownerMark(owner);
    })(),
  );
  return { bytes, etag: hash.digest("base64url") };
}

async function* chunks(file: FileHandle, { first, last }: { first: number; last: number }): Body {
  try {
    let position = first;
    while (position <= last) {
      const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, last - position + 1));
      const { bytesRead } = await file.read({ buffer, position });
      if (bytesRead === 0) throw new ContentCut(last - position + 1);
      yield buffer.subarray(0, bytesRead);
      position += bytesRead;
    }
  } finally {
    await file.close();
  }
}

/** A file that is shorter than its row says: the disk was changed by another hand. */
export class ContentCut extends Error {
  readonly code = "content_cut";
  constructor(missingBytes: number) {
    super(`a stored blob lacks its last ${missingBytes} bytes`);
    this.name = "ContentCut";
  }
}

/** What is small is read at once, so that a body nobody reads holds no file open. */
async function gathered(body: Body): Promise<readonly Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return parts;
}

async function* inMemory(parts: readonly Uint8Array[]): Body {
  yield* parts;
}

async function oldContents(shard: string, beforeEpochMs: number): Promise<OldContent[]> {
  const old: OldContent[] = [];
  for (const id of await namesIn(shard)) {
    const path = join(shard, id);
    const found = await stat(path).catch(undefinedWhenMissing);
    if (found !== undefined && found.mtimeMs < beforeEpochMs) old.push({ id, owner: await ownerOf(path, found.size) });
  }
  return old;
}

function ownerMark({ pk, sk }: ItemKey): Buffer {
  const text = Buffer.from(JSON.stringify([pk, sk]));
  const mark = Buffer.alloc(text.byteLength + OWNER_LENGTH_BYTES);
  text.copy(mark);
  mark.writeUInt32BE(text.byteLength, text.byteLength);
  return mark;
}

async function ownerOf(path: string, fileBytes: number): Promise<ItemKey | undefined> {
  const file = await openIfThere(path);
  if (file === undefined) return undefined;
  try {
    const length = Buffer.alloc(OWNER_LENGTH_BYTES);
    await file.read({ buffer: length, position: Math.max(0, fileBytes - OWNER_LENGTH_BYTES) });
    const textBytes = length.readUInt32BE();
    if (textBytes > fileBytes - OWNER_LENGTH_BYTES) return undefined;
    const text = Buffer.alloc(textBytes);
    await file.read({ buffer: text, position: fileBytes - OWNER_LENGTH_BYTES - textBytes });
    return parseOwner(text.toString());
  } finally {
    await file.close();
  }
}

/** A file cut short by a crash ends with anything. */
function parseOwner(text: string): ItemKey | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    const [pk, sk]: readonly unknown[] = Array.isArray(parsed) ? parsed : [];
    return typeof pk === "string" && typeof sk === "string" ? { pk, sk } : undefined;
  } catch {
    return undefined;
  }
}

/** A new name is on the disk only when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  return open(path, "r").catch(undefinedWhenMissing);
}

async function unlinkIfThere(path: string): Promise<void> {
  await unlink(path).catch(undefinedWhenMissing);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(undefinedWhenMissing)) ?? [];
}

async function answered<T>(operation: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new StoreFault("blob", operation, { cause });
  }
}

function undefinedWhenMissing(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}

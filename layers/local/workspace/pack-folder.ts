import { createHash } from "node:crypto";
import { createReadStream, type Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { ARCHIVE_BYTES_MAX, ARCHIVE_ENTRIES_MAX, ARCHIVE_UNPACKED_BYTES_MAX } from "../../core/workspace/limits.ts";
import type { ArchiveSaid } from "../../core/workspace/read-archive.ts";
import { type TarItem, writeTar } from "../../core/workspace/tar-writer.ts";

export interface PackedFolder extends ArchiveSaid {
  readonly archive: Buffer;
  /** Files and folders. */
  readonly entryCount: number;
}

/** Why a folder can't be packed as it is, for the person whose it is. */
export class FolderUnpackable extends Error {
  readonly code = "folder_unpackable";
  constructor(message: string) {
    super(message);
    this.name = "FolderUnpackable";
  }
}

/**
 * A folder as an archive that is taken for a workspace: the same bytes of the same files, whenever it is packed.
 *
 * @param excluded names of files and folders that are left out, wherever they are.
 * @throws {FolderUnpackable}
 * @throws {TarItemChanged} where a file is written meanwhile.
 */
export async function packFolder(folder: string, excluded: ReadonlySet<string>): Promise<PackedFolder> {
  const items = await itemsIn(folder, excluded);
  const chunks: Buffer[] = [];
  let bytes = 0;
  const packing = createGzip();
  // What goes wrong on the way is thrown by the loop.
  pipeline(Readable.from(writeTar(oneByOne(items))), packing, () => undefined);
  for await (const chunk of packing) {
    bytes += chunk.byteLength;
    if (bytes > ARCHIVE_BYTES_MAX) throw tooLarge(`is packed into more than ${ARCHIVE_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  const archive = Buffer.concat(chunks);
  const sha256 = createHash("sha256").update(archive).digest("hex");
  return { archive, bytes: archive.byteLength, sha256, entryCount: items.length };
}

const tooLarge = (what: string): FolderUnpackable =>
  new FolderUnpackable(`the folder ${what}; leave out what can be made anew: --exclude node_modules`);

async function* oneByOne(items: readonly TarItem[]): AsyncGenerator<TarItem> {
  yield* items;
}

/** All that is to be packed, each folder before what is in it. Nothing is opened yet. */
async function itemsIn(folder: string, excluded: ReadonlySet<string>): Promise<readonly TarItem[]> {
  const items: TarItem[] = [];
  let bytes = 0;
  async function walk(below: string): Promise<void> {
    const entries = await readdir(join(folder, below), { withFileTypes: true });
    const kept = entries.filter(({ name }) => !excluded.has(name));
    for (const entry of kept.sort((left, right) => (left.name < right.name ? -1 : 1))) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      const item = await itemOf(folder, path, entry);
      items.push(item);
      bytes += item.bytes;
      if (items.length > ARCHIVE_ENTRIES_MAX) throw tooLarge(`has more than ${ARCHIVE_ENTRIES_MAX} files and folders`);
      if (bytes > ARCHIVE_UNPACKED_BYTES_MAX) throw tooLarge(`has more than ${ARCHIVE_UNPACKED_BYTES_MAX} bytes`);
      if (item.kind === "folder") await walk(path);
    }
  }
  await walk("");
  return items;
}

async function itemOf(folder: string, path: string, entry: Dirent): Promise<TarItem> {
  if (entry.isDirectory()) return { path, kind: "folder", bytes: 0, isExecutable: true, content: contentOf(undefined) };
  if (!entry.isFile()) {
    const what = entry.isSymbolicLink() ? "a link" : "neither a file nor a folder";
    throw new FolderUnpackable(`${path} is ${what}, which no workspace has; leave it out: --exclude ${entry.name}`);
  }
  const file = join(folder, path);
  const { size, mode } = await stat(file);
  return { path, kind: "file", bytes: size, isExecutable: (mode & 0o100) !== 0, content: contentOf(file) };
}

async function* contentOf(file: string | undefined): AsyncGenerator<Uint8Array> {
  if (file !== undefined) yield* createReadStream(file);
}

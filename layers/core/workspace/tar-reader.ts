import { malformed } from "./archive-problem.ts";
import { ByteSource } from "./byte-source.ts";
import { ARCHIVE_EXTENSION_BYTES_MAX } from "./limits.ts";
import { readTarHeader, TAR_BLOCK_BYTES, type TarHeader, textOf } from "./tar-header.ts";

/** One thing in an archive. */
export interface TarEntry {
  /** As it was archived. */
  readonly path: string;
  readonly kind: "file" | "folder" | "link" | "special";
  readonly bytes: number;
  readonly isExecutable: boolean;
  /** Read before the next entry is asked for, or passed over. */
  readonly content: AsyncIterable<Uint8Array>;
}

const KINDS: Readonly<Record<string, TarEntry["kind"]>> = {
  "0": "file",
  "\0": "file",
  "1": "link",
  "2": "link",
  "5": "folder",
  K: "link",
};

/**
 * What is in a tar archive, one after the other, without keeping it. Formats: ustar, and the long names of pax and of GNU.
 *
 * It takes what every program reads alike and refuses the rest: numbers that are not octal, lengths that another header
 * overrides, two long names for one entry, what follows after the end. So who unpacks it later finds what was found here.
 *
 * @throws {ArchiveRefused}
 */
export async function* readTar(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const source = new ByteSource(bytes);
  let longName: string | undefined;
  try {
    for (let block = await blockOf(source); !isZero(block); block = await blockOf(source)) {
      const read = readTarHeader(block);
      if (!read.ok) throw malformed(read.problem.detail);
      const header = read.value;
      if (header.type === "x" || header.type === "g" || header.type === "L") {
        const name = await extensionName(source, header);
        if (name !== undefined && longName !== undefined) throw malformed("an entry has two long names");
        longName ??= name;
        continue;
      }
      const content = new EntryContent(source, header.bytes);
      yield { ...entryOf(header, longName), content };
      await content.skip();
      longName = undefined;
    }
    if (longName !== undefined) throw malformed("a long name has nothing that it is for");
    await requireZeros(source);
  } finally {
    await source.close();
  }
}

function entryOf({ name, bytes, type, isExecutable }: TarHeader, longName: string | undefined) {
  const path = longName ?? name;
  const kind = KINDS[type] ?? "special";
  // Before there was a sign for folders, a slash was.
  const isFolder = kind === "folder" || (kind === "file" && path.endsWith("/"));
  if (isFolder && bytes > 0) throw malformed("a folder has content");
  return { path, kind: isFolder ? "folder" : kind, bytes, isExecutable } as const;
}

async function blockOf(source: ByteSource): Promise<Uint8Array> {
  const block = await source.take(TAR_BLOCK_BYTES);
  if (block === undefined) throw malformed("it ends in the middle");
  return block;
}

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

async function requireZeros(source: ByteSource): Promise<void> {
  for (let next = await source.some(TAR_BLOCK_BYTES); next !== undefined; next = await source.some(TAR_BLOCK_BYTES)) {
    if (!isZero(next)) throw malformed("it goes on after its end");
  }
}

/** The path that an extension says its next entry has. What else it may say of that entry is not for us. */
async function extensionName(source: ByteSource, { type, bytes }: TarHeader): Promise<string | undefined> {
  if (bytes > ARCHIVE_EXTENSION_BYTES_MAX) throw malformed("an extended header is too long");
  const body = await source.take(paddedBytes(bytes));
  if (body === undefined) throw malformed("it ends in the middle");
  const said = body.subarray(0, bytes);
  if (type !== "L") return paxName(said, type);
  const name = textOf(said);
  if (name === undefined) throw malformed("a name is not UTF-8");
  return name;
}

/** Those by which one program would read something else than another. */
const OVERRIDES = /^(?:size|hdrcharset|GNU\.sparse\..*)$/;

/** Source: IEEE Std 1003.1-2017, `pax`, "pax Extended Header": records of `length key=value` and a line feed. */
function paxName(body: Uint8Array, type: string): string | undefined {
  let path: string | undefined;
  for (let from = 0; from < body.byteLength; ) {
    const [, digits = ""] = /^(\d{1,6}) /.exec(String.fromCharCode(...body.subarray(from, from + 7))) ?? [];
    const end = from + Number(digits);
    const record = body.subarray(from + digits.length + 1, end);
    const isWhole = end <= body.byteLength && record.at(-1) === LINE_FEED;
    const text = isWhole ? textOf(record.subarray(0, -1)) : undefined;
    const equals = text?.indexOf("=") ?? -1;
    if (text === undefined || equals < 1) throw malformed("an extended header can't be read");
    const key = text.slice(0, equals);
    if (OVERRIDES.test(key) || (type === "g" && key === "path")) throw malformed(`it overrides ${key}`);
    if (key === "path") path = text.slice(equals + 1);
    from = end;
  }
  return path;
}

const LINE_FEED = 10;

const paddedBytes = (bytes: number): number => Math.ceil(bytes / TAR_BLOCK_BYTES) * TAR_BLOCK_BYTES;

class EntryContent implements AsyncIterable<Uint8Array> {
  readonly #source: ByteSource;
  #leftBytes: number;
  readonly #paddingBytes: number;

  constructor(source: ByteSource, bytes: number) {
    this.#source = source;
    this.#leftBytes = bytes;
    this.#paddingBytes = paddedBytes(bytes) - bytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    while (this.#leftBytes > 0) yield await this.#next();
  }

  /** What nobody has read of it, and what fills its last block. */
  async skip(): Promise<void> {
    this.#leftBytes += this.#paddingBytes;
    while (this.#leftBytes > 0) await this.#next();
  }

  async #next(): Promise<Uint8Array> {
    const some = await this.#source.some(this.#leftBytes);
    if (some === undefined) throw malformed("it ends in the middle");
    this.#leftBytes -= some.byteLength;
    return some;
  }
}

/** One file or folder of an archive. */
export interface TarEntry {
  /** As it was archived, without a `./` before it and without a slash behind it. */
  readonly path: string;
  readonly kind: "file" | "folder" | "other";
  /** Only of files that were asked for, and of those no longer than they may be. */
  readonly content?: Buffer;
}

export interface TarReading {
  /** How much of a file is wanted at most; 0 for none of it. */
  readonly bytesWanted: (path: string) => number;
}

const BLOCK_BYTES = 512;

/** A name of its own in what comes before the header that it is for. Longer is none that a file system takes. */
const LONG_NAME_BYTES_MAX = 64 * 1024;

/**
 * What is in a tar archive, one after the other, without keeping it. Formats: ustar, and the long names of GNU and of pax
 * (IEEE Std 1003.1-2017, `pax`, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format"). What is no archive
 * comes to an end at its first block that is no header.
 */
export async function* tarEntries(
  bytes: AsyncIterable<Uint8Array>,
  { bytesWanted }: TarReading,
): AsyncGenerator<TarEntry> {
  const source = new ByteSource(bytes);
  let longName: string | undefined;
  for (;;) {
    const header = await source.take(BLOCK_BYTES);
    if (header === undefined || !isHeader(header)) return;
    const size = octal(header.subarray(124, 136));
    const type = String.fromCharCode(header[156] ?? 0);
    if (type === "L" || type === "x" || type === "g") {
      const body = await source.takePadded(size, LONG_NAME_BYTES_MAX);
      if (type !== "g") longName = nameIn(type, body) ?? longName;
      continue;
    }
    const path = trimmed(longName ?? nameOf(header));
    longName = undefined;
    const kind = type === "5" ? "folder" : type === "0" || type === "\0" ? "file" : "other";
    const isWanted = kind === "file" && size <= bytesWanted(path) && bytesWanted(path) > 0;
    const content = await source.takePadded(size, isWanted ? size : 0);
    yield { path, kind, ...(isWanted && content !== undefined && { content }) };
  }
}

function isHeader(block: Buffer): boolean {
  const sum = octal(block.subarray(148, 156));
  let counted = 0;
  for (const [index, byte] of block.entries()) counted += index >= 148 && index < 156 ? 32 : byte;
  return sum === counted && block.some((byte) => byte !== 0);
}

function nameIn(type: "L" | "x", body: Buffer | undefined): string | undefined {
  if (body === undefined) return undefined;
  return type === "L" ? textOf(body) : /(?:^|\n)\d+ path=(.*)\n/.exec(body.toString("utf8"))?.[1];
}

function nameOf(header: Buffer): string {
  const prefix = header.subarray(257, 262).toString("latin1") === "ustar" ? textOf(header.subarray(345, 500)) : "";
  const name = textOf(header.subarray(0, 100));
  return prefix === "" ? name : `${prefix}/${name}`;
}

const trimmed = (path: string): string =>
  path
    .replace(/^(?:\.?\/)+/, "")
    .replace(/\/+$/, "")
    .replace(/^\.$/, "");

function textOf(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end === -1 ? field.length : end);
}

function octal(field: Buffer): number {
  const digits = /[0-7]+/.exec(field.toString("latin1"))?.[0];
  return digits === undefined ? 0 : Number.parseInt(digits, 8);
}

/** Bytes as they come, to be taken in pieces of any length. */
class ByteSource {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#iterator = bytes[Symbol.asyncIterator]();
  }

  /** Undefined where there are not so many. */
  async take(count: number): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    for (let missing = count; missing > 0; ) {
      const next = await this.#some(missing);
      if (next === undefined) return undefined;
      parts.push(next);
      missing -= next.length;
    }
    return Buffer.concat(parts);
  }

  /** All of a body up to its whole blocks; kept only where it is no longer than `keptMax`. */
  async takePadded(size: number, keptMax: number): Promise<Buffer | undefined> {
    const padding = (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
    const isKept = size > 0 && size <= keptMax;
    const body = isKept ? await this.take(size) : await this.#skip(size);
    await this.#skip(padding);
    return size === 0 && keptMax >= 0 ? Buffer.alloc(0) : body;
  }

  async #skip(count: number): Promise<undefined> {
    for (let missing = count; missing > 0; ) {
      const next = await this.#some(missing);
      if (next === undefined) return undefined;
      missing -= next.length;
    }
    return undefined;
  }

  async #some(countMax: number): Promise<Buffer | undefined> {
    while (this.#rest.length === 0) {
      const next = await this.#iterator.next();
      if (next.done === true) return undefined;
      this.#rest = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    }
    const some = this.#rest.subarray(0, countMax);
    this.#rest = this.#rest.subarray(some.length);
    return some;
  }
}

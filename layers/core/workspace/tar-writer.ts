import { TAR_BLOCK_BYTES } from "./tar-header.ts";

/** A file or folder to archive. */
export interface TarItem {
  /** Below the folder that is archived, with `/` between its parts. */
  readonly path: string;
  readonly kind: "file" | "folder";
  /** Of the content. 0 for a folder. */
  readonly bytes: number;
  readonly isExecutable: boolean;
  readonly content: AsyncIterable<Uint8Array>;
}

/** Another length than was said came of a file that changed while it was read. */
export class TarItemChanged extends Error {
  readonly code = "tar_item_changed";
  constructor(path: string) {
    super(`${path} changed while it was read`);
    this.name = "TarItemChanged";
  }
}

const encoder = new TextEncoder();
/** Of a name in a header. A longer one, or one that is not ASCII, stands in an extended header before it. */
const NAME_BYTES = 100;

/**
 * A tar archive of these items, in ustar with the extended headers of pax: the same bytes of the same items, since times
 * and owners are left out.
 *
 * @throws {TarItemChanged}
 */
export async function* writeTar(items: AsyncIterable<TarItem>): AsyncGenerator<Uint8Array> {
  for await (const item of items) {
    const name = item.kind === "folder" ? `${item.path}/` : item.path;
    yield* headersOf(name, item);
    let leftBytes = item.bytes;
    for await (const chunk of item.content) {
      leftBytes -= chunk.byteLength;
      if (leftBytes < 0) throw new TarItemChanged(item.path);
      yield chunk;
    }
    if (leftBytes > 0) throw new TarItemChanged(item.path);
    yield padding(item.bytes);
  }
  yield new Uint8Array(2 * TAR_BLOCK_BYTES);
}

function* headersOf(name: string, { kind, bytes, isExecutable }: TarItem): Generator<Uint8Array> {
  const encoded = encoder.encode(name);
  const isShort = encoded.byteLength <= NAME_BYTES && encoded.byteLength === name.length;
  if (!isShort) {
    const record = paxRecord("path", name);
    yield header({ name: encoder.encode("pax"), bytes: record.byteLength, type: "x", mode: 0o644 });
    yield record;
    yield padding(record.byteLength);
  }
  const mode = kind === "folder" || isExecutable ? 0o755 : 0o644;
  const own = isShort ? encoded : encoder.encode("long");
  yield header({ name: own, bytes, type: kind === "folder" ? "5" : "0", mode });
}

/** `length key=value` and a line feed, where the length counts its own digits. */
function paxRecord(key: string, value: string): Uint8Array {
  const rest = encoder.encode(` ${key}=${value}\n`);
  let length = rest.byteLength;
  while (String(length).length + rest.byteLength !== length) length = String(length).length + rest.byteLength;
  return Uint8Array.from([...encoder.encode(String(length)), ...rest]);
}

function header(head: {
  readonly name: Uint8Array;
  readonly bytes: number;
  readonly type: string;
  readonly mode: number;
}): Uint8Array {
  const block = new Uint8Array(TAR_BLOCK_BYTES);
  const put = (text: string, at: number): void => block.set(encoder.encode(text), at);
  block.set(head.name, 0);
  put(octal(head.mode, 8), 100);
  put(octal(0, 8), 108);
  put(octal(0, 8), 116);
  put(octal(head.bytes, 12), 124);
  put(octal(0, 12), 136);
  put("        ", 148);
  put(head.type, 156);
  put("ustar\u000000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/** With a zero at its end, in so many bytes altogether. */
const octal = (value: number, bytes: number): string => `${value.toString(8).padStart(bytes - 1, "0")}\0`;

const padding = (bytes: number): Uint8Array =>
  new Uint8Array((TAR_BLOCK_BYTES - (bytes % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES);

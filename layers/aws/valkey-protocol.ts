/** The part of RESP2 that reads, writes and deletes take. Source: Valkey documentation, "Serialization protocol". */

/** A text, or none where nothing is stored; or why the server refused. */
export type ValkeyReply = { readonly text: string | undefined } | { readonly refusal: string };

/** A larger one is no value of ours. Of UTF-8, with the stamp that stands before a value. */
export const VALKEY_VALUE_BYTES_MAX = 1024 * 1024;
/** Statuses and refusals are one short line. */
const LINE_BYTES_MAX = 4096;
const LINE_END = "\r\n";

export function commandBytes(words: readonly string[]): Buffer {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}${LINE_END}${word}${LINE_END}`);
  return Buffer.from(`*${words.length}${LINE_END}${parts.join("")}`);
}

/** What a connection brings, in pieces cut anywhere, as whole replies. */
export class ValkeyReplies {
  #held: Buffer = Buffer.alloc(0);

  /**
   * The replies that are whole with this piece, in their order.
   *
   * @throws {ValkeyReplyMalformed} on what no command of ours is answered with.
   */
  read(piece: Buffer): readonly ValkeyReply[] {
    this.#held = this.#held.byteLength === 0 ? piece : Buffer.concat([this.#held, piece]);
    const replies: ValkeyReply[] = [];
    let readBytes = 0;
    for (let found = replyAt(this.#held, 0); found !== undefined; found = replyAt(this.#held, readBytes)) {
      replies.push(found.reply);
      readBytes = found.end;
    }
    this.#held = this.#held.subarray(readBytes);
    return replies;
  }
}

interface FoundReply {
  readonly reply: ValkeyReply;
  readonly end: number;
}

function replyAt(bytes: Buffer, start: number): FoundReply | undefined {
  const lineEnd = bytes.indexOf(LINE_END, start);
  if (lineEnd === -1) {
    if (bytes.byteLength - start > LINE_BYTES_MAX) throw new ValkeyReplyMalformed("a line without an end");
    return undefined;
  }
  const line = bytes.toString("latin1", start + 1, lineEnd);
  const end = lineEnd + LINE_END.length;
  const kind = bytes.toString("latin1", start, start + 1);
  if (kind === "+" || kind === ":") return { reply: { text: line }, end };
  if (kind === "-") return { reply: { refusal: line }, end };
  if (kind === "$") return bulkAt(bytes, end, line);
  throw new ValkeyReplyMalformed("a reply of an unknown kind");
}

function bulkAt(bytes: Buffer, start: number, length: string): FoundReply | undefined {
  if (length === "-1") return { reply: { text: undefined }, end: start };
  const textBytes = /^\d{1,9}$/.test(length) ? Number(length) : Number.NaN;
  if (!(textBytes <= VALKEY_VALUE_BYTES_MAX)) throw new ValkeyReplyMalformed("a text of an impossible length");
  const textEnd = start + textBytes;
  const end = textEnd + LINE_END.length;
  if (bytes.byteLength < end) return undefined;
  if (bytes.toString("latin1", textEnd, end) !== LINE_END) throw new ValkeyReplyMalformed("a text beyond its length");
  return { reply: { text: bytes.toString("utf8", start, textEnd) }, end };
}

export class ValkeyReplyMalformed extends Error {
  readonly code = "valkey_reply_malformed";
  constructor(what: string) {
    super(`the cache sent ${what}`);
    this.name = "ValkeyReplyMalformed";
  }
}

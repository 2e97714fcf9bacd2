import { crc32 } from "node:zlib";

/** One message of a stream, by its headers and what it carries. */
export interface EventMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Buffer;
}

/** The stream is not what its service writes, or was changed on its way. */
export class EventStreamMalformed extends Error {
  readonly code = "event_stream_malformed";
  constructor(detail: string) {
    super(`an event stream has ${detail}`);
    this.name = "EventStreamMalformed";
  }
}

/** Length of all, length of the headers, checksum of both. */
const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
/** Of one message: more than Lambda answers in one piece. */
const MESSAGE_BYTES_MAX: number = 16 * 1024 * 1024;

/**
 * The messages of `application/vnd.amazon.eventstream`, each as soon as it is whole. Source: Smithy specification, "Amazon
 * Event Stream Specification" (read 2026-11-21).
 *
 * @throws {EventStreamMalformed} also where the stream ends within a message.
 */
export async function* eventMessages(stream: AsyncIterable<Buffer>): AsyncGenerator<EventMessage> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    held = held.byteLength === 0 ? chunk : Buffer.concat([held, chunk]);
    for (let bytes = lengthOf(held); bytes !== undefined && held.byteLength >= bytes; bytes = lengthOf(held)) {
      yield messageOf(held.subarray(0, bytes));
      held = held.subarray(bytes);
    }
  }
  if (held.byteLength > 0) throw new EventStreamMalformed("a message that is not whole");
}

/** Of the next message; undefined as long as that is not known. */
function lengthOf(held: Buffer): number | undefined {
  if (held.byteLength < PRELUDE_BYTES) return undefined;
  if (crc32(held.subarray(0, 8)) !== held.readUInt32BE(8)) throw new EventStreamMalformed("a prelude that was changed");
  const bytes = held.readUInt32BE(0);
  const isPossible = bytes >= PRELUDE_BYTES + held.readUInt32BE(4) + CHECKSUM_BYTES && bytes <= MESSAGE_BYTES_MAX;
  if (!isPossible) throw new EventStreamMalformed(`a message of ${bytes} bytes`);
  return bytes;
}

function messageOf(message: Buffer): EventMessage {
  const end = message.byteLength - CHECKSUM_BYTES;
  if (crc32(message.subarray(0, end)) !== message.readUInt32BE(end)) {
    throw new EventStreamMalformed("a message that was changed");
  }
  const headersEnd = PRELUDE_BYTES + message.readUInt32BE(4);
  return {
    headers: headersIn(message.subarray(PRELUDE_BYTES, headersEnd)),
    payload: message.subarray(headersEnd, end),
  };
}

/** The number that stands for a text. Services write other kinds in headers of their own, and Lambda none. */
const TEXT_TYPE = 7;

function headersIn(bytes: Buffer): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  let at = 0;
  const taken = (count: number): Buffer => {
    if (at + count > bytes.byteLength) throw new EventStreamMalformed("a header that is not whole");
    at += count;
    return bytes.subarray(at - count, at);
  };
  while (at < bytes.byteLength) {
    const name = taken(taken(1).readUInt8()).toString();
    const type = taken(1).readUInt8();
    if (type !== TEXT_TYPE) throw new EventStreamMalformed(`a header of the type ${type}`);
    headers[name] = taken(taken(2).readUInt16BE()).toString();
  }
  return headers;
}

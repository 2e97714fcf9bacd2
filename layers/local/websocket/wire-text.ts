import { constants, deflateRawSync } from "node:zlib";
import { COMPRESS_BYTES_MIN, COMPRESS_LEVEL, COMPRESS_MEMORY_LEVEL, WINDOW_BITS } from "./limits.ts";

/**
 * A text as it goes over the wire, in a frame of RFC 6455: made once, however many clients it goes to; and compressed
 * (RFC 7692) once, when it first goes to one that takes it so. Nothing is kept from one text to the next, so it is the same for
 * all, and no client costs memory for it.
 */
export class WireText {
  readonly #payload: Buffer;
  #plain: Buffer | undefined;
  #compressed: Buffer | undefined;

  constructor(text: string) {
    this.#payload = Buffer.from(text);
  }

  frame({ compressed }: { readonly compressed: boolean }): Buffer {
    if (!compressed || this.#payload.byteLength < COMPRESS_BYTES_MIN) {
      this.#plain ??= framed(this.#payload, TEXT);
      return this.#plain;
    }
    this.#compressed ??= framed(deflated(this.#payload), TEXT | COMPRESSED);
    return this.#compressed;
  }
}

/** The first byte of a whole message of text, and its bit for one that is compressed. */
const TEXT = 0x81;
const COMPRESSED = 0x40;
/** RFC 7692, section 7.2.1: what a flush ends with is left out. */
const TAIL_BYTES = 4;

function deflated(payload: Buffer): Buffer {
  const bytes = deflateRawSync(payload, {
    level: COMPRESS_LEVEL,
    memLevel: COMPRESS_MEMORY_LEVEL,
    windowBits: WINDOW_BITS,
    finishFlush: constants.Z_SYNC_FLUSH,
  });
  return bytes.subarray(0, bytes.byteLength - TAIL_BYTES);
}

/** RFC 6455, section 5.2: of a server, so without a mask. */
function framed(payload: Buffer, first: number): Buffer {
  const { byteLength } = payload;
  const headBytes = byteLength < 126 ? 2 : byteLength < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headBytes + byteLength);
  frame[0] = first;
  if (headBytes === 2) frame[1] = byteLength;
  if (headBytes === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(byteLength, 2);
  }
  if (headBytes === 10) {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(byteLength), 2);
  }
  payload.copy(frame, headBytes);
  return frame;
}

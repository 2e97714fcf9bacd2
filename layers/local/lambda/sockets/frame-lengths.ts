const SHORT_MAX = 125;
const LENGTH_OF_16_BITS = 126;
const MASK_BYTES = 4;
const HEAD_BYTES_MAX = 10;

/**
 * Reads the lengths of WebSocket frames off the bytes of a connection, as they come, and nothing else of them. Source: RFC 6455,
 * section 5.2.
 */
export class FrameLengths {
  #head: Buffer = Buffer.alloc(0);
  /** Of the frame that has begun, still to come. */
  #leftBytes = 0;

  /** The longest of the frames that begin in these bytes; 0 where none does. */
  longestIn(chunk: Buffer): number {
    let longestBytes = 0;
    let at = 0;
    while (at < chunk.byteLength) {
      const skipped = Math.min(this.#leftBytes, chunk.byteLength - at);
      this.#leftBytes -= skipped;
      at += skipped;
      if (at === chunk.byteLength) break;
      const before = this.#head.byteLength;
      const head = Buffer.concat([this.#head, chunk.subarray(at, at + HEAD_BYTES_MAX - before)]);
      const length = lengthIn(head);
      this.#head = length === undefined ? head : Buffer.alloc(0);
      if (length === undefined) return longestBytes;
      at += length.headBytes - before;
      this.#leftBytes = length.bytes + length.maskBytes;
      longestBytes = Math.max(longestBytes, length.bytes);
    }
    return longestBytes;
  }
}

/** Undefined where more of the head has to come. */
function lengthIn(
  head: Buffer,
): { readonly bytes: number; readonly headBytes: number; readonly maskBytes: number } | undefined {
  if (head.byteLength < 2) return undefined;
  const second = head.readUInt8(1);
  const maskBytes = second >= 0x80 ? MASK_BYTES : 0;
  const short = second & 0x7f;
  if (short <= SHORT_MAX) return { bytes: short, headBytes: 2, maskBytes };
  if (short === LENGTH_OF_16_BITS) {
    return head.byteLength < 4 ? undefined : { bytes: head.readUInt16BE(2), headBytes: 4, maskBytes };
  }
  return head.byteLength < HEAD_BYTES_MAX
    ? undefined
    : { bytes: Number(head.readBigUInt64BE(2)), headBytes: HEAD_BYTES_MAX, maskBytes };
}

import { constants, inflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { COMPRESS_BYTES_MIN, WINDOW_BITS } from "../../../../layers/local/websocket/limits.ts";
import { WireText } from "../../../../layers/local/websocket/wire-text.ts";

const PLAIN = { compressed: false };
const COMPRESSED = { compressed: true };

/** What stands in a frame, by RFC 6455, section 5.2. */
function read(frame: Buffer): { readonly first: number; readonly payload: Buffer } {
  const length = frame[1] ?? 0;
  const at = length < 126 ? 2 : length === 126 ? 4 : 10;
  const bytes = length < 126 ? length : length === 126 ? frame.readUInt16BE(2) : Number(frame.readBigUInt64BE(2));
  expect(frame.byteLength).toBe(at + bytes);
  return { first: frame[0] ?? 0, payload: frame.subarray(at) };
}

const inflated = (payload: Buffer): string =>
  inflateRawSync(Buffer.concat([payload, Buffer.from([0, 0, 0xff, 0xff])]), {
    windowBits: WINDOW_BITS,
    finishFlush: constants.Z_SYNC_FLUSH,
  }).toString();

describe("a text on the wire", () => {
  test.each([0, 1, 125, 126, 127, 65_535, 65_536, 200_000])("of %i bytes is one frame, whole", (bytes) => {
    const text = "x".repeat(bytes);
    const { first, payload } = read(new WireText(text).frame(PLAIN));
    expect([first, payload.toString()]).toEqual([0x81, text]);
  });

  test("is counted in bytes, not in characters", () => {
    expect(read(new WireText("ü😀").frame(PLAIN)).payload.toString()).toBe("ü😀");
  });

  test.each([COMPRESS_BYTES_MIN, 5_000, 200_000])("of %i bytes is smaller compressed, and the same", (bytes) => {
    const text = Array.from({ length: bytes / 4 }, (_, at) => `${at % 977} `.padEnd(4)).join("");
    const { first, payload } = read(new WireText(text).frame(COMPRESSED));
    expect(first).toBe(0xc1);
    expect(payload.byteLength).toBeLessThan(text.length);
    expect(inflated(payload)).toBe(text);
  });

  test("below a kilobyte goes as it is, to everyone", () => {
    const text = new WireText("x".repeat(COMPRESS_BYTES_MIN - 1));
    expect(read(text.frame(COMPRESSED)).first).toBe(0x81);
  });

  test("is made once in each form, however many it goes to", () => {
    const text = new WireText("x".repeat(10_000));
    expect(text.frame(COMPRESSED)).toBe(text.frame(COMPRESSED));
    expect(text.frame(PLAIN)).toBe(text.frame(PLAIN));
  });
});

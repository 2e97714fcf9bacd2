import { expect, test } from "vitest";
import { FrameLengths } from "../../../../../layers/local/lambda/sockets/frame-lengths.ts";

function frame(bytes: number, { isMasked = true } = {}): Buffer {
  const mask = isMasked ? 0x80 : 0;
  const head =
    bytes <= 125
      ? Buffer.from([0x81, mask | bytes])
      : bytes < 65_536
        ? Buffer.from([0x81, mask | 126, bytes >> 8, bytes & 0xff])
        : Buffer.concat([Buffer.from([0x81, mask | 127]), Buffer.from(bytes.toString(16).padStart(16, "0"), "hex")]);
  return Buffer.concat([head, Buffer.alloc(isMasked ? 4 : 0, 0xff), Buffer.alloc(bytes, 0xff)]);
}

test.each([0, 1, 125, 126, 127, 32_768, 32_769, 65_535, 65_536, 131_072])(
  "a frame of %i bytes is read as such",
  (bytes) => {
    expect(new FrameLengths().longestIn(frame(bytes))).toBe(bytes);
    expect(new FrameLengths().longestIn(frame(bytes, { isMasked: false }))).toBe(bytes);
  },
);

test("frames are told apart however they are cut on the way", () => {
  const wire = Buffer.concat([frame(3), frame(300), frame(0), frame(70_000), frame(9)]);

  for (const size of [1, 2, 3, 5, 7, 64, 1_000, 100_000]) {
    const frames = new FrameLengths();
    const found: number[] = [];
    for (let at = 0; at < wire.byteLength; at += size) found.push(frames.longestIn(wire.subarray(at, at + size)));
    expect(Math.max(...found)).toBe(70_000);
    expect(new Set(found).has(size === 1 ? 9 : 70_000)).toBe(true);
  }
});

import { OUTPUT_LINE_BYTES_MAX } from "../../core/ports/runner.ts";

const LINE_END = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const NOTHING = Buffer.alloc(0);

/** Cuts what a stream brings into lines. Holds no more than one piece of a line. */
export interface LineCutter {
  take(chunk: Buffer): readonly string[];
  /** What has no end yet, as a line. */
  rest(): readonly string[];
}

/**
 * A line that is too long comes in pieces, which are cut between characters. Bytes that are no UTF-8 become U+FFFD, and the
 * carriage return of a line's end goes with it.
 */
export function lineCutter(): LineCutter {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let open: Buffer = NOTHING;

  const textOf = (line: Buffer): string =>
    decoder.decode(line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, line.byteLength - 1) : line);

  return {
    take(chunk) {
      const lines: string[] = [];
      const whole = open.byteLength === 0 ? chunk : Buffer.concat([open, chunk]);
      let from = 0;
      while (from < whole.byteLength) {
        const found = whole.indexOf(LINE_END, from);
        const end = found === -1 ? whole.byteLength : found;
        if (end - from > OUTPUT_LINE_BYTES_MAX) {
          const cut = from + pieceBytes(whole.subarray(from, from + OUTPUT_LINE_BYTES_MAX + 1));
          lines.push(decoder.decode(whole.subarray(from, cut)));
          from = cut;
          continue;
        }
        if (found === -1) break;
        lines.push(textOf(whole.subarray(from, end)));
        from = end + 1;
      }
      // A copy, so that some bytes do not hold a chunk.
      open = Buffer.from(whole.subarray(from));
      return lines;
    },
    rest() {
      if (open.byteLength === 0) return [];
      const line = textOf(open);
      open = NOTHING;
      return [line];
    },
  };
}

const LONGEST_CHARACTER_BYTES = 4;

/** At most `OUTPUT_LINE_BYTES_MAX` and up to the beginning of a character, where there is one near. */
function pieceBytes(bytes: Buffer): number {
  for (let cut = OUTPUT_LINE_BYTES_MAX; cut > OUTPUT_LINE_BYTES_MAX - LONGEST_CHARACTER_BYTES; cut--) {
    if (((bytes[cut] ?? 0) & 0b1100_0000) !== 0b1000_0000) return cut;
  }
  return OUTPUT_LINE_BYTES_MAX;
}

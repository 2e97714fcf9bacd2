import { StringDecoder } from "node:string_decoder";
import { OUTPUT_LINE_BYTES_MAX } from "../../core/ports/runner.ts";

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Takes what a program prints apart into lines, without their ends. One that is too long comes in pieces. */
export class OutputLines {
  #rest: Buffer = Buffer.alloc(0);

  /** The lines that are whole now. */
  push(chunk: Buffer): readonly string[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const lines: string[] = [];
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      lines.push(...pieces(bytes.subarray(start, end)));
      start = end + 1;
    }
    const { whole, rest } = cutLong(bytes.subarray(start));
    this.#rest = Buffer.from(rest);
    return [...lines, ...whole];
  }

  /** What was printed after the last end of a line. */
  end(): readonly string[] {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    return rest.length === 0 ? [] : pieces(rest);
  }

  /** Whether something waits for the end of its line. */
  get isPartial(): boolean {
    return this.#rest.length > 0;
  }
}

function pieces(line: Buffer): readonly string[] {
  const { whole, rest } = cutLong(line.at(-1) === RETURN ? line.subarray(0, -1) : line);
  return [...whole, rest.toString("utf8")];
}

/** The pieces that are as long as one may be, and what is left. */
function cutLong(bytes: Buffer): { readonly whole: readonly string[]; readonly rest: Buffer } {
  const whole: string[] = [];
  let rest = bytes;
  while (rest.length > OUTPUT_LINE_BYTES_MAX) {
    const at = pieceEnd(rest);
    whole.push(rest.toString("utf8", 0, at));
    rest = rest.subarray(at);
  }
  return { whole, rest };
}

/** Before a character that the longest piece would cut through. */
function pieceEnd(bytes: Buffer): number {
  const decoder = new StringDecoder("utf8");
  const whole = decoder.write(bytes.subarray(0, OUTPUT_LINE_BYTES_MAX));
  const unfinishedBytes = OUTPUT_LINE_BYTES_MAX - Buffer.byteLength(whole);
  return unfinishedBytes > 0 && unfinishedBytes < 4 ? OUTPUT_LINE_BYTES_MAX - unfinishedBytes : OUTPUT_LINE_BYTES_MAX;
}

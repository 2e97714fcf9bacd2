import { expect, test } from "vitest";
import { OUTPUT_LINE_BYTES_MAX } from "../../../../layers/core/ports/runner.ts";
import { OutputLines } from "../../../../layers/node/supervisor/output-lines.ts";

function linesOf(...chunks: readonly (string | Buffer)[]): readonly string[] {
  const lines = new OutputLines();
  return [...chunks.flatMap((chunk) => lines.push(Buffer.from(chunk))), ...lines.end()];
}

test("lines come without their ends, of either kind, also where a chunk ends within one", () => {
  expect(linesOf("one\ntw", "o\r\n", "\n", "three")).toEqual(["one", "two", "", "three"]);
});

test("what has no end yet waits for it, and is given when it is asked for", () => {
  const lines = new OutputLines();

  expect(lines.push(Buffer.from("name? "))).toEqual([]);
  expect(lines.isPartial).toBe(true);
  expect(lines.end()).toEqual(["name? "]);
  expect(lines.isPartial).toBe(false);
  expect(lines.end()).toEqual([]);
});

test("a character that comes in two chunks is one", () => {
  const text = Buffer.from("schön\n");

  expect(linesOf(text.subarray(0, 4), text.subarray(4))).toEqual(["schön"]);
});

test("what is no UTF-8 is replaced", () => {
  expect(linesOf(Buffer.from([0x61, 0xff, 0x62, 0x0a]))).toEqual(["a\uFFFDb"]);
});

test("a line of the longest is one, and a longer one comes in pieces, whether or not it has an end", () => {
  const longest = "x".repeat(OUTPUT_LINE_BYTES_MAX);

  expect(linesOf(`${longest}\n`)).toEqual([longest]);
  expect(linesOf(`${longest}yz\n`)).toEqual([longest, "yz"]);
  expect(linesOf(`${longest}${longest}y`)).toEqual([longest, longest, "y"]);
});

test("no piece ends within a character", () => {
  const text = `x${"ö".repeat(OUTPUT_LINE_BYTES_MAX)}`;

  const cut = linesOf(`${text}\n`);

  expect(cut.join("")).toBe(text);
  expect(Math.max(...cut.map((piece) => Buffer.byteLength(piece)))).toBeLessThanOrEqual(OUTPUT_LINE_BYTES_MAX);
});

import { ok, type Result, refused } from "../result.ts";

/** Source: IEEE Std 1003.1-2017, `pax`, "ustar Interchange Format". */
export const TAR_BLOCK_BYTES = 512;

export interface TarHeader {
  readonly name: string;
  readonly bytes: number;
  /** The one character that says what it is the header of. */
  readonly type: string;
  readonly isExecutable: boolean;
}

export type HeaderProblem = { readonly detail: string };

const utf8 = new TextDecoder("utf-8", { fatal: true });
const latin1 = (field: Uint8Array): string => String.fromCharCode(...field);

/** A header as it stands in its block. Nothing in it is believed before its sum is right. */
export function readTarHeader(block: Uint8Array): Result<TarHeader, HeaderProblem> {
  const sum = octal(block.subarray(148, 156));
  if (sum === undefined || sum !== sumOf(block)) return refused({ detail: "a header's sum is wrong" });
  const [bytes, mode] = [octal(block.subarray(124, 136)), octal(block.subarray(100, 108))];
  if (bytes === undefined || mode === undefined) return refused({ detail: "a number in a header is not octal" });
  const isUstar = latin1(block.subarray(257, 262)) === "ustar";
  // GNU's own format has times where the prefix would be, and says so by a space.
  const prefix = isUstar && block[262] === 0 ? textOf(block.subarray(345, 500)) : "";
  const name = textOf(block.subarray(0, 100));
  if (name === undefined || prefix === undefined) return refused({ detail: "a name is not UTF-8" });
  const type = latin1(block.subarray(156, 157));
  return ok({ name: prefix === "" ? name : `${prefix}/${name}`, bytes, type, isExecutable: (mode & 0o100) !== 0 });
}

/** Undefined where it is not UTF-8. Ends with the first zero. */
export function textOf(field: Uint8Array): string | undefined {
  const end = field.indexOf(0);
  try {
    return utf8.decode(end === -1 ? field : field.subarray(0, end));
  } catch {
    return undefined; // the decoder is a fatal one
  }
}

/** Spaces, digits, and then spaces or zeros to the end; none at all is 0. The binary numbers of GNU are not taken. */
function octal(field: Uint8Array): number | undefined {
  const [, digits] = /^ *([0-7]*)[ \0]*$/.exec(latin1(field)) ?? [];
  if (digits === undefined) return undefined;
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}

function sumOf(block: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < TAR_BLOCK_BYTES; index++) {
    sum += index >= 148 && index < 156 ? 32 : (block[index] ?? 0);
  }
  return sum;
}

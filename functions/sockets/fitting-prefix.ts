import { utf8Bytes } from "../../layers/core/store/key-order.ts";
import { TOLD_BYTES_MAX } from "../../layers/people/wire/limits.ts";

/** The first of them, as many as fit into one frame. The first alone always does: it came in one. */
export function fittingPrefix<One extends object>(all: readonly One[]): readonly One[] {
  let bytes = 0;
  const end = all.findIndex((one) => {
    bytes += utf8Bytes(JSON.stringify(one));
    return bytes > TOLD_BYTES_MAX - ENVELOPE_BYTES_MAX;
  });
  return end < 0 ? all : all.slice(0, Math.max(1, end));
}

/** What stands around them in the frame. */
const ENVELOPE_BYTES_MAX = 1_024;

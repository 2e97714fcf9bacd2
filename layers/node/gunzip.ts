import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { malformed } from "../core/workspace/archive-problem.ts";

/**
 * The bytes that were packed. Who leaves it early lets go of where they come from.
 *
 * @throws {ArchiveRefused} of what is no gzip, or ends in the middle.
 */
export async function* gunzip(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const unzipping = createGunzip();
  // What goes wrong on the way is thrown by the loop.
  pipeline(Readable.from(bytes, { objectMode: false }), unzipping, () => undefined);
  try {
    yield* unzipping;
  } catch (error) {
    if (isUnreadable(error)) throw malformed("it is no gzip, or torn off");
    throw error;
  }
}

function isUnreadable(error: unknown): boolean {
  return error instanceof Error && "code" in error && /^Z_/.test(String(error.code));
}

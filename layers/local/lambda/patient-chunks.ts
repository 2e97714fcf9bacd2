import { StreamBroken } from "./invocation.ts";
import { type Patience, PatienceOver } from "./patience.ts";

/**
 * A streamed reply for as long as a front door waits for its pieces. What comes later is read and thrown away, since the
 * function goes on and nobody tells it.
 *
 * @throws {PatienceOver} instead of the piece that takes too long.
 */
export async function* patientChunks(body: AsyncIterable<Buffer>, patience: Patience): AsyncGenerator<Buffer> {
  const chunks = body[Symbol.asyncIterator]();
  try {
    for (let next = await patience.waitFor(chunks.next()); next.done !== true; ) {
      yield next.value;
      next = await patience.waitFor(chunks.next());
    }
  } catch (error) {
    if (error instanceof PatienceOver) void readToEnd(chunks);
    throw error;
  }
}

/** For a function whose reply nobody takes: without a reader it would wait for one until its time is over. */
export async function readToEnd(chunks: AsyncIterator<Buffer>): Promise<void> {
  try {
    for (let next = await chunks.next(); next.done !== true; ) next = await chunks.next();
  } catch (error) {
    if (!(error instanceof StreamBroken || error instanceof PatienceOver)) throw error;
  }
}

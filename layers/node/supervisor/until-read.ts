import type { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { settledWithin } from "../../core/deployment/settled-within.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { PIPES_END_MS, PIPES_LEFT_BYTES_MAX } from "./limits.ts";

/**
 * Waits until all is read that ended processes have left in their pipes: until these are closed, or nothing has come for a
 * second, or more than they hold, since others may have them open that nobody knows of.
 *
 * @param reading.bytes that have come so far. Resolves when nothing keeps more from being read.
 */
export async function untilRead(
  pipes: readonly Readable[],
  { clock, bytes }: { readonly clock: Clock; bytes(): Promise<number> },
): Promise<void> {
  const closes = pipes.map(
    (pipe) => new Promise<void>((resolve) => (pipe.closed ? resolve() : pipe.once("close", resolve))),
  );
  let before = await bytes();
  const bytesMax = before + PIPES_LEFT_BYTES_MAX;
  for (;;) {
    await settledWithin(clock, { work: closes, waitMsMax: PIPES_END_MS });
    // Who stood still for longer is told that the time is over before it has read what came meanwhile.
    await turn();
    const now = await bytes();
    if (pipes.every(({ closed }) => closed) || now === before || now > bytesMax) return;
    before = now;
  }
}

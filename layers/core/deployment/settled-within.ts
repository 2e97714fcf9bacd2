import type { Clock } from "../ports/clock.ts";

/** Waits until all have ended, well or not, and for `waitMsMax` at most. */
export async function settledWithin(
  clock: Clock,
  { work, waitMsMax }: { readonly work: readonly Promise<unknown>[]; readonly waitMsMax: number },
): Promise<void> {
  const settled = new AbortController();
  await Promise.race([Promise.allSettled(work), clock.sleep(waitMsMax, settled.signal)]);
  settled.abort();
}

import type { Clock } from "../core/ports/clock.ts";
import type { HttpServer } from "./http-server.ts";
import type { DrainSteps } from "./limits.ts";

/** How often it is looked whether the last call has ended. */
const LOOK_INTERVAL_MS = 20;

/**
 * Lets a server's calls finish and closes it, within `steps.endMs` whatever the calls do.
 *
 * @param refuseCalls told when the notice is over: what comes then is no longer served.
 */
export async function drainServer(
  server: HttpServer,
  {
    clock,
    steps,
    refuseCalls,
  }: { readonly clock: Clock; readonly steps: DrainSteps; readonly refuseCalls: () => void },
): Promise<void> {
  const startedMs = performance.now();
  const leftMs = (untilMs: number): number => Math.max(0, untilMs - (performance.now() - startedMs));
  const allEnded = async (untilMs: number): Promise<void> => {
    while (server.openCallCount() > 0 && leftMs(untilMs) > 0) await clock.sleep(LOOK_INTERVAL_MS);
  };
  server.startDraining();
  await clock.sleep(steps.noticeMs);
  refuseCalls();
  await allEnded(steps.dismissMs);
  if (server.openCallCount() > 0) {
    server.dismissCalls();
    await clock.sleep(steps.stopMs);
  }
  // Replies may still be on their way to a slow reader.
  const closed = new AbortController();
  await Promise.race([server.close(), clock.sleep(leftMs(steps.endMs), closed.signal)]);
  closed.abort();
  await server.close({ cut: true });
}

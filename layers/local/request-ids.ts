import type { Clock } from "../core/ports/clock.ts";

/**
 * Names the calls of one process, so that a log line or a fault can be found by what its caller was told. They are no
 * secret, and `node:crypto` would cost every start its 8 ms.
 *
 * @param pid no two processes of a machine have the same at one time.
 */
export function requestIds(clock: Clock, pid: number): () => string {
  const process = `${clock.nowMs().toString(36)}-${pid.toString(36)}`;
  let count = 0;
  return () => `${process}-${(++count).toString(36)}`;
}

import { type Chance, randomShare } from "../ports/chance.ts";
import type { Clock } from "../ports/clock.ts";
import { type Result, refused } from "../result.ts";
import { WRITE_ATTEMPTS_MAX, WRITE_PAUSE_MS_MAX } from "./limits.ts";
import type { UserSession } from "./user-session.ts";
import type { UserSessionProblem } from "./user-session-problem.ts";
import type { WriteLost } from "./user-session-store.ts";

/**
 * Judges and writes again on top of what another writer left, until a write comes through, a refusal is certain, or
 * attempts or the caller's time are used up. The pause between attempts is random, so that writers drift apart.
 */
export async function untilWritten<T>(
  ports: { readonly clock: Clock; readonly chance: Chance },
  first: UserSession | undefined,
  attempt: (current: UserSession | undefined) => Promise<Result<T, UserSessionProblem | WriteLost>>,
  signal: AbortSignal,
): Promise<Result<T, UserSessionProblem>> {
  let current = first;
  for (let count = 1; count <= WRITE_ATTEMPTS_MAX && !signal.aborted; count++) {
    const outcome = await attempt(current);
    if (outcome.ok) return outcome;
    if (outcome.problem.reason !== "write_lost") return refused(outcome.problem);
    current = outcome.problem.current;
    const pauseMsMax = Math.min(WRITE_PAUSE_MS_MAX, 2 ** (count - 1));
    await ports.clock.sleep(pauseMsMax * randomShare(ports.chance), signal);
  }
  return refused({ reason: "user_session_contended" });
}

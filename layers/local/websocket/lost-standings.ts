import { inParallel } from "../../core/in-parallel.ts";
import type { Principal } from "../../core/tenant/principal.ts";
import type { StandingLost, StandingOf } from "../../core/tenant/standing.ts";
import type { HeldSocket } from "./held-socket.ts";

export interface LostSocket {
  readonly held: HeldSocket;
  readonly code: StandingLost["reason"];
}

/** Reads of API keys at a time; all else that is looked up is known. */
const LOOKED_UP_AT_ONCE = 8;

/** Those whose holders may no longer be there. Each holder is looked up once, however many connections they have. */
export async function lostStandings(
  standingOf: StandingOf,
  sockets: Iterable<HeldSocket>,
): Promise<readonly LostSocket[]> {
  const holders = new Map<string, { readonly principal: Principal; readonly held: HeldSocket[] }>();
  for (const held of sockets) {
    const { principal } = held;
    if (principal === undefined) continue;
    const name = `${principal.tenantId} ${principal.credential} ${principal.role} ${principal.subject}`;
    const holder = holders.get(name);
    if (holder === undefined) holders.set(name, { principal, held: [held] });
    else holder.held.push(held);
  }
  const lost: LostSocket[] = [];
  await inParallel([...holders.values()], { parallelMax: LOOKED_UP_AT_ONCE }, async ({ principal, held }) => {
    const standing = await standingOf(principal);
    if (standing.ok) return;
    for (const one of held) lost.push({ held: one, code: standing.problem.reason });
  });
  return lost;
}

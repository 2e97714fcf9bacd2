import type { Role } from "../tenant/role.ts";
import type { ConnectionPage } from "./connection-ends.ts";
import { PRESENCE_CONNECTIONS_MAX } from "./limits.ts";

export interface PresentMember {
  readonly subject: string;
  /** Of the connection that has been there longest. */
  readonly role: Role;
  readonly connections: number;
  /** Since when at least one of the connections that are there now is. */
  readonly sinceEpochMs: number;
}

export interface Presence {
  /** By subject, in the order of their texts. */
  readonly members: readonly PresentMember[];
  /** False where the tenant has more connections than one answer is made of. */
  readonly isWhole: boolean;
}

/** Counts those of the pages whose gateways live. What is over was not there: it is handed on once all is read. */
export async function presenceOf(
  pages: AsyncIterable<ConnectionPage>,
): Promise<Presence & Pick<ConnectionPage, "over">> {
  const members = new Map<string, PresentMember>();
  const over: ConnectionPage["over"][number][] = [];
  let count = 0;
  let isWhole = true;
  for await (const page of pages) {
    over.push(...page.over);
    for (const { subject, role, connectedAtEpochMs: sinceEpochMs } of page.connections) {
      const known = members.get(subject);
      const isLonger = known === undefined || sinceEpochMs < known.sinceEpochMs;
      const longest = isLonger ? { subject, role, sinceEpochMs } : known;
      members.set(subject, { ...longest, connections: (known?.connections ?? 0) + 1 });
    }
    count += page.connections.length;
    isWhole = count < PRESENCE_CONNECTIONS_MAX;
    if (!isWhole) break;
  }
  return { members: [...members.values()].sort(bySubject), isWhole, over };
}

function bySubject({ subject: a }: PresentMember, { subject: b }: PresentMember): number {
  return a < b ? -1 : 1;
}

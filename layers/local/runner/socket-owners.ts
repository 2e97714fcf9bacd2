import type { ListeningSocket } from "./listening-sockets.ts";

/** Tells which run listens on which socket, and looks through a process's descriptors only for a socket that is new. */
export interface SocketOwners {
  /** @param pidsOf the processes of each run, by the run's marker. */
  sort(
    sockets: readonly ListeningSocket[],
    pidsOf: ReadonlyMap<string, readonly number[]>,
  ): ReadonlyMap<string, readonly ListeningSocket[]>;
}

export function socketOwners(socketsOf: (pid: number) => readonly string[]): SocketOwners {
  /** Undefined for a socket of nobody's here. */
  let known = new Map<string, string | undefined>();
  return {
    sort(sockets, pidsOf) {
      const isNew = sockets.some(({ inode }) => !known.has(inode));
      const found = isNew ? ownersNow(pidsOf) : new Map<string, string>();
      known = new Map(sockets.map(({ inode }) => [inode, known.get(inode) ?? found.get(inode)]));
      const owned = new Map<string, ListeningSocket[]>();
      for (const socket of sockets) {
        const marker = known.get(socket.inode);
        if (marker === undefined) continue;
        const those = owned.get(marker);
        if (those === undefined) owned.set(marker, [socket]);
        else those.push(socket);
      }
      return owned;
    },
  };

  function ownersNow(pidsOf: ReadonlyMap<string, readonly number[]>): ReadonlyMap<string, string> {
    const owners = new Map<string, string>();
    for (const [marker, pids] of pidsOf) {
      for (const pid of pids) for (const inode of socketsOf(pid)) owners.set(inode, marker);
    }
    return owners;
  }
}

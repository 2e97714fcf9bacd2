interface Busy {
  busyMicroseconds: number;
  add(usage: { readonly cpuMicroseconds: number }): void;
}

/**
 * Shares processor time out by how long each was busy, in whole microseconds whose sum is the whole, and begins each
 * one's busy time anew. No more is shared out than they were busy for: what the process did besides is nobody's.
 */
export function shareProcessorTime(usedMicroseconds: number, among: readonly Busy[]): void {
  const busy = among.filter(({ busyMicroseconds }) => busyMicroseconds > 0);
  const allBusy = busy.reduce((sum, { busyMicroseconds }) => sum + busyMicroseconds, 0);
  const shared = Math.floor(Math.min(Math.max(0, usedMicroseconds), allBusy));
  let busySoFar = 0;
  let sharedSoFar = 0;
  for (const one of busy) {
    busySoFar += one.busyMicroseconds;
    const upToHere = Math.floor(shared * (busySoFar / allBusy));
    one.add({ cpuMicroseconds: upToHere - sharedSoFar });
    one.busyMicroseconds = 0;
    sharedSoFar = upToHere;
  }
}

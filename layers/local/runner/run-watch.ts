import type { HostedRun } from "./hosted-run.ts";
import {
  CLOSE_LOOK_INTERVAL_MS,
  GLANCE_GROWTH_MAX,
  GLANCE_INTERVAL_MS,
  LOOKS_PER_WHOLE_LOOK,
  SOCKET_LOOK_INTERVAL_MS,
  SOCKET_LOOK_REST_SHARE,
} from "./limits.ts";
import { type ListeningSocket, listeningSockets } from "./listening-sockets.ts";
import { type ProcessTable, socketsOf } from "./process-table.ts";
import { runMembers } from "./run-members.ts";
import { type SocketOwners, socketOwners } from "./socket-owners.ts";

export interface WatchParts {
  readonly table: ProcessTable;
  readonly folderMark: string;
  /** Between two looks while nothing is urgent. */
  readonly intervalMs: number;
  /** Those that have not ended, by their marker. */
  readonly runs: ReadonlyMap<string, HostedRun>;
  /** Whose port it is, by their marker. */
  readonly portHolders: ReadonlyMap<number, string>;
  report(fault: unknown): void;
}

/** Looks at the machine's processes for as long as there are runs, and brings each run what is its own. */
export class RunWatch {
  readonly #parts: WatchParts;
  readonly #members: ReturnType<typeof runMembers>;
  readonly #owners: SocketOwners = socketOwners(socketsOf);
  #timer: NodeJS.Timeout | undefined;
  #dueAtMs = 0;
  #threadCount = 0;
  #isLooking = false;
  #isHurried = false;
  #lookCount = 0;
  #socketsDueAtMs = 0;

  constructor(parts: WatchParts) {
    this.#parts = parts;
    this.#members = runMembers(parts.table, parts.folderMark);
  }

  /** To be called when a run is added: where there was none, nobody looks. */
  wake(): void {
    if (!this.#isLooking && this.#timer === undefined) this.#schedule();
  }

  /** Looks soon. */
  hurry(): void {
    this.#isHurried = true;
    if (!this.#isLooking) this.#schedule();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#isLooking = true;
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { runs, intervalMs, table } = this.#parts;
    if (runs.size === 0) return;
    const isUrgent = [...runs.values()].some((run) => run.isUrgent);
    const waitMs = Math.min(intervalMs, isUrgent ? CLOSE_LOOK_INTERVAL_MS : intervalMs);
    this.#dueAtMs = performance.now() + (this.#isHurried ? 0 : waitMs);
    this.#threadCount = table.threadCount() ?? 0;
    this.#glanceOn();
  }

  /** Waits for the next look, with an eye on how many there are. */
  #glanceOn(): void {
    const leftMs = this.#dueAtMs - performance.now();
    const growth = (this.#parts.table.threadCount() ?? 0) - this.#threadCount;
    if (leftMs <= 0 || growth > GLANCE_GROWTH_MAX) this.#timer = setTimeout(() => void this.#look(), 0);
    else this.#timer = setTimeout(() => this.#glanceOn(), Math.min(leftMs, GLANCE_INTERVAL_MS));
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    this.#isHurried = false;
    try {
      await this.#lookAtAll();
    } catch (fault) {
      this.#parts.report(fault);
    }
    this.#isLooking = false;
    this.#schedule();
  }

  async #lookAtAll(): Promise<void> {
    const { table, runs, portHolders } = this.#parts;
    const isWhole = ++this.#lookCount % LOOKS_PER_WHOLE_LOOK === 0;
    const leaders = new Map<number, string>();
    for (const [marker, { leaderPid }] of runs) if (leaderPid !== undefined) leaders.set(leaderPid, marker);
    const skipped = isWhole ? new Set<number>() : new Set(this.#members.strangers());
    for (const pid of leaders.keys()) skipped.delete(pid);
    const members = this.#members.sort(await table.read(skipped), leaders, skipped);
    const sockets = performance.now() >= this.#socketsDueAtMs ? this.#socketsOf(members) : undefined;
    for (const [marker, run] of runs) {
      run.look({
        members: members.get(marker) ?? [],
        listening: sockets === undefined ? undefined : (sockets.get(marker) ?? []),
        proportionalBytes: table.proportionalBytes,
        isOthers: (port) => (portHolders.get(port) ?? marker) !== marker,
      });
    }
  }

  #socketsOf(
    members: ReadonlyMap<string, readonly { readonly pid: number }[]>,
  ): ReadonlyMap<string, readonly ListeningSocket[]> | undefined {
    const pids = new Map([...members].map(([marker, rows]) => [marker, rows.map(({ pid }) => pid)]));
    const startedMs = performance.now();
    const sockets = listeningSockets();
    const owned = sockets === undefined ? undefined : this.#owners.sort(sockets, pids);
    const tookMs = performance.now() - startedMs;
    this.#socketsDueAtMs = performance.now() + Math.max(SOCKET_LOOK_INTERVAL_MS, SOCKET_LOOK_REST_SHARE * tookMs);
    return owned;
  }
}

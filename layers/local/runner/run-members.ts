import type { ProcessRow, ProcessTable } from "./process-table.ts";
import { RUN_MARKER } from "./run-environment.ts";

/** Tells which run each process of the machine belongs to, from look to look. */
export interface RunMembers {
  /**
   * @param leaders the first process of each run, with the run's marker.
   * @param skipped who was not looked at and counts as what it was.
   */
  sort(
    rows: readonly ProcessRow[],
    leaders: ReadonlyMap<number, string>,
    skipped?: ReadonlySet<number>,
  ): ReadonlyMap<string, readonly ProcessRow[]>;
  /** Those of the last look that are of no run. */
  strangers(): ReadonlySet<number>;
}

interface Known {
  readonly startedAt: string;
  readonly marker: string | undefined;
}

/**
 * A process belongs to the run that its parent belongs to, or whose group it is in, or whose marker it was started with;
 * and from then on for as long as it lives, whoever its parent becomes.
 *
 * Not promised: that a process is found that clears its environment, leaves its group and loses its parent, all between
 * two looks. Where a run has process ids of its own, its parent is never another's, and so it is.
 */
export function runMembers(table: Pick<ProcessTable, "environmentOf">, folderMark: string): RunMembers {
  let known = new Map<number, Known>();
  return {
    strangers: () => new Set([...known].filter(([, { marker }]) => marker === undefined).map(([pid]) => pid)),
    sort(rows, leaders, skipped = new Set()) {
      const byPid = new Map(rows.map((row) => [row.pid, row]));
      const next = new Map([...known].filter(([pid]) => skipped.has(pid)));
      for (const row of rows) recognise(row, { byPid, leaders, next });
      known = next;
      const members = new Map<string, ProcessRow[]>();
      for (const row of rows) {
        const marker = next.get(row.pid)?.marker;
        if (marker === undefined) continue;
        const those = members.get(marker);
        if (those === undefined) members.set(marker, [row]);
        else those.push(row);
      }
      return members;
    },
  };

  function recognise(row: ProcessRow, look: Look): string | undefined {
    const done = look.next.get(row.pid);
    if (done !== undefined) return done.marker;
    const before = known.get(row.pid);
    const isSame = before !== undefined && before.startedAt === row.startedAt;
    // Said first, so that a circle of parents, which a look that takes time can show, ends.
    look.next.set(row.pid, { startedAt: row.startedAt, marker: isSame ? before.marker : undefined });
    if (isSame && before.marker !== undefined) return before.marker;
    const marker = look.leaders.get(row.pid) ?? inherited(row, look) ?? (isSame ? undefined : marked(row.pid));
    look.next.set(row.pid, { startedAt: row.startedAt, marker });
    return marker;
  }

  function inherited(row: ProcessRow, look: Look): string | undefined {
    const parent = look.byPid.get(row.parentPid);
    const ofParent = parent === undefined ? undefined : recognise(parent, look);
    return ofParent ?? look.leaders.get(row.groupId);
  }

  function marked(pid: number): string | undefined {
    const marker = markerIn(table.environmentOf(pid));
    return marker?.startsWith(folderMark) === true ? marker : undefined;
  }
}

interface Look {
  readonly byPid: ReadonlyMap<number, ProcessRow>;
  readonly leaders: ReadonlyMap<number, string>;
  readonly next: Map<number, Known>;
}

function markerIn(environment: string | undefined): string | undefined {
  const entry = environment?.split("\0").find((each) => each.startsWith(`${RUN_MARKER}=`));
  return entry?.slice(RUN_MARKER.length + 1);
}

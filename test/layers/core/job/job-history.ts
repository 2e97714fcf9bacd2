import type { Item, Table } from "../../../../layers/core/ports/table.ts";

/** A change of a job as it was stored. */
interface JobChange {
  readonly jobId: string;
  readonly state: string;
  readonly term: number;
  readonly drive: number;
  readonly revision: number;
}

const ENDS = ["succeeded", "failed", "cancelled"];
/** From where to where, but for a redrive. */
const STEPS: Readonly<Record<string, readonly string[]>> = {
  none: ["queued", "void"],
  void: ["void"],
  queued: ["running", "cancelled", "failed"],
  running: ["running", "queued", "waiting", ...ENDS],
  waiting: ["waiting", "queued", "cancelled", "failed"],
};

/** Writes down every change that is stored, and holds each against what must always be so. */
export interface JobHistory {
  readonly table: Table;
  /** What was wrong. */
  readonly violations: readonly string[];
  /** The last state of each job that was ever stored. */
  readonly jobs: ReadonlyMap<string, JobChange>;
  /** How often each job ended. */
  readonly endings: ReadonlyMap<string, number>;
  /** Of each job that was made: its title, and when it was to be ready at first. */
  readonly made: readonly string[];
  openEntries(): number;
  violate(what: string): void;
}

export function jobHistory(table: Table, limits: { readonly jobsInFlight: number }): JobHistory {
  const violations: string[] = [];
  const jobs = new Map<string, JobChange>();
  const endings = new Map<string, number>();
  const made: string[] = [];
  const entries = new Set<string>();
  const marks = new Set<string>();
  const tenantOf = (pk: string): string => pk.split("#")[1] ?? "";
  const kindOf = (pk: string): string => pk.split("#")[2] ?? "";

  function sawJob(item: Item): void {
    const { sk: jobId, state, term = 0, drive = 0, revision = 0 } = item;
    if (typeof state !== "string" || typeof term !== "number") return void violations.push(`${jobId} has no state`);
    if (typeof drive !== "number" || typeof revision !== "number") return void violations.push(`${jobId} has no drive`);
    const before = jobs.get(jobId);
    const now = { jobId, state, term, drive, revision };
    jobs.set(jobId, now);
    if (before === undefined) made.push(`${item.pk} ${item.title} ${item.readyAtEpochMs}`);
    sawStep(before ?? { ...now, state: "none", term: 0, revision: 0 }, now);
    const isOpen = state !== "void" && !ENDS.includes(state);
    if (isOpen && !entries.has(`${tenantOf(item.pk)}/${jobId}#${drive}`))
      violations.push(`${jobId} is open without an entry`);
    if (isOpen && !marks.has(tenantOf(item.pk))) violations.push(`${jobId} is open and its tenant has no mark`);
  }

  function sawStep(before: JobChange, now: JobChange): void {
    const { jobId } = now;
    const isRedrive = before.state === "failed" && now.state === "queued" && now.drive === before.drive + 1;
    const isCountedUp = before.state === "failed" && now.state === "failed" && now.drive === before.drive + 1;
    const isSameEnd = ENDS.includes(before.state) && !isRedrive && !isCountedUp;
    if (isSameEnd) violations.push(`${jobId} changed after its end: ${before.state} to ${now.state}`);
    const isStep = isRedrive || isCountedUp || STEPS[before.state]?.includes(now.state) || before.state === now.state;
    if (!isStep) violations.push(`${jobId} went from ${before.state} to ${now.state}`);
    if (now.revision < before.revision) violations.push(`${jobId} went back`);
    const isClaim = now.term !== before.term;
    if (isClaim && (now.term !== before.term + 1 || now.state !== "running"))
      violations.push(`${jobId} has a term from nowhere`);
    if (ENDS.includes(now.state) && !ENDS.includes(before.state)) endings.set(jobId, (endings.get(jobId) ?? 0) + 1);
  }

  function saw(item: Item): void {
    const kind = kindOf(item.pk);
    if (kind === "JOB") sawJob(item);
    if (kind === "JOB-MARK") marks.add(item.sk);
    if (kind !== "JOB-OPEN") return;
    entries.add(`${tenantOf(item.pk)}/${item.sk}`);
    const count = [...entries].filter((name) => name.startsWith(`${tenantOf(item.pk)}/`)).length;
    if (count > limits.jobsInFlight) violations.push(`${tenantOf(item.pk)} has ${count} open jobs`);
  }

  return {
    violations,
    jobs,
    endings,
    made,
    openEntries: () => entries.size,
    violate: (what) => violations.push(what),
    table: {
      get: (...of) => table.get(...of),
      query: (range) => table.query(range),
      async put(item, condition) {
        const written = await table.put(item, condition);
        if (written.ok) saw(item);
        return written;
      },
      async update(key, change, condition) {
        const written = await table.update(key, change, condition);
        if (written.ok) saw(written.value);
        return written;
      },
      async delete(key, condition) {
        const deleted = await table.delete(key, condition);
        if (!deleted.ok) return deleted;
        if (kindOf(key.pk) === "JOB-OPEN") entries.delete(`${tenantOf(key.pk)}/${key.sk}`);
        if (kindOf(key.pk) === "JOB-MARK") marks.delete(key.sk);
        return deleted;
      },
    },
  };
}

import * as z from "zod";
import type { Clock } from "../ports/clock.ts";
import type { Item, Table } from "../ports/table.ts";
import type { Quotas } from "../quota/quotas.ts";
import { jobEntryKey, recordPartition } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { type JobId, parseJobId } from "./job-id.ts";
import { ENTRIES_PAGE, ENTRY_PAGES_MAX, QUEUE_DELAY_MS_MAX, RESEND_MS } from "./limits.ts";

/** Which life of a job an entry stands for. */
export interface Driven {
  readonly jobId: JobId;
  readonly drive: number;
}

/** There as long as a job has not ended, and holds its place of the quota. */
export interface JobEntry extends Driven {
  readonly openedAtEpochMs: number;
  /** The sweeper does not look at the job before. */
  readonly lookAtEpochMs: number;
  /** How often it was sent again in this term, for which it waits ever longer. */
  readonly resends: number;
  readonly term: number;
}

/** What lies among the entries is none. */
export class JobEntryCorrupt extends Error {
  readonly code = "job_entry_corrupt";
  constructor(tenantId: TenantId, name: string) {
    super(`the entry ${name} of an open job of ${tenantId} can't be read`);
    this.name = "JobEntryCorrupt";
  }
}

function makeSchema() {
  const count = z.int().min(0);
  return z.object({
    jobId: z.string(),
    drive: z.int().min(1),
    openedAtEpochMs: z.number(),
    lookAtEpochMs: z.number(),
    resends: count,
    term: count,
  });
}

let schema: ReturnType<typeof makeSchema> | undefined;

/**
 * The entries of open jobs. One is written before its job, after its place of the quota was taken, and whoever deletes it
 * gives the place back, and nobody else does. So a crash leaves the count too high, never too low, and its number is what
 * the count is repaired by.
 */
export class JobEntries {
  readonly #table: Table;
  readonly #quotas: Quotas;
  readonly #clock: Clock;
  readonly #report: (fault: unknown) => void;

  constructor(deps: {
    readonly table: Table;
    readonly quotas: Quotas;
    readonly clock: Clock;
    readonly report: (fault: unknown) => void;
  }) {
    this.#report = deps.report;
    this.#table = deps.table;
    this.#quotas = deps.quotas;
    this.#clock = deps.clock;
  }

  /** False where there is one already, which holds a place of its own. */
  async open(tenantId: TenantId, { jobId, drive }: Driven, lookAtEpochMs: number): Promise<boolean> {
    const openedAtEpochMs = this.#clock.nowMs();
    const entry = { jobId, drive, openedAtEpochMs, lookAtEpochMs, resends: 0, term: 0 };
    return (await this.#table.put({ ...jobEntryKey(tenantId, entry), ...entry }, { if: "absent" })).ok;
  }

  /** Of a job that has ended, or that can't be made any more. Only one of those who come gives the place back. */
  async close(tenantId: TenantId, driven: Driven): Promise<void> {
    // Read before: a count that is repaired from here on may be one without this entry.
    const place = await this.#quotas.placeNow(tenantId, "jobsInFlight");
    const deleted = await this.#table.delete(jobEntryKey(tenantId, driven), { if: "present" });
    if (deleted.ok) await this.#quotas.giveBack(tenantId, "jobsInFlight", place);
  }

  /** Where another sweeper has put it off meanwhile nothing is done. */
  async putOff(
    tenantId: TenantId,
    entry: JobEntry,
    until: Pick<JobEntry, "lookAtEpochMs" | "resends" | "term">,
  ): Promise<void> {
    await this.#table.update(
      jobEntryKey(tenantId, entry),
      { set: { lookAtEpochMs: until.lookAtEpochMs, resends: until.resends, term: until.term } },
      { if: "equals", attribute: "lookAtEpochMs", value: entry.lookAtEpochMs },
    );
  }

  /** By pages, in the order of the submissions. One that can't be read is told of, and holds up no other. */
  async *pages(tenantId: TenantId): AsyncGenerator<readonly JobEntry[]> {
    for await (const items of this.#itemPages(tenantId)) {
      yield items.flatMap((item) => {
        const entry = readEntry(item);
        if (entry === undefined) this.#report(new JobEntryCorrupt(tenantId, item.sk));
        return entry ?? [];
      });
    }
  }

  /** How many jobs of a tenant have not ended: for the repair of the count. */
  async count(tenantId: TenantId): Promise<number> {
    let count = 0;
    for await (const items of this.#itemPages(tenantId)) count += items.length;
    return count;
  }

  /** The bound is far above any quota. */
  async *#itemPages(tenantId: TenantId): AsyncGenerator<readonly Item[]> {
    let cursor: string | undefined;
    for (let page = 1; page <= ENTRY_PAGES_MAX; page++) {
      const range = { pk: recordPartition(tenantId, "JOB-OPEN"), limit: ENTRIES_PAGE };
      const read = await this.#table.query(cursor === undefined ? range : { ...range, cursor });
      yield read.items;
      if (read.cursor === undefined) return;
      cursor = read.cursor;
    }
    throw new JobEntriesEndless();
  }
}

/** A job that the queue can't hold back so long is sent once it can; of any other the message may be lost. */
export function firstLookAt(readyAtEpochMs: number, nowEpochMs: number): number {
  const isFar = readyAtEpochMs - nowEpochMs > QUEUE_DELAY_MS_MAX;
  return isFar ? readyAtEpochMs - QUEUE_DELAY_MS_MAX : Math.max(readyAtEpochMs, nowEpochMs) + RESEND_MS;
}

/** More than any quota allows. */
export class JobEntriesEndless extends Error {
  readonly code = "job_entries_endless";
  constructor() {
    super(`a tenant has more than ${ENTRY_PAGES_MAX} pages of open jobs`);
    this.name = "JobEntriesEndless";
  }
}

function readEntry(item: Item): JobEntry | undefined {
  schema ??= makeSchema();
  const parsed = schema.safeParse(item);
  const jobId = parseJobId(parsed.data?.jobId);
  return parsed.success && jobId.ok ? { ...parsed.data, jobId: jobId.value } : undefined;
}

import type { Clock } from "../ports/clock.ts";
import type { Item, Table } from "../ports/table.ts";
import { jobMarkKey, jobMarkPartition } from "../store/keys.ts";
import { FLEET_TENANT, parseTenantId, type TenantId } from "../tenant/tenant-id.ts";
import { JOB_MARK_FRESH_MS, JOB_MARK_KEPT_MS, JOB_MARKS_REMEMBERED_MAX, SWEEP_MARKS_PAGE } from "./limits.ts";

export interface JobMark {
  readonly region: string;
  readonly tenantId: TenantId;
  readonly markedAtEpochMs: number;
}

/** A mark that nobody here has made. */
export class JobMarkCorrupt extends Error {
  readonly code = "job_mark_corrupt";
  constructor(name: string) {
    super(`the mark ${name} of a tenant with jobs can't be read`);
    this.name = "JobMarkCorrupt";
  }
}

/**
 * Which tenants a region's sweeper has to look at: those that may have open jobs, schedules, or questions that people
 * are asked.
 *
 * A process marks a tenant after it has written something that the sweeper has to find, and remembers that for some
 * minutes. A mark that leads to nothing is taken away only when it is older than any process remembers it, so what was
 * written before the process looked at its memory is always led to: as long as clocks differ by less than ten minutes.
 */
export class JobMarks {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #region: string;
  /** When each tenant was marked by this process; the longest ago first. */
  readonly #made = new Map<TenantId, number>();

  constructor(deps: { readonly table: Table; readonly clock: Clock; readonly region: string }) {
    this.#table = deps.table;
    this.#clock = deps.clock;
    this.#region = deps.region;
  }

  /** To be called once the entry or the schedule is written. */
  async mark(tenantId: TenantId): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const madeMs = this.#made.get(tenantId);
    if (madeMs !== undefined && nowMs >= madeMs && nowMs - madeMs < JOB_MARK_FRESH_MS) return;
    const key = jobMarkKey(FLEET_TENANT, { region: this.#region, of: tenantId });
    await this.#table.put({ ...key, tenantId, markedAtEpochMs: nowMs });
    this.#remember(tenantId, nowMs);
  }

  /** The marks of a region after a tenant's, in a lasting order. One that can't be read is told of, and holds up no other. */
  async page(
    region: string,
    { after, report }: { readonly after: string | undefined; readonly report: (fault: JobMarkCorrupt) => void },
  ): Promise<{ readonly marks: readonly JobMark[]; readonly last: string | undefined }> {
    const { items } = await this.#table.query({
      pk: jobMarkPartition(FLEET_TENANT, region),
      ...(after !== undefined && { after }),
      limit: SWEEP_MARKS_PAGE,
    });
    const marks = items.flatMap((item) => {
      const mark = readMark(region, item);
      if (mark === undefined) report(new JobMarkCorrupt(item.sk));
      return mark ?? [];
    });
    return { marks, last: items.at(-1)?.sk };
  }

  /** Of a tenant that has nothing to look after: read after the mark was. */
  async removeIfOld({ region, tenantId, markedAtEpochMs }: JobMark): Promise<void> {
    if (this.#clock.nowMs() - markedAtEpochMs < JOB_MARK_KEPT_MS) return;
    const unchanged = { if: "equals", attribute: "markedAtEpochMs", value: markedAtEpochMs } as const;
    await this.#table.delete(jobMarkKey(FLEET_TENANT, { region, of: tenantId }), unchanged);
  }

  #remember(tenantId: TenantId, nowMs: number): void {
    this.#made.delete(tenantId);
    this.#made.set(tenantId, nowMs);
    if (this.#made.size <= JOB_MARKS_REMEMBERED_MAX) return;
    for (const oldest of this.#made.keys()) {
      this.#made.delete(oldest);
      return;
    }
  }
}

function readMark(region: string, { tenantId: name, markedAtEpochMs }: Item): JobMark | undefined {
  const tenantId = parseTenantId(name);
  if (!tenantId.ok || typeof markedAtEpochMs !== "number") return undefined;
  return { region, tenantId: tenantId.value, markedAtEpochMs };
}

import type { Clock } from "../ports/clock.ts";
import type { Item, Table } from "../ports/table.ts";
import { projectRunKey, projectRunPartition } from "../store/keys.ts";
import { FLEET_TENANT, parseTenantId, type TenantId } from "../tenant/tenant-id.ts";
import { RUN_KEPT_MS, SWEEP_PAGE_ITEMS, SWEEP_PAGES_MAX } from "./limits.ts";

/** That a run may not have ended: made before the run is written down, deleted after all that it held is given back. */
export interface OpenRunEntry {
  readonly tenantId: TenantId;
  readonly projectId: string;
  readonly runId: string;
  /** That it was given, so that it can be given back also where the run itself was never written down. */
  readonly port?: number;
  readonly madeAtEpochMs: number;
}

/** The runs of a region that somebody has to look after, whatever becomes of who started them. The table has no scans. */
export class OpenRuns {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #region: string;

  constructor({ table, clock, region }: { readonly table: Table; readonly clock: Clock; readonly region: string }) {
    this.#table = table;
    this.#clock = clock;
    this.#region = region;
  }

  async add({ tenantId, projectId, runId, port }: Omit<OpenRunEntry, "madeAtEpochMs">): Promise<void> {
    const madeAtEpochMs = this.#clock.nowMs();
    await this.#table.put({
      ...projectRunKey(FLEET_TENANT, { region: this.#region, of: tenantId, projectId, runId }),
      tenantId,
      projectId,
      runId,
      ...(port !== undefined && { port }),
      madeAtEpochMs,
      expiresAtEpochSeconds: Math.ceil((madeAtEpochMs + RUN_KEPT_MS) / 1_000),
    });
  }

  async remove(tenantId: TenantId, { projectId, runId }: Pick<OpenRunEntry, "projectId" | "runId">): Promise<void> {
    await this.#table.delete(projectRunKey(FLEET_TENANT, { region: this.#region, of: tenantId, projectId, runId }));
  }

  /** Of all tenants, those of one tenant together, some at a time. */
  async *pages(): AsyncGenerator<readonly OpenRunEntry[]> {
    let cursor: string | undefined;
    for (let page = 0; page < SWEEP_PAGES_MAX; page++) {
      const range = { pk: projectRunPartition(FLEET_TENANT, this.#region), limit: SWEEP_PAGE_ITEMS };
      const read = await this.#table.query(cursor === undefined ? range : { ...range, cursor });
      yield read.items.map(entryOf);
      if (read.cursor === undefined) return;
      cursor = read.cursor;
    }
  }
}

/** An entry that nobody here has made. */
export class OpenRunCorrupt extends Error {
  readonly code = "open_run_corrupt";
  constructor(sk: string) {
    super(`the entry ${sk} of an open run can't be read`);
    this.name = "OpenRunCorrupt";
  }
}

function entryOf({ sk, projectId, runId, port, madeAtEpochMs, tenantId: of }: Item): OpenRunEntry {
  const tenantId = parseTenantId(of);
  const isWhole = typeof projectId === "string" && typeof runId === "string" && typeof madeAtEpochMs === "number";
  if (!tenantId.ok || !isWhole) throw new OpenRunCorrupt(sk);
  const run = { tenantId: tenantId.value, projectId, runId, madeAtEpochMs };
  return typeof port === "number" ? { ...run, port } : run;
}

import type { Clock } from "../ports/clock.ts";
import { nowEpochSeconds } from "../ports/clock.ts";
import type { Item, Table } from "../ports/table.ts";
import { projectLogClearedKey, projectLogRunKey, recordPartition } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { KEPT_MS, NOTED_RUNS_MAX } from "./limits.ts";

/** A run whose lines lie in a place of its own. */
export interface NotedRun {
  readonly runId: string;
  /** What whoever keeps the lines calls that place. */
  readonly place: string;
  readonly notedAtEpochMs: number;
}

/**
 * Which runs of a project have left lines, where those are not kept by project: written down as a run is started, for as
 * long as its lines may be kept.
 */
export class LogBook {
  readonly #table: Table;
  readonly #clock: Clock;

  constructor(ports: { readonly table: Table; readonly clock: Clock }) {
    this.#table = ports.table;
    this.#clock = ports.clock;
  }

  /** Once or again. @param run over after `lifetimeMs` at the latest. */
  async note(
    tenantId: TenantId,
    run: { readonly projectId: string; readonly runId: string; readonly place: string; readonly lifetimeMs: number },
  ): Promise<void> {
    const keptSeconds = Math.ceil((run.lifetimeMs + KEPT_MS) / 1_000);
    const notedAtEpochMs = this.#clock.nowMs();
    const expiresAtEpochSeconds = nowEpochSeconds(this.#clock) + keptSeconds;
    const item = { ...projectLogRunKey(tenantId, run), place: run.place, notedAtEpochMs, expiresAtEpochSeconds };
    await this.#table.put(item, { if: "absent" });
  }

  /** The last few, the oldest first. */
  async runs(tenantId: TenantId, projectId: string): Promise<readonly NotedRun[]> {
    const prefix = projectLogRunKey(tenantId, { projectId, runId: "" }).sk;
    const items = await this.#items(tenantId, prefix);
    const runs = items.flatMap((item) => parseRun(item, prefix));
    const inOrder = runs.sort((a, b) => a.notedAtEpochMs - b.notedAtEpochMs || (a.runId < b.runId ? -1 : 1));
    return inOrder.slice(-NOTED_RUNS_MAX);
  }

  /** Lines up to now are over. */
  async clear(tenantId: TenantId, projectId: string): Promise<void> {
    const clearedAtEpochMs = this.#clock.nowMs();
    const expiresAtEpochSeconds = nowEpochSeconds(this.#clock) + Math.ceil(KEPT_MS / 1_000);
    await this.#table.put({ ...projectLogClearedKey(tenantId, projectId), clearedAtEpochMs, expiresAtEpochSeconds });
  }

  async clearedAtEpochMs(tenantId: TenantId, projectId: string): Promise<number | undefined> {
    const item = await this.#table.get(projectLogClearedKey(tenantId, projectId));
    return typeof item?.clearedAtEpochMs === "number" ? item.clearedAtEpochMs : undefined;
  }

  /** Those with runs, at most so many. */
  async projects(tenantId: TenantId, limit: number): Promise<readonly string[]> {
    const found = new Set<string>();
    for (const { sk } of await this.#items(tenantId, "")) {
      const [projectId = "", kind] = sk.split("#");
      if (kind === "RUN") found.add(projectId);
    }
    return [...found].slice(0, limit);
  }

  /** All that stands here of a project. */
  async forget(tenantId: TenantId, projectId: string): Promise<void> {
    const items = await this.#items(tenantId, `${projectId}#`);
    await Promise.all(items.map(({ pk, sk }) => this.#table.delete({ pk, sk })));
  }

  async #items(tenantId: TenantId, prefix: string): Promise<readonly Item[]> {
    const items: Item[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < PAGES_MAX; page++) {
      const range = { pk: recordPartition(tenantId, "PROJECT-LOG"), prefix, limit: PAGE, ...(cursor && { cursor }) };
      const read = await this.#table.query(range);
      items.push(...read.items);
      cursor = read.cursor;
      if (cursor === undefined) return items;
    }
    return items;
  }
}

const PAGE = 1_000;
/** Of a tenant's runs in three days. */
const PAGES_MAX = 20;

function parseRun({ sk, place, notedAtEpochMs }: Item, prefix: string): readonly NotedRun[] {
  if (typeof place !== "string" || typeof notedAtEpochMs !== "number") return [];
  return [{ runId: sk.slice(prefix.length), place, notedAtEpochMs }];
}

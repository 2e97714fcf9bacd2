import type { Condition, Item, Table } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import { recordPartition, tenantErasureKey, tenantIndexKey, tenantKey } from "../store/keys.ts";
import { TENANT_PAGE_MAX } from "./limits.ts";
import { parseTenant, type Tenant, TenantCorrupt, type TenantTombstone, tenantItem, tombstoneItem } from "./tenant.ts";
import { FLEET_TENANT, parseTenantId, type TenantId } from "./tenant-id.ts";

export interface TenantPage {
  readonly tenants: readonly Tenant[];
  /** Set when more may follow, also where this page has none. */
  readonly cursor?: string;
}

/** Another writer came first, or the record is larger than an item may be. */
export type TenantUnwritten = { readonly reason: "write_lost" } | { readonly reason: "tenant_too_large" };

/** From when on a tenant is to be erased. */
export interface ErasureDue {
  readonly tenantId: TenantId;
  readonly eraseAfterEpochMs: number;
}

/** The tenants' records, the index of them all, and the list of those to be erased. */
export class TenantStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Undefined where there is none, or none any longer. */
  async get(tenantId: TenantId): Promise<Tenant | undefined> {
    const record = await this.record(tenantId);
    return record?.status === "erased" ? undefined : record;
  }

  /** What lies under the tenant's key, also where only a tombstone does. */
  async record(tenantId: TenantId): Promise<Tenant | TenantTombstone | undefined> {
    const item = await this.#table.get(tenantKey(tenantId));
    return item === undefined ? undefined : parseTenant(tenantId, item);
  }

  /**
   * Makes the record where nothing lies under its key. It stands in the index before it is there: so there is none that
   * the index lacks, and a row whose tenant was never made shows nothing.
   */
  async add(tenant: Tenant, writeId: string): Promise<Result<undefined, TenantUnwritten>> {
    await this.#table.put({ ...tenantIndexKey(FLEET_TENANT, tenant.tenantId) });
    return this.#put({ ...tenantItem(tenant), writeId }, { if: "absent" });
  }

  /** Writes the record over the version before it. What is to be erased stands in the list of such before it is. */
  async replace(tenant: Tenant, writeId: string): Promise<Result<undefined, TenantUnwritten>> {
    const { tenantId, eraseAfterEpochMs } = tenant;
    if (eraseAfterEpochMs !== undefined && tenant.erasing === undefined) {
      const due = { atEpochMs: eraseAfterEpochMs, of: tenantId };
      await this.#table.put({ ...tenantErasureKey(FLEET_TENANT, due), tenantId, eraseAfterEpochMs });
    }
    return this.#put({ ...tenantItem(tenant), writeId }, isVersion(tenant.version - 1));
  }

  /** Counts a change of its API keys, where there is such a tenant. The version with it, so that no writer undoes it. */
  async noteKeys(tenantId: TenantId): Promise<void> {
    await this.#table.update(tenantKey(tenantId), { add: { version: 1, keysVersion: 1 } }, { if: "present" });
  }

  /** Writes the tombstone over the version before it. */
  async bury(tombstone: TenantTombstone, writeId: string): Promise<Result<undefined, TenantUnwritten>> {
    return this.#put({ ...tombstoneItem(tombstone), writeId }, isVersion(tombstone.version - 1));
  }

  /** Takes a tenant out of the index, once it is buried. */
  async unlist(tenantId: TenantId): Promise<void> {
    await this.#table.delete(tenantIndexKey(FLEET_TENANT, tenantId));
  }

  /** Those whose grace was over by then, the longest first. One may be listed that has been brought back since. */
  async due(nowEpochMs: number, limit: number): Promise<readonly ErasureDue[]> {
    const { items } = await this.#table.query({
      pk: recordPartition(FLEET_TENANT, "TENANT-ERASURE"),
      before: tenantErasureKey(FLEET_TENANT, { atEpochMs: nowEpochMs + 1, of: "" }).sk,
      limit,
    });
    return items.map(readDue);
  }

  async notDue({ tenantId, eraseAfterEpochMs }: ErasureDue): Promise<void> {
    await this.#table.delete(tenantErasureKey(FLEET_TENANT, { atEpochMs: eraseAfterEpochMs, of: tenantId }));
  }

  /** All tenants in the order of their ids. */
  async list(page: { readonly limit?: number | undefined; readonly cursor?: string | undefined }): Promise<TenantPage> {
    const rows = await this.#table.query({
      pk: recordPartition(FLEET_TENANT, "TENANT-INDEX"),
      limit: Math.min(page.limit ?? TENANT_PAGE_MAX, TENANT_PAGE_MAX),
      ...(page.cursor === undefined ? {} : { after: page.cursor }),
    });
    const read = await Promise.all(rows.items.map(({ sk }) => this.#listed(sk)));
    const tenants = read.filter((tenant) => tenant !== undefined);
    const last = rows.items.at(-1);
    return rows.cursor === undefined || last === undefined ? { tenants } : { tenants, cursor: last.sk };
  }

  async #listed(name: string): Promise<Tenant | undefined> {
    const tenantId = parseTenantId(name);
    return tenantId.ok ? this.get(tenantId.value) : undefined;
  }

  /** A write whose answer was lost is sent again by the store's client, and then meets itself. */
  async #put(item: Item, condition: Condition): Promise<Result<undefined, TenantUnwritten>> {
    const written = await this.#table.put(item, condition);
    if (written.ok) return ok();
    if (written.problem.reason === "item_too_large") return refused({ reason: "tenant_too_large" });
    return written.problem.current?.writeId === item.writeId ? ok() : refused({ reason: "write_lost" });
  }
}

/** @throws {TenantCorrupt} */
function readDue(item: Item): ErasureDue {
  const tenantId = parseTenantId(item.tenantId);
  const eraseAfterEpochMs = item.eraseAfterEpochMs;
  if (!tenantId.ok || typeof eraseAfterEpochMs !== "number") throw new TenantCorrupt(item.sk, { cause: undefined });
  return { tenantId: tenantId.value, eraseAfterEpochMs };
}

function isVersion(value: number): Condition {
  return { if: "equals", attribute: "version", value };
}

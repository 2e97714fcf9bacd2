import * as z from "zod";
import type { ChannelId } from "../message/channel.ts";
import type { Clock } from "../ports/clock.ts";
import type { Condition, Item, Table } from "../ports/table.ts";
import { RecentReads } from "../recent-reads.ts";
import { connectionSpreadKey } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { SPREAD_FRESH_MS, SPREAD_STALE_MS_MAX, SPREADS_REMEMBERED_MAX } from "./limits.ts";
import {
  FIRST_SPREAD,
  grownSpread,
  placedShards,
  type Spread,
  servedShards,
  shardsHearing,
  shrunkSpread,
} from "./spread.ts";

/** What is written of a tenant's spread is none. */
export class SpreadCorrupt extends Error {
  readonly code = "connection_spread_corrupt";
  constructor(tenantId: TenantId, options: { cause: unknown }) {
    super(`how the connections of ${tenantId} are divided can't be read`, options);
    this.name = "SpreadCorrupt";
  }
}

/** The spread of each tenant, some seconds old at most. */
export class ConnectionSpreads {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #reads: RecentReads<TenantId, Spread>;

  constructor({ table, clock }: { readonly table: Table; readonly clock: Clock }) {
    this.#table = table;
    this.#clock = clock;
    this.#reads = new RecentReads({
      read: async (tenantId) => readSpread(tenantId, await table.get(connectionSpreadKey(tenantId))),
      clock,
      freshMs: SPREAD_FRESH_MS,
      staleMsMax: SPREAD_STALE_MS_MAX,
      entriesMax: SPREADS_REMEMBERED_MAX,
    });
  }

  /** Into how many parts a connection is placed now. */
  async placed(tenantId: TenantId): Promise<number> {
    return placedShards(await this.#reads.get(tenantId), this.#clock.nowMs());
  }

  /** How many parts may have connections now. */
  async served(tenantId: TenantId): Promise<number> {
    return servedShards(await this.#reads.get(tenantId), this.#clock.nowMs());
  }

  /** The parts in which somebody may hear a channel that is not a connection's own. */
  async hearing(tenantId: TenantId, channel: ChannelId): Promise<readonly number[]> {
    return shardsHearing(channel, await this.served(tenantId));
  }

  /** After so many people were seen in a part who were placed by the spread as it is. */
  async growFor(tenantId: TenantId, peopleInShard: number): Promise<void> {
    const spread = await this.#reads.get(tenantId);
    await this.#change(tenantId, spread, grownSpread(spread, peopleInShard, this.#clock.nowMs()));
  }

  /** After so many people were seen in all. */
  async shrinkFor(tenantId: TenantId, people: number): Promise<void> {
    const spread = await this.#reads.get(tenantId);
    await this.#change(tenantId, spread, shrunkSpread(spread, people, this.#clock.nowMs()));
  }

  /** Where somebody else has changed it meanwhile, theirs holds. */
  async #change(tenantId: TenantId, before: Spread, after: Spread | undefined): Promise<void> {
    if (after === undefined) return;
    await this.#table.put({ ...connectionSpreadKey(tenantId), ...after }, unchanged(before));
    this.#reads.forget(tenantId);
  }
}

function unchanged({ sinceEpochMs }: Spread): Condition {
  const same: Condition = { if: "equals", attribute: "sinceEpochMs", value: sinceEpochMs };
  return sinceEpochMs === FIRST_SPREAD.sinceEpochMs ? { if: "any", of: [{ if: "absent" }, same] } : same;
}

function makeSchema() {
  const shards = z.int().min(1);
  return z.object({
    shards,
    sinceEpochMs: z.number(),
    before: shards,
    widest: shards,
    widestUntilEpochMs: z.number(),
  });
}

let schema: ReturnType<typeof makeSchema> | undefined;

function readSpread(tenantId: TenantId, item: Item | undefined): Spread {
  if (item === undefined) return FIRST_SPREAD;
  schema ??= makeSchema();
  const parsed = schema.safeParse(item);
  if (!parsed.success) throw new SpreadCorrupt(tenantId, { cause: parsed.error });
  return parsed.data;
}

import type { Chance } from "../../core/ports/chance.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { nowEpochSeconds } from "../../core/ports/clock.ts";
import type { Table } from "../../core/ports/table.ts";
import { feedKey, recordPartition } from "../../core/store/keys.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import { FEED_OVERLAP_MS, FEED_TTL_SECONDS } from "../limits.ts";

/** That a list, or the resource with this uri, is no longer what it was. */
export type Change = "tools" | "prompts" | "resources" | { readonly uri: string };

/** Changes read at once; a listener further behind reads on at its next look. */
const PAGE_MAX = 1000;

/**
 * A tenant's changes, told to whoever listens, wherever that is: written to the table, read by looking.
 * A change may be told twice, never to another tenant, and is missed only by a listener that stays away for
 * {@link FEED_TTL_SECONDS}.
 */
export class ChangeFeed {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #chance: Chance;

  constructor(ports: { readonly table: Table; readonly clock: Clock; readonly chance: Chance }) {
    this.#table = ports.table;
    this.#clock = ports.clock;
    this.#chance = ports.chance;
  }

  /** @param options told no sooner than `delayMs` from now, below a minute. @default 0 */
  async publish(
    tenantId: TenantId,
    change: Change,
    { delayMs = 0 }: { readonly delayMs?: number } = {},
  ): Promise<void> {
    const toldAtMs = this.#clock.nowMs() + delayMs;
    await this.#table.put({
      ...feedKey(tenantId, position(toldAtMs), this.#chance.token(6)),
      change: typeof change === "string" ? change : { uri: change.uri },
      ...(delayMs > 0 && { putOff: true }),
      expiresAtEpochSeconds: nowEpochSeconds(this.#clock) + FEED_TTL_SECONDS,
    });
  }

  /**
   * Reads on from `after`, a position that an earlier reader stood at, or from now: a little before it, so that what was
   * written under another clock, or between a client's list and its listening, is not missed.
   */
  reader(tenantId: TenantId, after?: string): ChangeReader {
    const from = after ?? position(this.#clock.nowMs() - FEED_OVERLAP_MS);
    return new ChangeReader({ table: this.#table, clock: this.#clock }, tenantId, from);
  }
}

export interface PlacedChange {
  readonly position: string;
  readonly change: Change;
}

/**
 * One listener's place in the feed. Clocks of two writers may differ, so it looks a little behind its place each time
 * and leaves out what it has already told.
 */
export class ChangeReader {
  readonly #ports: { readonly table: Table; readonly clock: Clock };
  readonly #tenantId: TenantId;
  #start: string;
  #place: string;
  #told = new Set<string>();

  constructor(ports: { readonly table: Table; readonly clock: Clock }, tenantId: TenantId, start: string) {
    this.#ports = ports;
    this.#tenantId = tenantId;
    this.#start = start;
    this.#place = start;
  }

  async read(): Promise<readonly PlacedChange[]> {
    const behind = position(timeOf(this.#place) - FEED_OVERLAP_MS);
    const { table, clock } = this.#ports;
    const page = await table.query({
      pk: recordPartition(this.#tenantId, "MCP-FEED"),
      after: later(behind, this.#start),
      limit: PAGE_MAX,
    });
    const items = page.items.filter(({ sk, putOff }) => putOff !== true || timeOf(sk) <= clock.nowMs());
    const fresh = items.filter(({ sk }) => !this.#told.has(sk));
    this.#told = new Set(items.map(({ sk }) => sk));
    this.#place = items.at(-1)?.sk ?? this.#place;
    if (fresh.length === 0 && page.cursor !== undefined) this.#start = this.#place; // a full page of what was told
    return fresh.flatMap(({ sk, change }) => {
      const read = readChange(change);
      return read === undefined ? [] : [{ position: sk, change: read }];
    });
  }
}

/** Milliseconds in 15 digits, so that the order of the keys is that of time for the next 30,000 years. */
function position(epochMs: number): string {
  return String(epochMs).padStart(15, "0");
}

function later(a: string, b: string): string {
  return a < b ? b : a;
}

function timeOf(place: string): number {
  return Number(place.slice(0, 15));
}

function readChange(raw: unknown): Change | undefined {
  if (raw === "tools" || raw === "prompts" || raw === "resources") return raw;
  if (typeof raw === "object" && raw !== null && "uri" in raw && typeof raw.uri === "string") return { uri: raw.uri };
  return undefined;
}

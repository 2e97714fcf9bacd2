import type { Clock } from "../ports/clock.ts";
import type { Item, Table } from "../ports/table.ts";
import { RecentReads } from "../recent-reads.ts";
import { gatewayKey } from "../store/keys.ts";
import { FLEET_TENANT } from "../tenant/tenant-id.ts";
import {
  CLOCK_DIFFERENCE_MS_MAX,
  GATEWAY_KEPT_MS,
  GATEWAY_LEASE_MS,
  GATEWAY_STALE_MS_MAX,
  GATEWAYS_REMEMBERED_MAX,
} from "./limits.ts";

/** What is known of who holds connections. */
export type GatewayState =
  | { readonly state: "held" }
  /** It has not said for longer than its lease that it lives: its connections don't count, and may come back. */
  | { readonly state: "silent" }
  /** It holds nothing any more, and has held nothing since then. What it held can be cleared away. */
  | { readonly state: "gone"; readonly heldUntilEpochMs: number };

/** Who holds connections, and whether they live. */
export interface GatewayLeases {
  /** Each of the given, some time ago within a named limit. */
  statesOf(gateways: Iterable<string>): Promise<ReadonlyMap<string, GatewayState>>;
}

const HELD: GatewayState = { state: "held" };

/** In AWS a gateway is a region's API, which holds what it holds whoever of us lives. */
export const LASTING_GATEWAYS: GatewayLeases = {
  statesOf: async (gateways) => new Map([...gateways].map((gateway) => [gateway, HELD])),
};

interface GatewayRecord {
  readonly address: string;
  readonly leaseUntilEpochMs: number;
  readonly goneAtEpochMs: number | undefined;
}

/**
 * The processes that hold connections, each under a name that no other has or ever had.
 *
 * One says every few seconds that it lives. Past its lease nobody counts on it. Past as much more as clocks may differ
 * whoever looks declares it gone, in one conditional write, and from then on its connections are cleared away. One that was
 * only slow learns it at its next renewal: it has to cut what it holds, and begin under another name.
 */
export class Gateways implements GatewayLeases {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #reads: RecentReads<string, GatewayRecord | undefined>;

  constructor({ table, clock }: { readonly table: Table; readonly clock: Clock }) {
    this.#table = table;
    this.#clock = clock;
    this.#reads = new RecentReads({
      read: async (gateway) => recordOf(await table.get(keyOf(gateway))),
      clock,
      freshMs: GATEWAY_STALE_MS_MAX,
      staleMsMax: GATEWAY_STALE_MS_MAX,
      entriesMax: GATEWAYS_REMEMBERED_MAX,
    });
  }

  /**
   * Before it takes its first connection.
   *
   * @param at.address where others reach it; what it means is for the adapter of `Push` to say.
   * @returns false where there is or was one of this name.
   */
  async enter(gateway: string, { address }: { readonly address: string }): Promise<boolean> {
    const entry = { ...keyOf(gateway), address, ...this.#lease() };
    return (await this.#table.put(entry, { if: "absent" })).ok;
  }

  /** False where it was declared gone: what it holds is off the record. */
  async renew(gateway: string): Promise<boolean> {
    const isHere = {
      if: "all",
      of: [{ if: "present" }, { if: "attribute_absent", attribute: "goneAtEpochMs" }],
    } as const;
    return (await this.#table.update(keyOf(gateway), { set: this.#lease() }, isHere)).ok;
  }

  /** It holds nothing any more. */
  async leave(gateway: string): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const set = { goneAtEpochMs: nowMs, leaseUntilEpochMs: nowMs };
    await this.#table.update(keyOf(gateway), { set }, { if: "present" });
    this.#reads.forget(gateway);
  }

  /** Where a gateway is reached that may live. */
  async addressOf(gateway: string): Promise<string | undefined> {
    const record = await this.#reads.get(gateway);
    return record?.goneAtEpochMs === undefined ? record?.address : undefined;
  }

  async statesOf(gateways: Iterable<string>): Promise<ReadonlyMap<string, GatewayState>> {
    const known = await Promise.all(
      [...gateways].map(async (gateway) => [gateway, await this.#stateOf(gateway)] as const),
    );
    return new Map(known);
  }

  async #stateOf(gateway: string): Promise<GatewayState> {
    const record = await this.#reads.get(gateway);
    const nowMs = this.#clock.nowMs();
    if (record?.goneAtEpochMs !== undefined) return { state: "gone", heldUntilEpochMs: record.leaseUntilEpochMs };
    if (record !== undefined && nowMs < record.leaseUntilEpochMs) return HELD;
    if (record !== undefined && nowMs < record.leaseUntilEpochMs + CLOCK_DIFFERENCE_MS_MAX) return { state: "silent" };
    return (await this.#declareGone(gateway, record))
      ? { state: "gone", heldUntilEpochMs: record?.leaseUntilEpochMs ?? nowMs - GATEWAY_KEPT_MS }
      : { state: "silent" };
  }

  /** False where it has renewed its lease meanwhile. One without a record can't renew it any more. */
  async #declareGone(gateway: string, record: GatewayRecord | undefined): Promise<boolean> {
    if (record === undefined) return true;
    this.#reads.forget(gateway);
    const nowMs = this.#clock.nowMs();
    const set = { goneAtEpochMs: nowMs, expiresAtEpochSeconds: Math.ceil((nowMs + GATEWAY_KEPT_MS) / 1_000) };
    const { leaseUntilEpochMs } = record;
    const same = { if: "equals", attribute: "leaseUntilEpochMs", value: leaseUntilEpochMs } as const;
    return (await this.#table.update(keyOf(gateway), { set }, same)).ok;
  }

  #lease() {
    const nowMs = this.#clock.nowMs();
    return {
      leaseUntilEpochMs: nowMs + GATEWAY_LEASE_MS,
      expiresAtEpochSeconds: Math.ceil((nowMs + GATEWAY_KEPT_MS) / 1_000),
    };
  }
}

const keyOf = (gateway: string) => gatewayKey(FLEET_TENANT, gateway);

/** What is written of a gateway is none. */
export class GatewayCorrupt extends Error {
  readonly code = "gateway_corrupt";
  constructor(gateway: string) {
    super(`what is written of the gateway ${gateway} can't be read`);
    this.name = "GatewayCorrupt";
  }
}

function recordOf(item: Item | undefined): GatewayRecord | undefined {
  if (item === undefined) return undefined;
  const { sk, address, leaseUntilEpochMs, goneAtEpochMs } = item;
  if (typeof address !== "string" || typeof leaseUntilEpochMs !== "number") throw new GatewayCorrupt(sk);
  return { address, leaseUntilEpochMs, goneAtEpochMs: typeof goneAtEpochMs === "number" ? goneAtEpochMs : undefined };
}

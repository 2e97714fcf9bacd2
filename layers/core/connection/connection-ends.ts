import { inParallel } from "../in-parallel.ts";
import type { Clock } from "../ports/clock.ts";
import type { Table } from "../ports/table.ts";
import type { Quotas } from "../quota/quotas.ts";
import { connectionKey, connectionPlaceKey } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { Usage } from "../usage/usage-kind.ts";
import type { GatewayLeases } from "./gateways.ts";
import { ENDS_AT_ONCE } from "./limits.ts";
import type { PlacedConnection } from "./stored-connection.ts";

export interface ConnectionEndsDeps {
  readonly table: Table;
  readonly quotas: Pick<Quotas, "placeNow" | "giveBack">;
  readonly clock: Clock;
  readonly gateways: GatewayLeases;
  readonly meter: { record(tenantId: TenantId, usage: Usage): void };
  readonly report: (fault: unknown) => void;
}

type Ending = Pick<
  PlacedConnection,
  "connectionId" | "shard" | "subjectDigest" | "connectedAtEpochMs" | "endsAtEpochMs"
>;

/** One that is over, and since when. */
export interface EndedConnection extends Ending {
  readonly endedAtEpochMs: number;
}

/** Connections as they were read together. */
export interface ConnectionPage {
  /** Those whose gateway lives. */
  readonly connections: readonly PlacedConnection[];
  /** Those whose gateway has said nothing for some seconds: they may be there. */
  readonly silent: readonly PlacedConnection[];
  /** Those that can be taken off the record. */
  readonly over: readonly EndedConnection[];
}

/** How connections come off the record: each once, whoever else is at it. */
export class ConnectionEnds {
  readonly #deps: ConnectionEndsDeps;

  constructor(deps: ConnectionEndsDeps) {
    this.#deps = deps;
  }

  /** Tells apart what lives and what is over. */
  async divided(placed: readonly PlacedConnection[]): Promise<ConnectionPage> {
    const { clock, gateways } = this.#deps;
    const nowMs = clock.nowMs();
    const states = await gateways.statesOf(new Set(placed.map(({ gateway }) => gateway)));
    const connections: PlacedConnection[] = [];
    const silent: PlacedConnection[] = [];
    const over: EndedConnection[] = [];
    for (const one of placed) {
      const state = states.get(one.gateway);
      if (one.endsAtEpochMs <= nowMs) over.push({ ...one, endedAtEpochMs: one.endsAtEpochMs });
      else if (state?.state === "held") connections.push(one);
      else if (state?.state === "gone") over.push({ ...one, endedAtEpochMs: state.heldUntilEpochMs });
      else silent.push(one);
    }
    return { connections, silent, over };
  }

  /** @throws {StoreFault} Then it may be there still: to end it again is harmless. */
  async end(tenantId: TenantId, connection: EndedConnection): Promise<void> {
    // Read before: a count that is repaired from here on may be one without this connection.
    const place = await this.#deps.quotas.placeNow(tenantId, "connections");
    if (await this.#remove(tenantId, connection)) await this.#deps.quotas.giveBack(tenantId, "connections", place);
  }

  /** What fails is reported: whoever reads that part next finds it. */
  async endAll(tenantId: TenantId, ended: readonly EndedConnection[]): Promise<void> {
    if (ended.length === 0) return;
    const { quotas, report } = this.#deps;
    try {
      const place = await quotas.placeNow(tenantId, "connections");
      let amount = 0;
      await inParallel(ended, { parallelMax: ENDS_AT_ONCE }, async (one) => {
        const isMine = await this.#remove(tenantId, one).catch(report);
        if (isMine === true) amount++;
      });
      if (amount > 0) await quotas.giveBack(tenantId, "connections", { ...place, amount });
    } catch (fault) {
      report(fault);
    }
  }

  /** Whether it was there. The place goes first: what leads to it is looked up by who ends it again. */
  async #remove(tenantId: TenantId, ended: EndedConnection): Promise<boolean> {
    const { table, meter } = this.#deps;
    const isMine = (await table.delete(connectionPlaceKey(tenantId, ended), { if: "present" })).ok;
    if (isMine) meter.record(tenantId, { connectionSeconds: secondsOf(ended, this.#deps.clock.nowMs()) });
    await table.delete(connectionKey(ended.connectionId), { if: "equals", attribute: "tenantId", value: tenantId });
    return isMine;
  }
}

/** Begun seconds count. */
function secondsOf({ connectedAtEpochMs, endsAtEpochMs, endedAtEpochMs }: EndedConnection, nowMs: number): number {
  const untilMs = Math.min(endedAtEpochMs, endsAtEpochMs, nowMs);
  return Math.max(1, Math.ceil((untilMs - connectedAtEpochMs) / 1_000));
}

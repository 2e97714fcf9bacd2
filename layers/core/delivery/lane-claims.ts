import type { Clock } from "../ports/clock.ts";
import type { Condition, Item, Table } from "../ports/table.ts";
import { laneKey } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { Lane } from "./lane-message.ts";
import { LANE_ATTEMPTS_MAX, LANE_KEPT_MS, LANE_LEASE_MS } from "./limits.ts";

/** A worker's hold of a lane. */
export interface LaneClaim {
  readonly tenantId: TenantId;
  readonly lane: Lane;
  readonly term: number;
  /** Up to which message it was delivered; undefined where nothing is written of it. */
  readonly delivered: number | undefined;
}

export type LaneClaiming =
  | { readonly outcome: "claimed"; readonly claim: LaneClaim }
  /** It was brought so far before. */
  | { readonly outcome: "delivered" }
  /** Who holds it knows how far it is to come. */
  | { readonly outcome: "left" }
  /** It changes all the time: come again. */
  | { readonly outcome: "contended" };

export type LaneRelease =
  | { readonly outcome: "released" }
  /** It is to come further than it has: it is held still. */
  | { readonly outcome: "wanted"; readonly wanted: number }
  /** Another has it by now. */
  | { readonly outcome: "lost" };

/** What is written of a lane is none. */
export class LaneCorrupt extends Error {
  readonly code = "lane_corrupt";
  constructor(name: string) {
    super(`what is written of the lane ${name} can't be read`);
    this.name = "LaneCorrupt";
  }
}

/**
 * Who brings a lane forward: one worker at a time, by a lease with a term that rises.
 *
 * Whoever finds it taken writes down how far it is to come, under the condition that it is held still; and the holder lets go
 * under the condition that it has come so far. So nothing falls between the two. Where the holder dies, its queue message comes
 * again and brings all of it: also what others wanted of the holder and went away, when the message itself was delivered.
 */
export class LaneClaims {
  readonly #table: Table;
  readonly #clock: Clock;

  constructor({ table, clock }: { readonly table: Table; readonly clock: Clock }) {
    this.#table = table;
    this.#clock = clock;
  }

  async claim(tenantId: TenantId, lane: Lane, upTo: number): Promise<LaneClaiming> {
    let goal = upTo;
    for (let attempt = 1; attempt <= LANE_ATTEMPTS_MAX; attempt++) {
      const claimed = await this.#claimOnce(tenantId, lane, goal);
      if (claimed.outcome !== "held") return claimed;
      if (claimed.isOver) goal = Math.max(goal, claimed.wanted);
      else if (claimed.wanted >= goal || (await this.#want(tenantId, lane, { ...claimed, upTo: goal })))
        return { outcome: "left" };
    }
    return { outcome: "contended" };
  }

  /** False where another has it by now. */
  async extend({ tenantId, lane, term }: LaneClaim, delivered: number): Promise<boolean> {
    const set = { delivered, ...this.#lease() };
    return (await this.#table.update(laneKey(tenantId, lane), { set }, ofTerm(term))).ok;
  }

  /** @param upTo so far it has come, or there is nothing more to be found. */
  async release(
    { tenantId, lane, term }: LaneClaim,
    { delivered, upTo }: { readonly delivered: number; readonly upTo: number },
  ): Promise<LaneRelease> {
    const change = { set: { delivered, leaseUntilEpochMs: FREE }, remove: ["wanted"] };
    const isEnough: Condition = {
      if: "any",
      of: [
        { if: "attribute_absent", attribute: "wanted" },
        { if: "below", attribute: "wanted", value: upTo + 1 },
      ],
    };
    const condition: Condition = { if: "all", of: [ofTerm(term), isEnough] };
    const released = await this.#table.update(laneKey(tenantId, lane), change, condition);
    if (released.ok) return { outcome: "released" };
    const current = released.problem.reason === "condition_failed" ? released.problem.current : undefined;
    return current?.term === term ? { outcome: "wanted", wanted: numberIn(current, "wanted") } : { outcome: "lost" };
  }

  async #claimOnce(tenantId: TenantId, lane: Lane, upTo: number): Promise<LaneClaiming | LaneHeld> {
    const nowMs = this.#clock.nowMs();
    const condition: Condition = { if: "all", of: [isBelow("leaseUntilEpochMs", nowMs), isBelow("delivered", upTo)] };
    const change = { set: this.#lease(), add: { term: 1 } };
    const claimed = await this.#table.update(laneKey(tenantId, lane), change, condition);
    if (claimed.ok) return { outcome: "claimed", claim: { tenantId, lane, ...termIn(claimed.value) } };
    const current = claimed.problem.reason === "condition_failed" ? claimed.problem.current : undefined;
    if (current === undefined) return { outcome: "contended" };
    const wanted = numberIn(current, "wanted");
    if (numberIn(current, "delivered") >= Math.max(upTo, wanted)) return { outcome: "delivered" };
    const leaseUntilEpochMs = numberIn(current, "leaseUntilEpochMs");
    return { outcome: "held", wanted, leaseUntilEpochMs, isOver: leaseUntilEpochMs < nowMs };
  }

  /** False where the holder has let go, or extended its lease, meanwhile. */
  async #want(
    tenantId: TenantId,
    lane: Lane,
    { upTo, leaseUntilEpochMs }: { readonly upTo: number; readonly leaseUntilEpochMs: number },
  ): Promise<boolean> {
    const same: Condition = { if: "equals", attribute: "leaseUntilEpochMs", value: leaseUntilEpochMs };
    const condition: Condition = { if: "all", of: [same, isBelow("wanted", upTo)] };
    return (await this.#table.update(laneKey(tenantId, lane), { set: { wanted: upTo } }, condition)).ok;
  }

  #lease() {
    const nowMs = this.#clock.nowMs();
    return {
      leaseUntilEpochMs: nowMs + LANE_LEASE_MS,
      expiresAtEpochSeconds: Math.ceil((nowMs + LANE_KEPT_MS) / 1_000),
    };
  }
}

interface LaneHeld {
  readonly outcome: "held";
  readonly wanted: number;
  readonly leaseUntilEpochMs: number;
  /** Whoever held it has died, and what was wanted of it is left to whoever comes. */
  readonly isOver: boolean;
}

/** The lease of a lane that nobody holds. */
const FREE = 0;

const ofTerm = (term: number): Condition => ({ if: "equals", attribute: "term", value: term });

const isBelow = (attribute: string, value: number): Condition => ({
  if: "any",
  of: [
    { if: "attribute_absent", attribute },
    { if: "below", attribute, value },
  ],
});

function termIn(item: Item): Pick<LaneClaim, "term" | "delivered"> {
  const { term, delivered } = item;
  if (typeof term !== "number") throw new LaneCorrupt(item.sk);
  return { term, delivered: typeof delivered === "number" ? delivered : undefined };
}

/** Below every number of a message where it is not there. */
function numberIn(item: Item, attribute: string): number {
  const value = item[attribute];
  return typeof value === "number" ? value : -1;
}

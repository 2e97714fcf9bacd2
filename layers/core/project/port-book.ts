import type { PortRange } from "../deployment/project-ports.ts";
import { type Chance, randomShare } from "../ports/chance.ts";
import type { Clock } from "../ports/clock.ts";
import type { PortState, Runner } from "../ports/runner.ts";
import { type Condition, type Item, QUERY_LIMIT_MAX, type Table } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import { projectPortKey, projectPortPartition } from "../store/keys.ts";
import { FLEET_TENANT, type TenantId } from "../tenant/tenant-id.ts";
import { ENTRY_UNUSED_MS, PORT_ATTEMPTS_MAX, PORT_SUGGESTIONS, PORTS_PAGES_MAX, RUN_KEPT_MS } from "./limits.ts";
import { fitPort, type PortUnfit, portCount, portsBefore, portsFrom, rangeOfPort, rangesOf } from "./port-ranges.ts";
import type { Tech } from "./tech.ts";

export type PortProblem =
  | PortUnfit
  /** The tenant's own project has it. */
  | {
      readonly reason: "port_in_use";
      readonly port: number;
      readonly projectId: string;
      readonly suggestions: readonly number[];
    }
  /** Something else on the machine has it; whose that is, is not for this tenant to know. */
  | { readonly reason: "port_host_busy"; readonly port: number; readonly suggestions: readonly number[] }
  | { readonly reason: "ports_exhausted"; readonly ranges: readonly PortRange[] };

/** Who a port is for. */
export interface PortHolder {
  readonly projectId: string;
  readonly runId: string;
}

export interface PortAsked {
  readonly tech: Tech | undefined;
  /** This one or none. */
  readonly exactly?: number;
  /** Those that are tried first. */
  readonly wanted?: readonly number[];
}

export interface HeldPort extends PortHolder {
  readonly port: number;
}

export interface PortBookParts {
  readonly table: Table;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly runner: Pick<Runner, "portState">;
  readonly region: string;
  /** Whether runs of all tenants listen on one machine; else each run has an address of its own. */
  readonly isShared: boolean;
}

/**
 * Who has which port. A port is taken by a conditional write, so two runs never have one; and then tried out where the
 * run is to listen, since others than projects may listen there. It is free again when its run is written down as ended,
 * and in any case some time after the longest that a run may last.
 */
export class PortBook {
  readonly #parts: PortBookParts;

  constructor(parts: PortBookParts) {
    this.#parts = parts;
  }

  async take(tenantId: TenantId, asked: PortAsked, holder: PortHolder): Promise<Result<number, PortProblem>> {
    if (asked.exactly !== undefined) return this.#takeExactly(tenantId, asked.exactly, { tech: asked.tech, holder });
    const wanted = (asked.wanted ?? []).filter((port) => fitPort(port, asked.tech).ok);
    for (const port of wanted) {
      if (await this.#tryTake(tenantId, port, holder)) return ok(port);
    }
    return this.#takeAny(tenantId, asked.tech, holder);
  }

  /**
   * A port that was taken is free again after {@link ENTRY_UNUSED_MS}, unless it is kept: whoever keeps it has written
   * down for whom, so that others find it when its run is over.
   *
   * @returns whether it is still the holder's.
   */
  async keep(tenantId: TenantId, port: number, { runId }: Pick<PortHolder, "runId">): Promise<boolean> {
    const change = { set: { expiresAtEpochSeconds: this.#inSeconds(RUN_KEPT_MS) } };
    return (await this.#parts.table.update(this.#key(tenantId, port), change, isOf(tenantId, runId))).ok;
  }

  /** Nothing where another run has it by now. */
  async giveBack(tenantId: TenantId, port: number, { runId }: Pick<PortHolder, "runId">): Promise<void> {
    await this.#parts.table.delete(this.#key(tenantId, port), isOf(tenantId, runId));
  }

  /** Whether a run of this tenant could have it now. One in no range is refused for that where it is free. */
  async look(tenantId: TenantId, port: number): Promise<Result<undefined, PortProblem>> {
    const fit = fitPort(port, undefined);
    if (!fit.ok && fit.problem.reason !== "port_wrong_range") return fit;
    const entry = await this.#parts.table.get(this.#key(tenantId, port));
    if (entry !== undefined) return this.#held(tenantId, port, entry);
    const state = await this.#parts.runner.portState(tenantId, port);
    return state.state === "free" ? fit : this.#busy(tenantId, port, state);
  }

  /** Free ones of a tech, from `near` on where it is given; tried out. Fewer where there are not so many. */
  async suggest(
    tenantId: TenantId,
    {
      tech,
      near,
      count = PORT_SUGGESTIONS,
    }: { readonly tech?: Tech | undefined; readonly near?: number; readonly count?: number },
  ): Promise<readonly number[]> {
    const ranges = rangesOf(tech);
    const taken = await this.#taken(tenantId);
    const suggestions: number[] = [];
    let attemptsLeft = PORT_ATTEMPTS_MAX;
    for (const port of portsFrom(ranges, near === undefined ? 0 : portsBefore(ranges, near))) {
      if (suggestions.length === count || attemptsLeft === 0) break;
      if (taken.has(port)) continue;
      attemptsLeft -= 1;
      if ((await this.#parts.runner.portState(tenantId, port)).state === "free") suggestions.push(port);
    }
    return suggestions;
  }

  /** In place of a port that is not to be had: of its range, from the next one on; of all ranges where it lies in none. */
  async suggestLike(tenantId: TenantId, port: number): Promise<readonly number[]> {
    return this.suggest(tenantId, { tech: rangeOfPort(port)?.tech, near: port + 1 });
  }

  /** The tenant's own, in order. */
  async held(tenantId: TenantId): Promise<readonly HeldPort[]> {
    const items = await this.#items(tenantId);
    return items.flatMap((item) => {
      const { projectId, runId } = holderOf(item);
      return item.tenantId === tenantId ? [{ port: Number(item.sk), projectId, runId }] : [];
    });
  }

  async #takeExactly(
    tenantId: TenantId,
    port: number,
    { tech, holder }: { readonly tech: Tech | undefined; readonly holder: PortHolder },
  ): Promise<Result<number, PortProblem>> {
    const fit = fitPort(port, tech);
    if (!fit.ok) return fit;
    const entry = await this.#reserve(tenantId, port, holder);
    if (entry !== undefined) return this.#held(tenantId, port, entry);
    const state = await this.#parts.runner.portState(tenantId, port);
    if (state.state === "free") return ok(port);
    await this.giveBack(tenantId, port, holder);
    return this.#busy(tenantId, port, state);
  }

  /** Anywhere in the ranges first, where few meet; and where that finds none, one after another of those that nobody has. */
  async #takeAny(tenantId: TenantId, tech: Tech | undefined, holder: PortHolder): Promise<Result<number, PortProblem>> {
    const ranges = rangesOf(tech);
    for (let attempt = 1; attempt <= BLIND_ATTEMPTS; attempt++) {
      const [port = 0] = portsFrom(ranges, this.#anyPlace(ranges));
      if (await this.#tryTake(tenantId, port, holder)) return ok(port);
    }
    const taken = await this.#taken(tenantId);
    let attemptsLeft = PORT_ATTEMPTS_MAX;
    for (const port of portsFrom(ranges, this.#anyPlace(ranges))) {
      if (taken.has(port)) continue;
      if (attemptsLeft === 0) break;
      attemptsLeft -= 1;
      if (await this.#tryTake(tenantId, port, holder)) return ok(port);
    }
    return refused({ reason: "ports_exhausted", ranges });
  }

  #anyPlace(ranges: readonly PortRange[]): number {
    const count = portCount(ranges);
    return Math.min(Math.floor(randomShare(this.#parts.chance) * count), count - 1);
  }

  async #tryTake(tenantId: TenantId, port: number, holder: PortHolder): Promise<boolean> {
    if ((await this.#reserve(tenantId, port, holder)) !== undefined) return false;
    const { state } = await this.#parts.runner.portState(tenantId, port);
    if (state === "free") return true;
    await this.giveBack(tenantId, port, holder);
    return false;
  }

  /** The entry that is in the way; undefined where the port is the holder's now. */
  async #reserve(tenantId: TenantId, port: number, { projectId, runId }: PortHolder): Promise<Item | undefined> {
    const expiresAtEpochSeconds = this.#inSeconds(ENTRY_UNUSED_MS);
    const item = { ...this.#key(tenantId, port), tenantId, projectId, runId, expiresAtEpochSeconds };
    const taken = await this.#parts.table.put(item, { if: "absent" });
    if (taken.ok || taken.problem.reason !== "condition_failed") return undefined;
    const { current } = taken.problem;
    const isOwn = current?.runId === runId && current.tenantId === tenantId;
    return isOwn ? undefined : current;
  }

  async #held(tenantId: TenantId, port: number, entry: Item): Promise<Result<never, PortProblem>> {
    const suggestions = await this.suggestLike(tenantId, port);
    if (entry.tenantId !== tenantId) return refused({ reason: "port_host_busy", port, suggestions });
    return refused({ reason: "port_in_use", port, projectId: holderOf(entry).projectId, suggestions });
  }

  async #busy(
    tenantId: TenantId,
    port: number,
    state: Exclude<PortState, { readonly state: "free" }>,
  ): Promise<Result<never, PortProblem>> {
    if (state.state === "reserved") return refused({ reason: "port_system_reserved", port });
    const suggestions = await this.suggestLike(tenantId, port);
    if (state.by === undefined) return refused({ reason: "port_host_busy", port, suggestions });
    return refused({ reason: "port_in_use", port, projectId: state.by.projectId, suggestions });
  }

  async #taken(tenantId: TenantId): Promise<ReadonlySet<number>> {
    return new Set((await this.#items(tenantId)).map(({ sk }) => Number(sk)));
  }

  async #items(tenantId: TenantId): Promise<readonly Item[]> {
    const { table, region } = this.#parts;
    const items: Item[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < PORTS_PAGES_MAX; page++) {
      const range = { pk: projectPortPartition(this.#holder(tenantId), region), limit: QUERY_LIMIT_MAX };
      const read = await table.query(cursor === undefined ? range : { ...range, cursor });
      items.push(...read.items);
      if (read.cursor === undefined) break;
      cursor = read.cursor;
    }
    return items;
  }

  #inSeconds(durationMs: number): number {
    return Math.ceil((this.#parts.clock.nowMs() + durationMs) / 1_000);
  }

  #key(tenantId: TenantId, port: number) {
    return projectPortKey(this.#holder(tenantId), { region: this.#parts.region, port });
  }

  #holder(tenantId: TenantId): TenantId {
    return this.#parts.isShared ? FLEET_TENANT : tenantId;
  }
}

/** Before it is read who has what. */
const BLIND_ATTEMPTS = 8;

/** Runs of two tenants may have the same id. */
function isOf(tenantId: TenantId, runId: string): Condition {
  const [run, tenant] = [
    { if: "equals", attribute: "runId", value: runId } as const,
    { if: "equals", attribute: "tenantId", value: tenantId } as const,
  ];
  return { if: "all", of: [run, tenant] };
}

function holderOf({ projectId, runId }: Item): PortHolder {
  return { projectId: String(projectId), runId: String(runId) };
}

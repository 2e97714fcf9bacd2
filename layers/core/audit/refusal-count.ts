import type { TenantId } from "../tenant/tenant-id.ts";
import type { Actor, AuditAction, AuditTarget } from "./audit-entry.ts";
import { REFUSAL_WINDOW_MS, REFUSALS_MAX, REFUSALS_PER_TENANT_MAX } from "./limits.ts";

/** A right that somebody did not have. */
export interface RefusedRight {
  readonly actor: Actor;
  readonly action: AuditAction;
  readonly target: AuditTarget;
}

/** So many refusals of one actor and action. */
export interface CountedRefusals extends RefusedRight {
  readonly count: number;
}

interface Window {
  /** As the first refusal was. */
  readonly first: RefusedRight;
  readonly endsAtEpochMs: number;
  /** Refusals that no entry stands for yet. */
  untold: number;
}

/** Whose refusals they are where too many of one tenant's people are refused to tell them apart. */
const OTHERS: Pick<Actor, "subject" | "remoteAddress" | "requestId"> = {
  subject: "(others)",
  remoteAddress: "",
  requestId: "",
};

/**
 * Makes few entries of many refusals, in bounded memory: the first refusal of an action to an actor is told at once, and
 * those of the minute after it together. So whoever is refused over and over can't fill the log.
 */
export class RefusalCount {
  /** The oldest first. */
  readonly #windows = new Map<string, Window>();
  /** How many windows each tenant has. */
  readonly #windowCounts = new Map<TenantId, number>();

  /** What is to be written down now: this refusal where it is the first of its kind, and all whose minute is over. */
  note(right: RefusedRight, nowMs: number): readonly CountedRefusals[] {
    const told = this.takeOver(nowMs);
    const kind = this.#kindOf(right);
    const name = JSON.stringify([kind.actor.tenantId, kind.actor.subject, kind.action]);
    const window = this.#windows.get(name);
    if (window !== undefined) {
      window.untold += 1;
      return told;
    }
    const [oldest] = this.#windows.keys();
    if (this.#windows.size >= REFUSALS_MAX && oldest !== undefined) told.push(...this.#close(oldest));
    this.#windows.set(name, { first: kind, endsAtEpochMs: nowMs + REFUSAL_WINDOW_MS, untold: 0 });
    this.#countWindow(kind.actor.tenantId, 1);
    return [...told, { ...kind, count: 1 }];
  }

  /** Those whose minute is over, or that came from a clock that has been set back since. */
  takeOver(nowMs: number): CountedRefusals[] {
    const over: CountedRefusals[] = [];
    for (const [name, { endsAtEpochMs }] of this.#windows) {
      if (endsAtEpochMs > nowMs && endsAtEpochMs - nowMs <= REFUSAL_WINDOW_MS) break;
      over.push(...this.#close(name));
    }
    return over;
  }

  /** All of them, for a process that ends. */
  takeAll(): CountedRefusals[] {
    return [...this.#windows.keys()].flatMap((name) => this.#close(name));
  }

  #kindOf(right: RefusedRight): RefusedRight {
    const { tenantId, subject } = right.actor;
    const hasRoom = (this.#windowCounts.get(tenantId) ?? 0) < REFUSALS_PER_TENANT_MAX;
    if (hasRoom || this.#windows.has(JSON.stringify([tenantId, subject, right.action]))) return right;
    return { ...right, actor: { ...right.actor, ...OTHERS }, target: { ...right.target, id: "" } };
  }

  #close(name: string): readonly CountedRefusals[] {
    const window = this.#windows.get(name);
    if (window === undefined) return [];
    this.#windows.delete(name);
    this.#countWindow(window.first.actor.tenantId, -1);
    return window.untold === 0 ? [] : [{ ...window.first, count: window.untold }];
  }

  #countWindow(tenantId: TenantId, difference: 1 | -1): void {
    const count = (this.#windowCounts.get(tenantId) ?? 0) + difference;
    if (count === 0) this.#windowCounts.delete(tenantId);
    else this.#windowCounts.set(tenantId, count);
  }
}

import type { Clock } from "../ports/clock.ts";
import { TENANT_LIMITS } from "../quota/tenant-limits.ts";
import { POLICIES_MAX, POLICY_FRESH_MS, POLICY_STALE_MS_MAX } from "./limits.ts";
import { FLEET_TENANT, type TenantId } from "./tenant-id.ts";
import type { TenantPolicy } from "./tenant-policy.ts";

interface Known {
  /** Undefined: there was no such tenant. */
  readonly policy: TenantPolicy | undefined;
  /** When the read was sent: what it answered may be as old as that. */
  readonly readAtEpochMs: number;
}

interface Reading {
  readonly startedAtEpochMs: number;
  readonly answer: Promise<TenantPolicy | undefined>;
}

/**
 * What each tenant's calls are held against, without a read a call.
 *
 * An answer is at most 8 seconds old: it is read again once it is older than 5, and until then, for another 3, calls go
 * on with the old one. So a suspension or a removed member holds everywhere within 10 seconds. A store that fails makes
 * no call wait as long as the old answer is young enough; after that the calls fail with the store.
 */
export class TenantPolicies {
  readonly #read: (tenantId: TenantId) => Promise<TenantPolicy | undefined>;
  readonly #clock: Clock;
  /** The least recently read first. */
  readonly #known = new Map<TenantId, Known>();
  readonly #reading = new Map<TenantId, Reading>();

  constructor(deps: {
    readonly read: (tenantId: TenantId) => Promise<TenantPolicy | undefined>;
    readonly clock: Clock;
  }) {
    this.#read = deps.read;
    this.#clock = deps.clock;
  }

  /**
   * Undefined where there is no such tenant, or no longer. At once where it is known, so that most calls wait for nothing.
   *
   * @throws what the read throws, where no answer is young enough.
   */
  policyOf(tenantId: TenantId): TenantPolicy | undefined | Promise<TenantPolicy | undefined> {
    const known = this.#known.get(tenantId);
    if (known !== undefined) {
      const ageMs = this.#clock.nowMs() - known.readAtEpochMs;
      if (ageMs >= 0 && ageMs <= POLICY_FRESH_MS) return known.policy;
      if (ageMs >= 0 && ageMs <= POLICY_STALE_MS_MAX) {
        // A refresh that fails is tried again by the next call, and told to the first that can't go on without it.
        this.#readAgain(tenantId).catch(() => {});
        return known.policy;
      }
    }
    return tenantId === FLEET_TENANT ? FLEET_POLICY : this.#readAgain(tenantId);
  }

  /** The tenant's record was changed in this process: what is known of it, or was asked before, no longer counts. */
  forget(tenantId: TenantId): void {
    this.#known.delete(tenantId);
    this.#reading.delete(tenantId);
  }

  /** One read a tenant at a time. One that began too long ago (its process was frozen) is left to itself. */
  #readAgain(tenantId: TenantId): Promise<TenantPolicy | undefined> {
    const nowMs = this.#clock.nowMs();
    const reading = this.#reading.get(tenantId);
    const ageMs = nowMs - (reading?.startedAtEpochMs ?? 0);
    if (reading !== undefined && ageMs >= 0 && ageMs <= POLICY_STALE_MS_MAX) return reading.answer;
    const started = { startedAtEpochMs: nowMs, answer: this.#read(tenantId) };
    this.#reading.set(tenantId, started);
    void this.#keep(tenantId, started);
    return started.answer;
  }

  async #keep(tenantId: TenantId, reading: Reading): Promise<void> {
    try {
      const policy = await reading.answer;
      if (this.#reading.get(tenantId) !== reading) return;
      this.#known.delete(tenantId);
      this.#known.set(tenantId, { policy, readAtEpochMs: reading.startedAtEpochMs });
      const [oldest] = this.#known.keys();
      if (this.#known.size > POLICIES_MAX && oldest !== undefined) this.#known.delete(oldest);
    } catch {
      // Whoever waits for the answer gets the fault itself.
    } finally {
      if (this.#reading.get(tenantId) === reading) this.#reading.delete(tenantId);
    }
  }
}

const FLEET_POLICY: TenantPolicy = {
  tenantId: FLEET_TENANT,
  status: "active",
  plan: "fleet",
  toolkits: [],
  regions: "all",
  limits: TENANT_LIMITS,
  members: {},
};

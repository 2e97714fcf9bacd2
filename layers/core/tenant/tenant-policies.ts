import type { Clock } from "../ports/clock.ts";
import { TENANT_LIMITS } from "../quota/tenant-limits.ts";
import { RecentReads } from "../recent-reads.ts";
import { POLICIES_MAX, POLICY_FRESH_MS, POLICY_STALE_MS_MAX } from "./limits.ts";
import { FLEET_TENANT, type TenantId } from "./tenant-id.ts";
import type { TenantPolicy } from "./tenant-policy.ts";

/**
 * What each tenant's calls are held against, without a read a call.
 *
 * An answer is at most 8 seconds old: it is read again once it is older than 5, and until then, for another 3, calls go
 * on with the old one. So a suspension or a removed member holds everywhere within 10 seconds.
 */
export class TenantPolicies {
  readonly #reads: RecentReads<TenantId, TenantPolicy | undefined>;

  constructor(deps: {
    readonly read: (tenantId: TenantId) => Promise<TenantPolicy | undefined>;
    readonly clock: Clock;
  }) {
    this.#reads = new RecentReads({
      ...deps,
      freshMs: POLICY_FRESH_MS,
      staleMsMax: POLICY_STALE_MS_MAX,
      entriesMax: POLICIES_MAX,
    });
  }

  /**
   * Undefined where there is no such tenant, or no longer. At once where it is known, so that most calls wait for nothing.
   *
   * @throws what the read throws, where no answer is young enough.
   */
  policyOf(tenantId: TenantId): TenantPolicy | undefined | Promise<TenantPolicy | undefined> {
    return tenantId === FLEET_TENANT ? FLEET_POLICY : this.#reads.get(tenantId);
  }

  /** As it was known here last, however long ago. */
  recall(tenantId: TenantId): TenantPolicy | undefined {
    return tenantId === FLEET_TENANT ? FLEET_POLICY : this.#reads.recall(tenantId);
  }

  /** The tenant's record was changed in this process. */
  forget(tenantId: TenantId): void {
    this.#reads.forget(tenantId);
  }
}

const FLEET_POLICY: TenantPolicy = {
  tenantId: FLEET_TENANT,
  status: "active",
  plan: "fleet",
  toolkits: [],
  regions: "all",
  limits: TENANT_LIMITS,
  keysVersion: 0,
  members: {},
};

import { type Actor, type AuditAction, type AuditTarget, FLEET_ACTOR } from "../audit/audit-entry.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import { type Chance, randomShare } from "../ports/chance.ts";
import type { Clock } from "../ports/clock.ts";
import type { Table } from "../ports/table.ts";
import { TENANT_LIMITS, type TenantLimits } from "../quota/tenant-limits.ts";
import { ok, type Result, refused } from "../result.ts";
import { Turns } from "../turns.ts";
import { TENANT_WRITE_ATTEMPTS_MAX, TENANT_WRITE_PAUSE_MS_MAX } from "./limits.ts";
import { type LimitOverrides, policyOf, type Tenant } from "./tenant.ts";
import { changedFields } from "./tenant-audit.ts";
import { FLEET_TENANT, type TenantId } from "./tenant-id.ts";
import { type MemberChange, withMember, withoutMember } from "./tenant-members.ts";
import type { TenantPolicy } from "./tenant-policy.ts";
import type { TenantProblem } from "./tenant-problem.ts";
import * as rules from "./tenant-rules.ts";
import { type TenantPage, TenantStore, type TenantUnwritten } from "./tenant-store.ts";

export interface TenantsDeps {
  /** The strongly consistent one. */
  readonly table: Table;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly audit: AuditLog;
  readonly offer: rules.Offer;
  /** Told of each tenant whose record was changed here, so that this process goes by the new one at once. */
  readonly changed: (tenantId: TenantId) => void;
}

/** Who changes a tenant, and what they have seen of it. */
export interface By {
  readonly actor: Actor;
  /** The version that the change is meant for; left out, whatever is there is changed. */
  readonly version?: number | undefined;
}

export interface TenantDraft extends rules.TenantChange {
  readonly tenantId: TenantId;
  readonly name: string;
  readonly plan: string;
  /** Other than the plan's. */
  readonly limits?: LimitOverrides | undefined;
  /** Left out where its people are known by what their tokens claim alone. */
  readonly owner?: { readonly subject: string; readonly name?: string | undefined } | undefined;
}

type Judge = (tenant: Tenant) => Result<Tenant, TenantProblem>;

/** What is to be done, as the audit log tells it. */
interface Deed {
  readonly action: AuditAction;
  readonly target: AuditTarget;
}

/**
 * The tenants of a fleet. Whether the actor may do what it asks for is checked before; here are the rules that hold for
 * whoever asks. Every change is one conditional write of the tenant's record, and stands in the tenant's audit log.
 */
export class Tenants {
  readonly #deps: TenantsDeps;
  readonly #store: TenantStore;
  readonly #turns = new Turns();

  constructor(deps: TenantsDeps) {
    this.#deps = deps;
    this.#store = new TenantStore(deps.table);
  }

  /** Undefined where there is none, or none any longer. */
  get(tenantId: TenantId): Promise<Tenant | undefined> {
    return this.#store.get(tenantId);
  }

  /** What the tenant's calls are held against, as its record is now. For {@link TenantPolicies}. */
  async policyOf(tenantId: TenantId): Promise<TenantPolicy | undefined> {
    const tenant = await this.#store.get(tenantId);
    return tenant === undefined ? undefined : policyOf(tenant, this.#planLimits(tenant));
  }

  /** All tenants, deleted ones too as long as they are not erased, in the order of their ids. */
  list(page: { readonly limit?: number | undefined; readonly cursor?: string | undefined }): Promise<TenantPage> {
    return this.#store.list(page);
  }

  /** The ids of all of them, read page by page. */
  async *all(): AsyncGenerator<TenantId> {
    let cursor: string | undefined;
    do {
      const page = await this.list({ cursor });
      for (const { tenantId } of page.tenants) yield tenantId;
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  async create(draft: TenantDraft, { actor }: By): Promise<Result<Tenant, TenantProblem>> {
    const { tenantId } = draft;
    if (tenantId === FLEET_TENANT || (await this.#store.record(tenantId)) !== undefined) {
      return refused({ reason: "tenant_exists" });
    }
    const problem = rules.notOffered(draft, this.#deps.offer);
    if (problem !== undefined) return refused(problem);
    const tenant = newTenant(draft, this.#deps.clock.nowMs());
    const deed = { action: "fleet.tenant.create", target: { kind: "tenant", id: tenantId } } as const;
    const written = await this.#write({ actor, ...deed }, { after: tenant });
    if (written.ok) return ok(tenant);
    return refused(written.problem.reason === "write_lost" ? { reason: "tenant_exists" } : written.problem);
  }

  /** The tenant as it is, or else as the draft says. */
  async ensure(draft: TenantDraft): Promise<Result<Tenant, TenantProblem>> {
    const there = await this.#store.get(draft.tenantId);
    if (there !== undefined) return ok(there);
    const made = await this.create(draft, { actor: FLEET_ACTOR });
    if (made.ok || made.problem.reason !== "tenant_exists") return made;
    const madeByAnother = await this.#store.get(draft.tenantId);
    return madeByAnother === undefined ? made : ok(madeByAnother);
  }

  change(tenantId: TenantId, change: rules.TenantChange, by: By): Promise<Result<Tenant, TenantProblem>> {
    const action = change.plan === undefined ? "tenant.change" : "tenant.subscribe";
    return this.#change(tenantId, { ...onTenant(tenantId, action), by }, (tenant) =>
      whileActive(tenant, () => rules.withChange(tenant, change, this.#deps.offer)),
    );
  }

  /** Limits instead of the plan's; those that are left out are the plan's again. */
  limit(tenantId: TenantId, limits: LimitOverrides, by: By): Promise<Result<Tenant, TenantProblem>> {
    return this.#change(tenantId, { ...onTenant(tenantId, "fleet.tenant.limit"), by }, (tenant) =>
      tenant.status === "deleted" ? refused({ reason: "tenant_deleted" }) : ok({ ...tenant, limits }),
    );
  }

  /** Every door answers the tenant's calls the same from now on, within 10 seconds everywhere; nothing is lost. */
  suspend(tenantId: TenantId, reason: string, by: By): Promise<Result<Tenant, TenantProblem>> {
    return this.#change(tenantId, { ...onTenant(tenantId, "fleet.tenant.suspend"), by }, (tenant) =>
      rules.suspended(tenant, { reason, nowEpochMs: this.#deps.clock.nowMs() }),
    );
  }

  /** Ends a suspension, and brings a deleted tenant back as long as its grace is not over. */
  resume(tenantId: TenantId, by: By): Promise<Result<Tenant, TenantProblem>> {
    return this.#change(tenantId, { ...onTenant(tenantId, "fleet.tenant.resume"), by }, (tenant) =>
      rules.resumed(tenant, this.#deps.clock.nowMs()),
    );
  }

  /** As a suspension, and after {@link ERASURE_GRACE_MS} all that the tenant left is erased. */
  delete(tenantId: TenantId, by: By): Promise<Result<Tenant, TenantProblem>> {
    const action = by.actor.role === "operator" ? "fleet.tenant.delete" : "tenant.close";
    return this.#change(tenantId, { ...onTenant(tenantId, action), by }, (tenant) =>
      rules.deleted(tenant, { by: by.actor.subject, nowEpochMs: this.#deps.clock.nowMs() }),
    );
  }

  /** Its API keys have changed: within ten seconds nobody goes by what was known of them before. */
  async keysChanged(tenantId: TenantId): Promise<void> {
    await this.#store.noteKeys(tenantId);
    this.#deps.changed(tenantId);
  }

  setMember(tenantId: TenantId, member: MemberChange, by: By): Promise<Result<Tenant, TenantProblem>> {
    return this.#change(tenantId, { ...onMember(member.subject), by }, (tenant) =>
      whileActive(tenant, () =>
        withMember(tenant, member, {
          actorRole: by.actor.role,
          nowEpochMs: this.#deps.clock.nowMs(),
          membersMax: policyOf(tenant, this.#planLimits(tenant)).limits.members,
        }),
      ),
    );
  }

  removeMember(tenantId: TenantId, subject: string, by: By): Promise<Result<Tenant, TenantProblem>> {
    return this.#change(tenantId, { ...onMember(subject), by }, (tenant) =>
      whileActive(tenant, () =>
        withoutMember(tenant, subject, { actorRole: by.actor.role, nowEpochMs: this.#deps.clock.nowMs() }),
      ),
    );
  }

  /** Changes of one tenant wait for each other in this process: each would have to be judged anew after the others. */
  #change(
    tenantId: TenantId,
    change: Deed & { readonly by: By },
    judge: Judge,
  ): Promise<Result<Tenant, TenantProblem>> {
    return this.#turns.take(tenantId, () => this.#changeInTurn(tenantId, change, judge));
  }

  /** Judges again on top of what another process left, unless the caller meant one version alone. */
  async #changeInTurn(
    tenantId: TenantId,
    { by, ...deed }: Deed & { readonly by: By },
    judge: Judge,
  ): Promise<Result<Tenant, TenantProblem>> {
    const { actor, version } = by;
    const { clock, chance } = this.#deps;
    for (let attempt = 1; attempt <= TENANT_WRITE_ATTEMPTS_MAX; attempt++) {
      const before = await this.#store.get(tenantId);
      if (before === undefined) return refused({ reason: "tenant_absent" });
      if (version !== undefined && version !== before.version) {
        return refused({ reason: "version_conflict", version: before.version });
      }
      const judged = judge(before);
      if (!judged.ok) {
        if (judged.problem.reason === "role_too_high") await this.#deps.audit.refused({ actor, ...deed });
        return judged;
      }
      if (judged.value === before) return judged;
      const after = { ...judged.value, version: before.version + 1 };
      const written = await this.#write({ actor, ...deed }, { before, after });
      if (written.ok) return ok(after);
      if (written.problem.reason !== "write_lost") return refused(written.problem);
      await clock.sleep(TENANT_WRITE_PAUSE_MS_MAX * randomShare(chance));
    }
    return refused({ reason: "tenant_contended" });
  }

  async #write(
    deed: Deed & { readonly actor: Actor },
    { before, after }: { readonly before?: Tenant; readonly after: Tenant },
  ): Promise<Result<undefined, TenantUnwritten>> {
    const change = { ...deed, ...changedFields({ before, after, target: deed.target }) };
    const written = await this.#deps.audit.change(after.tenantId, change, (changeId) =>
      before === undefined ? this.#store.add(after, changeId) : this.#store.replace(after, changeId),
    );
    if (written.ok) this.#deps.changed(after.tenantId);
    return written;
  }

  /** A plan that this release of the code does not know says nothing, so its limits are those common to all. */
  #planLimits({ plan }: Tenant): TenantLimits {
    return this.#deps.offer.planLimits(plan) ?? TENANT_LIMITS;
  }
}

/** Nothing but its status changes of a tenant that is not active. */
function whileActive({ status }: Tenant, judge: () => Result<Tenant, TenantProblem>): Result<Tenant, TenantProblem> {
  if (status === "active") return judge();
  return refused({ reason: status === "suspended" ? "tenant_suspended" : "tenant_deleted" });
}

function onTenant(tenantId: TenantId, action: AuditAction): Deed {
  return { action, target: { kind: "tenant", id: tenantId } };
}

function onMember(subject: string): Deed {
  return { action: "member.change", target: { kind: "member", id: subject } };
}

function newTenant({ tenantId, owner, ...draft }: TenantDraft, nowEpochMs: number): Tenant {
  const ownerName = owner?.name ?? "";
  const members =
    owner === undefined
      ? []
      : [[owner.subject, { role: "owner", name: ownerName, addedAtEpochMs: nowEpochMs }] as const];
  return {
    tenantId,
    version: 1,
    name: draft.name,
    status: "active",
    plan: draft.plan,
    toolkits: draft.toolkits ?? "all",
    regions: draft.regions ?? "all",
    members: new Map(members),
    removedMembers: new Map(),
    limits: draft.limits ?? {},
    keysVersion: 0,
    createdAtEpochMs: nowEpochMs,
  };
}

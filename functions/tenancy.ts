import { type Actor, type AuditTarget, actorOf } from "../layers/core/audit/audit-entry.ts";
import { AuditLog } from "../layers/core/audit/audit-log.ts";
import { planLimits } from "../layers/core/billing/price-plans.ts";
import type { HttpRequest } from "../layers/core/http/http-message.ts";
import type { Chance } from "../layers/core/ports/chance.ts";
import type { Clock } from "../layers/core/ports/clock.ts";
import type { KeyedHash } from "../layers/core/ports/keyed-hash.ts";
import type { ItemKey, Table } from "../layers/core/ports/table.ts";
import { Quotas } from "../layers/core/quota/quotas.ts";
import { monthExceeded, type RateAnswer, UNLIMITED_PER_SECOND, unlimited } from "../layers/core/rate/rate-answer.ts";
import { RateLimiter, type RateLimits } from "../layers/core/rate/rate-limiter.ts";
import type { Result } from "../layers/core/result.ts";
import { arrivalBucketKey, rateBucketKey } from "../layers/core/store/keys.ts";
import type { Action } from "../layers/core/tenant/action.ts";
import { ApiKeyCheck } from "../layers/core/tenant/api-key-check.ts";
import { ApiKeys } from "../layers/core/tenant/api-keys.ts";
import { Homes, type Subject } from "../layers/core/tenant/homes.ts";
import type { CredentialProblem, Identity } from "../layers/core/tenant/identity.ts";
import { POLICY_STALE_MS_MAX } from "../layers/core/tenant/limits.ts";
import type { TenantId } from "../layers/core/tenant/tenant-id.ts";
import { TenantPolicies } from "../layers/core/tenant/tenant-policies.ts";
import type { TenantPolicy } from "../layers/core/tenant/tenant-policy.ts";
import { type TenantDraft, Tenants } from "../layers/core/tenant/tenants.ts";
import { MonthCalls } from "../layers/core/usage/month-calls.ts";
import { UsageBook } from "../layers/core/usage/usage-book.ts";
import type { GateParts, NewcomerHandler, RefusedRight } from "../layers/http/gate.ts";
import { Authenticator } from "../layers/identity/authenticator.ts";
import { fetchJson } from "../layers/identity/fetch-json.ts";
import { TokenVerifier } from "../layers/identity/token-verifier.ts";
import type { TrustedIssuer } from "../layers/identity/trusted-issuer.ts";
import { ChangeFeed } from "../layers/mcp/feed/change-feed.ts";
import { sha256 } from "../layers/node/sha256.ts";

export interface TenancyParts {
  /** Regional state, and the strongly consistent table of the fleet. */
  readonly state: Table;
  readonly control: Table;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly hash: KeyedHash;
  /** Where this process runs, and where tenants' calls and data may be. */
  readonly region: string;
  readonly regions: ReadonlySet<string>;
  /** The names of the toolkits that tenants may have on. */
  readonly toolkits: ReadonlySet<string>;
  readonly issuers: readonly TrustedIssuer[];
  /** Who is known by a credential that is neither a token nor an API key. */
  readonly others?: (credential: string) => Promise<Identity | undefined>;
  readonly report: (fault: unknown) => void;
}

/** A newcomer's tries: some, since a name may be taken, and then one a second. */
const ARRIVAL_RATE: RateLimits = { requestsPerSecond: 1, requestBurst: 5 };

/** Everything that knows of tenants, made once a process. */
export class Tenancy {
  readonly audit: AuditLog;
  readonly quotas: Quotas;
  readonly tenants: Tenants;
  readonly policies: TenantPolicies;
  readonly apiKeys: ApiKeys;
  readonly homes: Homes;
  readonly authenticator: Authenticator;
  readonly usage: UsageBook;
  readonly rates: RateLimiter;
  readonly #arrivals: RateLimiter<string>;
  readonly #months: MonthCalls;
  readonly #feed: ChangeFeed;
  readonly #clock: Clock;
  readonly #region: string;
  readonly #report: (fault: unknown) => void;
  #beginning: Promise<unknown> | undefined;

  constructor(parts: TenancyParts) {
    const { control: table, state, clock, chance, hash, region, report } = parts;
    this.#clock = clock;
    this.#region = region;
    this.#report = report;
    this.audit = new AuditLog({ table, clock, chance, digest: sha256, report });
    this.quotas = new Quotas({ table, clock });
    this.policies = new TenantPolicies({ read: (tenantId) => this.#readPolicy(tenantId), clock });
    const offer = { planLimits, toolkits: parts.toolkits, regions: parts.regions };
    const { audit, quotas } = this;
    const changed = this.policies.forget.bind(this.policies);
    this.tenants = new Tenants({ table, clock, chance, audit, offer, changed });
    const check = new ApiKeyCheck({ table, clock, hash, digest: sha256, policies: this.policies, report });
    const keysChanged = (tenantId: TenantId): Promise<void> => this.tenants.keysChanged(tenantId);
    this.apiKeys = new ApiKeys({ table, clock, chance, hash, quotas, audit, keysChanged });
    this.homes = new Homes({ table, digest: sha256 });
    const tokens = new TokenVerifier({ issuers: parts.issuers, clock, fetchJson, report });
    const others = parts.others === undefined ? {} : { others: parts.others };
    this.authenticator = new Authenticator({ tokens, apiKeys: check, homes: this.homes, clock, ...others });
    this.usage = new UsageBook(state);
    this.rates = new RateLimiter({ table: state, clock, keyOf: (tenantId) => rateBucketKey(tenantId, region), report });
    const arrivalKey = (person: string): ItemKey => arrivalBucketKey(person, region);
    this.#arrivals = new RateLimiter({ table: state, clock, keyOf: arrivalKey, report });
    this.#feed = new ChangeFeed({ table: state, clock, chance });
    this.#months = new MonthCalls({ book: this.usage, clock, report });
  }

  /**
   * Makes a first tenant while all else goes on: only who asks for a tenant meanwhile waits for it. Resolves once it is stored;
   * where that fails it is also reported.
   */
  begin(draft: TenantDraft): Promise<unknown> {
    const beginning = this.tenants.ensure(draft).finally(() => {
      this.#beginning = undefined;
    });
    this.#beginning = beginning;
    beginning.catch(this.#report);
    return beginning;
  }

  async #readPolicy(tenantId: TenantId): Promise<TenantPolicy | undefined> {
    await this.#beginning;
    return this.tenants.policyOf(tenantId);
  }

  /** What the gate of this process goes by. */
  gateParts({ authenticate, resourceMetadataUrl, newcomers }: GateDoor): GateParts {
    return {
      authenticate: authenticate ?? ((request) => this.authenticator.authenticate(request.headers.authorization)),
      policyOf: (tenantId) => this.policies.policyOf(tenantId),
      takeCall: (policy) => this.takeCall(policy),
      resourceMetadataUrl,
      rightRefused: (right) => this.audit.refused(auditedRefusal(right)),
      region: this.#region,
      ...(newcomers !== undefined && { newcomers }),
    };
  }

  /** Whether somebody who belongs to no tenant may try once more to come to one. */
  takeArrival(person: Subject): RateAnswer | Promise<RateAnswer> {
    return this.#arrivals.take(this.homes.digestOf(person), ARRIVAL_RATE);
  }

  /**
   * Tells those of a tenant who listen that what it offers has changed, once every process goes by the change. To be called
   * before the change is made: who is told of one that failed looks once more at the same.
   */
  async offerWillChange(tenantId: TenantId): Promise<void> {
    const lists = ["tools", "prompts", "resources"] as const;
    const later = { delayMs: POLICY_STALE_MS_MAX };
    await Promise.all(lists.map((list) => this.#feed.publish(tenantId, list, later)));
  }

  /**
   * Whether one more call is within the tenant's rate, and within its calls of the month. What it has made this month is
   * some minutes old in any case, so nobody waits to learn it.
   */
  takeCall({ tenantId, limits }: TenantPolicy): RateAnswer | Promise<RateAnswer> {
    if (limits.requestsPerSecond >= UNLIMITED_PER_SECOND) return unlimited(limits);
    const made = this.#months.of(tenantId);
    if (made instanceof Promise) made.catch(this.#report);
    else if (made >= limits.requestsPerMonth) return monthExceeded(limits, this.#clock.nowMs());
    return this.rates.take(tenantId, limits);
  }

  /** At the end of a call after which the process may be stopped: nothing of the limits is half done then. */
  async settled(): Promise<void> {
    await Promise.all([this.rates.settled(), this.#arrivals.settled()]);
  }

  /** At the end of a process that is told of it: others may use what it took ahead. */
  async close(): Promise<void> {
    await Promise.all([this.rates.close(), this.#arrivals.close()]);
  }
}

export interface GateDoor {
  /** Left out, by the `Authorization` header alone. */
  readonly authenticate?: (
    request: HttpRequest,
  ) => Result<Identity, CredentialProblem> | Promise<Result<Identity, CredentialProblem>>;
  readonly resourceMetadataUrl: (request: HttpRequest) => string;
  /** Left out, newcomers are refused. */
  readonly newcomers?: NewcomerHandler;
}

function auditedRefusal({ principal, action, requestId, remoteAddress }: RefusedRight) {
  const actor: Actor = actorOf(principal, { requestId, remoteAddress });
  return { actor, action, target: { kind: targetKind(action), id: "" } };
}

/** What an action is done to, by the first part of its name. */
function targetKind(action: Action): AuditTarget["kind"] {
  if (action.startsWith("mcp.")) return "mcp";
  if (action.startsWith("user-session.")) return "user-session";
  if (action.startsWith("member.")) return "member";
  if (action.startsWith("job.")) return "job";
  if (action.startsWith("job-schedule.")) return "job-schedule";
  return action.startsWith("api-key.") ? "api-key" : "tenant";
}

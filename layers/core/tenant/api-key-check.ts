import type { Clock } from "../ports/clock.ts";
import type { Digest } from "../ports/digest.ts";
import type { KeyedHash } from "../ports/keyed-hash.ts";
import type { Table } from "../ports/table.ts";
import { RecentReads } from "../recent-reads.ts";
import { ok, type Result, refused } from "../result.ts";
import { apiKeyKey } from "../store/keys.ts";
import { type ApiKey, type ApiKeyText, apiKeyPrefix, parseApiKeyText, readApiKey } from "./api-key.ts";
import { isOver } from "./api-keys.ts";
import type { CredentialProblem, Identity } from "./identity.ts";
import {
  API_KEY_FRESH_MS,
  API_KEY_REFUSALS_PER_SECOND_MAX,
  API_KEY_REFUSED_MS,
  API_KEY_STALE_MS_MAX,
  API_KEY_USE_GRAIN_MS,
  API_KEYS_KNOWN_MAX,
} from "./limits.ts";
import { parseTenantId } from "./tenant-id.ts";
import type { TenantPolicies } from "./tenant-policies.ts";
import type { TenantPolicy } from "./tenant-policy.ts";

export interface ApiKeyCheckDeps {
  /** The strongly consistent one. */
  readonly table: Table;
  readonly clock: Clock;
  readonly hash: KeyedHash;
  readonly digest: Digest;
  /** Some seconds old at most. */
  readonly policies: Pick<TenantPolicies, "policyOf" | "recall">;
  readonly report: (fault: unknown) => void;
}

type Checked = Result<Identity, CredentialProblem>;

/** Compared with where there is no key, so that it takes as long. */
const NO_HASH = "00000000.";

/** A key as it was read, and the digest of the secret that has shown to be its own, so that it is hashed slowly once. */
interface KnownKey {
  readonly key: ApiKey;
  readonly provenDigest?: string;
}

/**
 * Who calls with an API key: one read, remembered until a key of the tenant changes, which the tenant's policy tells within
 * ten seconds. So hardly any call costs one, and a revoked key opens nothing after ten.
 *
 * A refusal takes one read of one key and one hash, whether the tenant, the key or its secret is wrong, whatever is
 * known here and whoever else calls: what belongs to the tenant is looked at for a right secret alone. Only who knows a key's
 * id (64 random bits) may see by microseconds that there is a record to read.
 */
export class ApiKeyCheck {
  readonly #deps: ApiKeyCheckDeps;
  readonly #known: RecentReads<string, KnownKey | undefined>;
  /** Until when each is refused without a read, by its digest. The oldest first, and no more than are read for meanwhile. */
  readonly #refusedUntilEpochMs = new Map<string, number>();
  #refusals = { second: 0, count: 0 };

  constructor(deps: ApiKeyCheckDeps) {
    this.#deps = deps;
    this.#known = new RecentReads({
      read: (name) => this.#read(name),
      clock: deps.clock,
      freshMs: API_KEY_FRESH_MS,
      staleMsMax: API_KEY_STALE_MS_MAX,
      entriesMax: API_KEYS_KNOWN_MAX,
    });
  }

  /** At once where the key is known. It can't be found out while others try many that do not exist. */
  check(text: string): Checked | Promise<Checked> {
    const given = parseApiKeyText(text);
    if (given === undefined) return REFUSED;
    const { policies } = this.#deps;
    const { tenantId } = given;
    const name = nameAsOf(given, policies.recall(tenantId));
    if (!this.#isProven(given, name)) {
      if (this.#isGuessed()) return UNREAD;
      return this.#wasRefused(given) ? REFUSED : this.#lookUp(given, name);
    }
    const policy = policies.policyOf(tenantId);
    return policy instanceof Promise
      ? policy.then((known) => this.#checkAsOf(given, known))
      : this.#checkAsOf(given, policy);
  }

  /** Whether this secret has opened what is known by that name. */
  #isProven({ secret }: ApiKeyText, name: string): boolean {
    const proven = this.#known.recall(name)?.provenDigest;
    return proven !== undefined && proven === this.#deps.digest(secret);
  }

  /**
   * Of a tenant that is not known here, the key is read as of its first version, and again once its right secret has shown
   * which version there is. A name may be of an older version than the key, never of a newer one: then a key that is
   * revoked after the read would stay known.
   */
  async #lookUp(given: ApiKeyText, name: string): Promise<Checked> {
    const found = await this.#judgeLater(given, name, this.#known.readAnew(name));
    if (!found.ok) return found;
    return this.#checkAsOf(given, await this.#deps.policies.policyOf(given.tenantId));
  }

  #checkAsOf(given: ApiKeyText, policy: TenantPolicy | undefined): Checked | Promise<Checked> {
    const name = nameAsOf(given, policy);
    const found = this.#known.get(name);
    return found instanceof Promise ? this.#judgeLater(given, name, found) : this.#judge(given, name, found);
  }

  async #judgeLater(given: ApiKeyText, name: string, found: Promise<KnownKey | undefined>): Promise<Checked> {
    try {
      return this.#judge(given, name, await found);
    } catch (fault) {
      if (fault instanceof TooManyRefusals) return UNREAD;
      throw fault;
    }
  }

  #judge(given: ApiKeyText, name: string, known: KnownKey | undefined): Checked {
    const { clock, digest, hash } = this.#deps;
    const { secret } = given;
    const secretDigest = digest(secret);
    const isProven = known?.provenDigest === secretDigest;
    const match = isProven ? "yes" : hash.matches(secret, known?.key.hash ?? NO_HASH);
    const nowMs = clock.nowMs();
    if (known === undefined || match === "no" || isOver(known.key, nowMs)) return this.#refuse(given);
    const { key } = known;
    const proven = { key, provenDigest: secretDigest };
    if (!isProven) this.#known.amend(name, proven);
    this.#noteUse(proven, { name, nowMs, ...(match === "old" && { hash: hash.of(secret) }) });
    const { tenantId, keyId, role, scopes, expiresAtEpochMs } = key;
    const until = expiresAtEpochMs === undefined ? {} : { expiresAtEpochMs };
    return ok({ tenantId, subject: `key:${keyId}`, claimedRole: role, scopes, credential: "api-key", ...until });
  }

  /** Nobody waits for it: a use that was not noted is noted by the next. */
  #noteUse(
    known: KnownKey,
    { name, nowMs, hash }: { readonly name: string; readonly nowMs: number; readonly hash?: string },
  ): void {
    const { key } = known;
    if (hash === undefined && nowMs - (key.lastUsedAtEpochMs ?? 0) < API_KEY_USE_GRAIN_MS) return;
    const set = { lastUsedAtEpochMs: nowMs, ...(hash === undefined ? {} : { hash }) };
    const isThere = { if: "present" } as const;
    this.#deps.table.update(apiKeyKey(key.tenantId, key.keyId), { set }, isThere).catch(this.#deps.report);
    this.#known.amend(name, { ...known, key: { ...key, ...set } });
  }

  async #read(name: string): Promise<KnownKey | undefined> {
    const [, tenant, keyId = ""] = name.split("_");
    const tenantId = parseTenantId(tenant);
    if (!tenantId.ok) return undefined;
    if (this.#isGuessed() && this.#known.recall(name) === undefined) throw new TooManyRefusals();
    // What is known for so long must not be what a slow replica still held when the key was revoked.
    const item = await this.#deps.table.get(apiKeyKey(tenantId.value, keyId));
    if (item === undefined) return undefined;
    const key = readApiKey(tenantId.value, item);
    // Whoever tries another secret makes nobody wait who has shown the right one.
    const before = this.#known.recall(name);
    return before?.key.hash === key.hash ? { ...before, key } : { key };
  }

  #refuse(given: ApiKeyText): Checked {
    const second = this.#secondNow();
    this.#refusals = { second, count: this.#refusals.second === second ? this.#refusals.count + 1 : 1 };
    const nowMs = this.#deps.clock.nowMs();
    for (const [digest, untilEpochMs] of this.#refusedUntilEpochMs) {
      if (untilEpochMs > nowMs) break;
      this.#refusedUntilEpochMs.delete(digest);
    }
    const digest = this.#digestOf(given);
    this.#refusedUntilEpochMs.delete(digest);
    this.#refusedUntilEpochMs.set(digest, nowMs + API_KEY_REFUSED_MS);
    return REFUSED;
  }

  #wasRefused(given: ApiKeyText): boolean {
    const untilEpochMs = this.#refusedUntilEpochMs.get(this.#digestOf(given)) ?? 0;
    const leftMs = untilEpochMs - this.#deps.clock.nowMs();
    return leftMs > 0 && leftMs <= API_KEY_REFUSED_MS;
  }

  #digestOf(given: ApiKeyText): string {
    return this.#deps.digest(`${apiKeyPrefix(given)}_${given.secret}`);
  }

  /** Whether somebody tries keys that nobody made. */
  #isGuessed(): boolean {
    const { second, count } = this.#refusals;
    return count >= API_KEY_REFUSALS_PER_SECOND_MAX && second === this.#secondNow();
  }

  #secondNow(): number {
    return Math.floor(this.#deps.clock.nowMs() / 1_000);
  }
}

/** Under which a key is known: with the count of changes as of which it is, so that a change makes it unknown. */
function nameAsOf(key: ApiKeyText, policy: TenantPolicy | undefined): string {
  return `${apiKeyPrefix(key)}_${policy?.keysVersion ?? 0}`;
}

/** A key is not read for, since too many were tried that do not exist. */
class TooManyRefusals extends Error {
  readonly code = "too_many_refusals";
}

const UNREAD = refused({ reason: "issuer_unavailable" } as const);
const REFUSED = refused({ reason: "credential_refused", detail: "there is no such API key" } as const);

import type { Actor, AuditedFields } from "../audit/audit-entry.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Chance } from "../ports/chance.ts";
import type { Clock } from "../ports/clock.ts";
import type { KeyedHash } from "../ports/keyed-hash.ts";
import { type Item, QUERY_LIMIT_MAX, type Table } from "../ports/table.ts";
import type { QuotaReached, Quotas } from "../quota/quotas.ts";
import { ok, type Result, refused } from "../result.ts";
import { apiKeyKey, recordPartition } from "../store/keys.ts";
import { ACTIONS } from "./action.ts";
import { type ApiKey, apiKeyItem, apiKeyPrefix, readApiKey } from "./api-key.ts";
import { API_KEY_OVERLAP_SECONDS_MAX } from "./limits.ts";
import { isTenantRole, TENANT_ROLES, type TenantRole } from "./role.ts";
import type { Scope } from "./scope.ts";
import type { TenantId } from "./tenant-id.ts";

const SECRET_BYTES = 32;
const KEY_ID_DIGITS = 16;
const SECOND_MS = 1_000;

export interface ApiKeysDeps {
  /** The strongly consistent one. */
  readonly table: Table;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly hash: KeyedHash;
  readonly quotas: Quotas;
  readonly audit: AuditLog;
  /** Told once a key is stored, changed or gone: then everyone gets to know within ten seconds. */
  readonly keysChanged: (tenantId: TenantId) => Promise<void>;
}

export interface ApiKeyDraft {
  readonly name: string;
  readonly role: TenantRole;
  /** @default all that the role may use and its maker may */
  readonly scopes?: readonly Scope[] | undefined;
  readonly expiresAtEpochMs?: number | undefined;
}

/** A key that was just made. Its text is told this once. */
export interface MadeApiKey {
  readonly key: ApiKey;
  readonly text: string;
}

export type ApiKeyProblem =
  | { readonly reason: "api_key_absent" }
  /** It was replaced before, or is over. */
  | { readonly reason: "api_key_spent" }
  | { readonly reason: "role_too_high"; readonly role: TenantRole }
  | { readonly reason: "scope_too_wide"; readonly scope: Scope }
  | { readonly reason: "overlap_too_long"; readonly secondsMax: number }
  | QuotaReached;

/** Whoever makes a key, what they may themselves, and how many keys the tenant may have. */
export interface KeyMaker {
  readonly actor: Actor;
  readonly scopes: readonly Scope[];
  readonly keysMax: number;
}

/** The keys of tenants' programs: none may more than whoever made it. Whoever acts has the right to; here are the rules that hold for them. */
export class ApiKeys {
  readonly #deps: ApiKeysDeps;

  constructor(deps: ApiKeysDeps) {
    this.#deps = deps;
  }

  /** In the order of their ids, those that are over left out. */
  async list(tenantId: TenantId): Promise<readonly ApiKey[]> {
    const nowMs = this.#deps.clock.nowMs();
    return (await this.#stored(tenantId)).filter((key) => !isOver(key, nowMs));
  }

  async create(tenantId: TenantId, draft: ApiKeyDraft, by: KeyMaker): Promise<Result<MadeApiKey, ApiKeyProblem>> {
    const scopes = draft.scopes ?? scopesOf(draft.role).filter((scope) => by.scopes.includes(scope));
    const excess = excessOf({ role: draft.role, scopes }, by);
    if (excess !== undefined) return refused(excess);
    const made = this.#make(tenantId, { ...draft, scopes, createdBy: by.actor.subject });
    const change = { action: "api-key.change", target: targetOf(made.key), after: shown(made.key) } as const;
    return this.#deps.audit.change(tenantId, { actor: by.actor, ...change }, () => this.#store(made, by.keysMax));
  }

  /** A new key of the same name and rights; the old one opens for the overlap, and then no more. */
  async rotate(
    tenantId: TenantId,
    keyId: string,
    by: KeyMaker & { readonly overlapSeconds: number },
  ): Promise<Result<MadeApiKey, ApiKeyProblem>> {
    const { actor, keysMax, overlapSeconds } = by;
    if (overlapSeconds > API_KEY_OVERLAP_SECONDS_MAX) {
      return refused({ reason: "overlap_too_long", secondsMax: API_KEY_OVERLAP_SECONDS_MAX });
    }
    const old = await this.#read(tenantId, keyId);
    if (old === undefined) return refused({ reason: "api_key_absent" });
    const nowMs = this.#deps.clock.nowMs();
    if (old.replacedBy !== undefined || isOver(old, nowMs)) return refused({ reason: "api_key_spent" });
    const excess = excessOf(old, by);
    if (excess !== undefined) return refused(excess);
    const made = this.#make(tenantId, { ...old, createdBy: actor.subject });
    const after = { ...shown(made.key), overlapSeconds };
    const change = { actor, action: "api-key.change", target: targetOf(old), before: shown(old), after } as const;
    return this.#deps.audit.change(tenantId, change, async () => {
      const stored = await this.#store(made, keysMax);
      if (!stored.ok) return stored;
      const retired = await this.#retire(old, {
        replacedBy: made.key.keyId,
        atEpochMs: nowMs + overlapSeconds * SECOND_MS,
      });
      if (retired) return stored;
      // Another rotation came first: of two new keys only one is the old one's.
      await this.#remove(made.key);
      return refused({ reason: "api_key_spent" });
    });
  }

  /** It is gone: here at once, and everywhere within 10 seconds. */
  async revoke(
    tenantId: TenantId,
    keyId: string,
    { actor }: { readonly actor: Actor },
  ): Promise<Result<undefined, ApiKeyProblem>> {
    const key = await this.#read(tenantId, keyId);
    if (key === undefined) {
      // Whoever revoked it may have ended before anybody was told.
      await this.#deps.keysChanged(tenantId);
      return refused({ reason: "api_key_absent" });
    }
    if (outranks(key.role, actor)) return refused({ reason: "role_too_high", role: key.role });
    const change = { actor, action: "api-key.change", target: targetOf(key), before: shown(key) } as const;
    return this.#deps.audit.change(tenantId, change, async () =>
      (await this.#remove(key)) ? ok() : refused({ reason: "api_key_absent" }),
    );
  }

  /** For the reconciler. */
  countStored(tenantId: TenantId): Promise<number> {
    return countApiKeys(this.#deps.table, tenantId);
  }

  #make(
    tenantId: TenantId,
    draft: ApiKeyDraft & { readonly scopes: readonly Scope[]; readonly createdBy: string },
  ): MadeApiKey {
    const { chance, clock, hash } = this.#deps;
    const { name, role, scopes, expiresAtEpochMs, createdBy } = draft;
    const keyId = chance.uuid().replaceAll("-", "").slice(-KEY_ID_DIGITS);
    const secret = chance.token(SECRET_BYTES);
    const key: ApiKey = {
      tenantId,
      keyId,
      name,
      role,
      scopes,
      hash: hash.of(secret),
      createdAtEpochMs: clock.nowMs(),
      createdBy,
      expiresAtEpochMs,
    };
    return { key, text: `${apiKeyPrefix(key)}_${secret}` };
  }

  async #store(made: MadeApiKey, keysMax: number): Promise<Result<MadeApiKey, ApiKeyProblem>> {
    const { quotas, table } = this.#deps;
    const { key } = made;
    const countStored = () => this.countStored(key.tenantId);
    const asked = { quota: "apiKeys", limit: keysMax, countStored } as const;
    let place = await quotas.take(key.tenantId, asked);
    if (!place.ok && (await this.#sweep(key.tenantId)) > 0) place = await quotas.take(key.tenantId, asked);
    if (!place.ok) return place;
    await table.put(apiKeyItem(key), { if: "absent" });
    await this.#deps.keysChanged(key.tenantId);
    return ok(made);
  }

  /** Keys that are over hold their place until it is needed. */
  async #sweep(tenantId: TenantId): Promise<number> {
    const nowMs = this.#deps.clock.nowMs();
    const over = (await this.#stored(tenantId)).filter((key) => isOver(key, nowMs));
    for (const key of over) await this.#remove(key);
    return over.length;
  }

  async #retire(old: ApiKey, by: { readonly replacedBy: string; readonly atEpochMs: number }): Promise<boolean> {
    const unreplaced = {
      if: "all",
      of: [{ if: "present" }, { if: "attribute_absent", attribute: "replacedBy" }],
    } as const;
    const expiresAtEpochMs = Math.min(by.atEpochMs, old.expiresAtEpochMs ?? Number.POSITIVE_INFINITY);
    const set = { replacedBy: by.replacedBy, expiresAtEpochMs };
    const written = await this.#deps.table.update(apiKeyKey(old.tenantId, old.keyId), { set }, unreplaced);
    await this.#deps.keysChanged(old.tenantId);
    return written.ok;
  }

  async #remove(key: ApiKey): Promise<boolean> {
    const { quotas, table } = this.#deps;
    const place = await quotas.placeNow(key.tenantId, "apiKeys");
    const deleted = await table.delete(apiKeyKey(key.tenantId, key.keyId), { if: "present" });
    await this.#deps.keysChanged(key.tenantId);
    if (deleted.ok) await quotas.giveBack(key.tenantId, "apiKeys", place);
    return deleted.ok;
  }

  async #read(tenantId: TenantId, keyId: string): Promise<ApiKey | undefined> {
    const item = await this.#deps.table.get(apiKeyKey(tenantId, keyId));
    return item === undefined ? undefined : readApiKey(tenantId, item);
  }

  async #stored(tenantId: TenantId): Promise<readonly ApiKey[]> {
    return (await storedItems(this.#deps.table, tenantId)).map((item) => readApiKey(tenantId, item));
  }
}

/** How many keys there are, those that are over included. For what has no need of their hashes. */
export async function countApiKeys(table: Pick<Table, "query">, tenantId: TenantId): Promise<number> {
  return (await storedItems(table, tenantId)).length;
}

async function storedItems(table: Pick<Table, "query">, tenantId: TenantId): Promise<readonly Item[]> {
  return (await table.query({ pk: recordPartition(tenantId, "API-KEY"), limit: QUERY_LIMIT_MAX })).items;
}

export function isOver({ expiresAtEpochMs }: ApiKey, nowMs: number): boolean {
  return expiresAtEpochMs !== undefined && expiresAtEpochMs <= nowMs;
}

/** Roles are listed from the highest to the lowest; an operator has none of them. */
function outranks(role: TenantRole, actor: Actor): boolean {
  const own = isTenantRole(actor.role) ? TENANT_ROLES.indexOf(actor.role) : -1;
  return own < 0 || TENANT_ROLES.indexOf(role) < own;
}

function excessOf({ role, scopes }: Pick<ApiKey, "role" | "scopes">, by: KeyMaker): ApiKeyProblem | undefined {
  if (outranks(role, by.actor)) return { reason: "role_too_high", role };
  const scope = scopes.find((wanted) => !by.scopes.includes(wanted));
  return scope === undefined ? undefined : { reason: "scope_too_wide", scope };
}

function scopesOf(role: TenantRole): readonly Scope[] {
  const rights = Object.values(ACTIONS).filter(({ roles }: { readonly roles: readonly string[] }) =>
    roles.includes(role),
  );
  return [...new Set(rights.map(({ scope }) => scope))];
}

function targetOf({ keyId }: ApiKey) {
  return { kind: "api-key", id: keyId } as const;
}

function shown({ name, role, scopes, expiresAtEpochMs }: ApiKey): AuditedFields {
  return { name, role, scopes, ...(expiresAtEpochMs === undefined ? {} : { expiresAtEpochMs }) };
}

import { timingSafeEqual } from "node:crypto";
import * as z from "zod";
import type { Chance } from "../../core/ports/chance.ts";
import { type Clock, nowEpochSeconds } from "../../core/ports/clock.ts";
import type { Seal } from "../../core/ports/seal.ts";
import type { Table } from "../../core/ports/table.ts";
import { ok, type Result, refused } from "../../core/result.ts";
import { oauthGrantKey } from "../../core/store/keys.ts";
import { roleOf } from "../../core/tenant/identity.ts";
import type { Role } from "../../core/tenant/role.ts";
import type { Scope } from "../../core/tenant/scope.ts";
import { parseTenantId, type TenantId } from "../../core/tenant/tenant-id.ts";
import type { TenantPolicy } from "../../core/tenant/tenant-policy.ts";
import { localSubject } from "../self-issuer.ts";
import type { Client } from "./clients.ts";
import { CODE_LIFETIME_SECONDS, GRANT_IDLE_SECONDS, GRANT_LIFETIME_SECONDS, REFRESH_REPEAT_SECONDS } from "./limits.ts";
import { readStoredGrant, type StoredGrant } from "./stored-grant.ts";

/** Whom a token is for, and for what. */
export interface Grant {
  readonly tenantId: TenantId;
  readonly subject: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  readonly resources: readonly string[];
}

/** What a person has allowed a client. */
export interface GrantDraft extends Grant {
  readonly client: Pick<Client, "clientId" | "refreshes">;
  readonly redirectUri: string;
  readonly codeChallenge: string;
}

/** A grant as it is now, and the refresh token that goes on with it, for a client that wants one. */
export interface Granted {
  readonly grant: Grant;
  readonly refreshToken: string | undefined;
}

export type GrantProblem =
  /** Which of all that is wrong with a code or a token is nobody's business who brings it. */
  | { readonly reason: "grant_invalid" }
  /** More is asked for than was allowed. */
  | { readonly reason: "scope_too_wide" }
  | { readonly reason: "resource_too_wide" };

/** Who asks for a token, and for which part of what was allowed; left out, for all of it. */
export interface TokenRequest {
  readonly clientId: string;
  readonly scopes?: readonly string[] | undefined;
  readonly resources: readonly string[];
}

export interface GrantsDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly seal: Seal;
  readonly policyOf: (tenantId: TenantId) => TenantPolicy | undefined | Promise<TenantPolicy | undefined>;
}

/** What is sealed into a code or a refresh token: the tenant, the grant and its generation. */
const Sealed = z.tuple([z.string(), z.string(), z.number()]);

interface Found {
  readonly tenantId: TenantId;
  readonly grantId: string;
  readonly stored: StoredGrant;
  /** What the code or token says. */
  readonly generation: number;
  /** What it would give now. */
  readonly grant: Grant;
}

const CODE = "oauth-code";
const REFRESH = "oauth-refresh";

/**
 * What people have allowed clients, one item each, so that one conditional write decides who exchanges a code and who
 * goes on with a refresh token, whichever process is asked. Codes and tokens are sealed and not stored: they name the
 * grant and its generation, and the store alone opens nothing.
 *
 * Who brings a code or token that was used before may be a thief, or the one who was robbed: the grant ends then
 * (RFC 6749, section 4.1.2; RFC 9700, section 4.14.2). Not promised: that an access token ends with it.
 */
export class Grants {
  readonly #deps: GrantsDeps;

  constructor(deps: GrantsDeps) {
    this.#deps = deps;
  }

  /** @returns the code that its client exchanges. */
  async open({ tenantId, client, ...allowed }: GrantDraft): Promise<string> {
    const { table, clock, chance, seal } = this.#deps;
    const grantId = chance.uuid();
    const nowSeconds = nowEpochSeconds(clock);
    const { subject, role, scopes, resources, redirectUri, codeChallenge } = allowed;
    const stored: StoredGrant = {
      clientDigest: seal.digest(client.clientId),
      ...{ subject, role, scopes, resources, redirectUri, codeChallenge },
      refreshes: client.refreshes,
      generation: 0,
      generatedAtEpochSeconds: nowSeconds,
      endsAtEpochSeconds: nowSeconds + GRANT_LIFETIME_SECONDS,
    };
    const expiresAtEpochSeconds = nowSeconds + CODE_LIFETIME_SECONDS;
    await table.put({ ...oauthGrantKey(tenantId, grantId), ...stored, expiresAtEpochSeconds }, { if: "absent" });
    return this.#sealed(CODE, { tenantId, grantId }, 0);
  }

  /** Exchanges a code, once. */
  async exchange(
    code: string,
    request: TokenRequest & { readonly redirectUri: string | undefined; readonly codeVerifier: string },
  ): Promise<Result<Granted, GrantProblem>> {
    const found = await this.#find(CODE, code, request);
    if (!found.ok) return found;
    const { stored, grant } = found.value;
    if (stored.generation > 0) return this.#end(found.value);
    if (request.redirectUri !== undefined && request.redirectUri !== stored.redirectUri) return INVALID;
    if (!isSame(this.#deps.seal.digest(request.codeVerifier), stored.codeChallenge)) return INVALID;
    if (stored.refreshes) return this.#advance(found.value);
    const isFirst = await this.#deps.table.delete(keyOf(found.value), generationIs(0));
    return isFirst.ok ? ok({ grant, refreshToken: undefined }) : INVALID;
  }

  /** Goes on with a grant: the token is used up, and its successor takes its place. */
  async refresh(token: string, request: TokenRequest): Promise<Result<Granted, GrantProblem>> {
    const found = await this.#find(REFRESH, token, request);
    if (!found.ok) return found;
    const { stored, generation } = found.value;
    if (generation === stored.generation) return this.#advance(found.value);
    const ageSeconds = nowEpochSeconds(this.#deps.clock) - stored.generatedAtEpochSeconds;
    const isRepeated = generation === stored.generation - 1 && ageSeconds <= REFRESH_REPEAT_SECONDS;
    return isRepeated ? ok(this.#granted(found.value, stored.generation)) : this.#end(found.value);
  }

  /** Ends what a refresh token goes on with. Whatever else is brought, there is nothing to end. */
  async revoke(token: string, clientId: string): Promise<void> {
    const place = this.#opened(REFRESH, token);
    const item = place === undefined ? undefined : await this.#deps.table.get(keyOf(place));
    if (place === undefined || item === undefined || !this.#isOf(readStoredGrant(item), clientId)) return;
    await this.#end(place);
  }

  async #find(purpose: string, sealed: string, request: TokenRequest): Promise<Result<Found, GrantProblem>> {
    const place = this.#opened(purpose, sealed);
    const item = place === undefined ? undefined : await this.#deps.table.get(keyOf(place));
    if (place === undefined || item === undefined) return INVALID;
    const stored = readStoredGrant(item);
    if (!this.#isOf(stored, request.clientId)) return INVALID;
    const role = await this.#roleNow(place.tenantId, stored);
    if (role === undefined) return INVALID;
    const narrowed = narrowedTo(request, stored);
    if (!narrowed.ok) return narrowed;
    const grant = { tenantId: place.tenantId, subject: stored.subject, role, ...narrowed.value };
    return ok({ ...place, stored, grant });
  }

  #opened(purpose: string, sealed: string): Pick<Found, "tenantId" | "grantId" | "generation"> | undefined {
    const text = this.#deps.seal.open(purpose, sealed);
    if (text === undefined) return undefined;
    const [tenant, grantId, generation] = Sealed.parse(JSON.parse(text));
    const tenantId = parseTenantId(tenant);
    return tenantId.ok ? { tenantId: tenantId.value, grantId, generation } : undefined;
  }

  #isOf({ clientDigest }: StoredGrant, clientId: string): boolean {
    return clientDigest === this.#deps.seal.digest(clientId);
  }

  /** Undefined where the tenant is not active, or has removed its member. */
  async #roleNow(tenantId: TenantId, { subject, role: claimedRole }: StoredGrant): Promise<Role | undefined> {
    const policy = await this.#deps.policyOf(tenantId);
    if (policy?.status !== "active") return undefined;
    return roleOf({ subject: localSubject(subject), claimedRole }, policy);
  }

  /** Of those who bring the same at the same moment one wins. The others have brought a code that was used, or get the same successor of a token. */
  async #advance(found: Found): Promise<Result<Granted, GrantProblem>> {
    const { stored } = found;
    const nowSeconds = nowEpochSeconds(this.#deps.clock);
    const generation = stored.generation + 1;
    const expiresAtEpochSeconds = Math.min(nowSeconds + GRANT_IDLE_SECONDS, stored.endsAtEpochSeconds);
    const set = { generation, generatedAtEpochSeconds: nowSeconds, expiresAtEpochSeconds };
    const written = await this.#deps.table.update(keyOf(found), { set }, generationIs(stored.generation));
    if (written.ok) return ok(this.#granted(found, generation));
    if (stored.generation === 0) return this.#end(found);
    const now = written.problem.reason === "condition_failed" ? written.problem.current : undefined;
    return now?.generation === generation ? ok(this.#granted(found, generation)) : INVALID;
  }

  #granted(found: Found, generation: number): Granted {
    return { grant: found.grant, refreshToken: this.#sealed(REFRESH, found, generation) };
  }

  #sealed(purpose: string, { tenantId, grantId }: Pick<Found, "tenantId" | "grantId">, generation: number): string {
    return this.#deps.seal.seal(purpose, JSON.stringify([tenantId, grantId, generation]));
  }

  async #end(place: Pick<Found, "tenantId" | "grantId">): Promise<Result<Granted, GrantProblem>> {
    await this.#deps.table.delete(keyOf(place));
    return INVALID;
  }
}

const INVALID = refused({ reason: "grant_invalid" } as const);

function keyOf({ tenantId, grantId }: Pick<Found, "tenantId" | "grantId">) {
  return oauthGrantKey(tenantId, grantId);
}

function generationIs(value: number) {
  return { if: "equals", attribute: "generation", value } as const;
}

/** RFC 6749, section 6; RFC 8707, section 2.2. */
function narrowedTo(
  asked: TokenRequest,
  allowed: StoredGrant,
): Result<Pick<Grant, "scopes" | "resources">, GrantProblem> {
  const scopes = asked.scopes ?? allowed.scopes;
  if (!scopes.every((scope) => allowed.scopes.some((own) => own === scope)))
    return refused({ reason: "scope_too_wide" });
  if (!asked.resources.every((resource) => allowed.resources.includes(resource))) {
    return refused({ reason: "resource_too_wide" });
  }
  return ok({
    scopes: allowed.scopes.filter((scope) => scopes.includes(scope)),
    resources: asked.resources.length === 0 ? allowed.resources : asked.resources,
  });
}

function isSame(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
}

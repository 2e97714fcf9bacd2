import { hash } from "node:crypto";
import type { Clock } from "../core/ports/clock.ts";
import { RecentReads } from "../core/recent-reads.ts";
import { ok, type Result, refused } from "../core/result.ts";
import type { ApiKeyCheck } from "../core/tenant/api-key-check.ts";
import type { Homes, Subject } from "../core/tenant/homes.ts";
import type { CredentialProblem, Identity } from "../core/tenant/identity.ts";
import type { TenantId } from "../core/tenant/tenant-id.ts";
import { HOME_FRESH_MS, HOME_STALE_MS_MAX, HOMES_KNOWN_MAX, TOKEN_CHARACTERS_MAX, TOKENS_KNOWN_MAX } from "./limits.ts";
import type { TokenVerifier, VerifiedToken } from "./token-verifier.ts";

export interface AuthenticatorDeps {
  readonly tokens: TokenVerifier;
  readonly apiKeys: Pick<ApiKeyCheck, "check">;
  readonly homes: Pick<Homes, "homeOf">;
  readonly clock: Clock;
  /** Who is known by a credential that is neither a token nor an API key; left out, nobody. */
  readonly others?: (credential: string) => Promise<Identity | undefined>;
}

type Authenticated = Result<Identity, CredentialProblem>;

/** RFC 6750, section 2.1, and more characters than that, since others' credentials may have them; the scheme in any case. */
const BEARER_PATTERN = /^bearer +([!-~]+) *$/i;

/** Who is behind an `Authorization` header. */
export class Authenticator {
  readonly #deps: AuthenticatorDeps;
  /** By the token's digest, so that no credential is kept. The one verified first comes first. */
  readonly #known = new Map<string, VerifiedToken>();
  readonly #homes: RecentReads<string, TenantId | undefined>;

  constructor(deps: AuthenticatorDeps) {
    this.#deps = deps;
    this.#homes = new RecentReads({
      read: (key) => deps.homes.homeOf(JSON.parse(key)),
      clock: deps.clock,
      freshMs: HOME_FRESH_MS,
      staleMsMax: HOME_STALE_MS_MAX,
      entriesMax: HOMES_KNOWN_MAX,
    });
  }

  /** At once for a credential that was seen before. */
  authenticate(authorization: string | undefined): Authenticated | Promise<Authenticated> {
    if (authorization === undefined) return ABSENT;
    if (authorization.length > TOKEN_CHARACTERS_MAX) return TOO_LONG;
    const credential = BEARER_PATTERN.exec(authorization)?.[1];
    if (credential === undefined) return NO_BEARER;
    if (credential.startsWith("sk_")) return this.#deps.apiKeys.check(credential);
    return isToken(credential) ? this.#ofToken(credential) : this.#ofOther(credential);
  }

  /** The holder has found a home in this process. */
  forgetHome(subject: Subject): void {
    this.#homes.forget(homeKeyOf(subject));
  }

  #ofToken(token: string): Authenticated | Promise<Authenticated> {
    const digest = hash("sha256", token, "base64url");
    const known = this.#known.get(digest);
    if (known === undefined) return this.#verify(token, digest);
    if (this.#deps.clock.nowMs() < known.expiresAtEpochMs) return this.#athome(known);
    this.#known.delete(digest);
    return EXPIRED;
  }

  async #verify(token: string, digest: string): Promise<Authenticated> {
    const verified = await this.#deps.tokens.verify(token);
    if (!verified.ok) return verified;
    this.#known.set(digest, verified.value);
    const [oldest] = this.#known.keys();
    if (this.#known.size > TOKENS_KNOWN_MAX && oldest !== undefined) this.#known.delete(oldest);
    return this.#athome(verified.value);
  }

  /** Whose token names no tenant belongs to the one that is their home. */
  #athome({ identity, issuer }: VerifiedToken): Authenticated | Promise<Authenticated> {
    if (identity.tenantId !== undefined) return ok(identity);
    const home = this.#homes.get(homeKeyOf({ issuer, subject: identity.subject }));
    if (home instanceof Promise) return home.then((tenantId) => ok({ ...identity, tenantId, issuer }));
    return ok({ ...identity, tenantId: home, issuer });
  }

  async #ofOther(credential: string): Promise<Authenticated> {
    const identity = await this.#deps.others?.(credential);
    return identity === undefined ? UNKNOWN : ok(identity);
  }
}

/** Two dots, as compact JWTs have them. */
function isToken(credential: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(credential);
}

function homeKeyOf({ issuer, subject }: Subject): string {
  return JSON.stringify({ issuer, subject });
}

function refusedAs(detail: string) {
  return refused({ reason: "credential_refused", detail } as const);
}

const ABSENT = refused({ reason: "credential_absent" } as const);
const TOO_LONG = refusedAs(`a credential has at most ${TOKEN_CHARACTERS_MAX} characters`);
const NO_BEARER = refusedAs("the Authorization header is not Bearer and a credential");
const EXPIRED = refusedAs("the token has expired");
const UNKNOWN = refusedAs("the credential is neither a token nor an API key");

import type { JSONWebKeySet, JWTHeaderParameters, JWTPayload } from "jose";
import type { Clock } from "../core/ports/clock.ts";
import { ok, type Result, refused } from "../core/result.ts";
import type { CredentialProblem, Identity } from "../core/tenant/identity.ts";
import { SUBJECT_CHARACTERS_MAX } from "../core/tenant/limits.ts";
import { isRole } from "../core/tenant/role.ts";
import { isScope, type Scope } from "../core/tenant/scope.ts";
import { FLEET_TENANT, parseTenantId } from "../core/tenant/tenant-id.ts";
import type { FetchJson } from "./fetch-json.ts";
import { IssuerKeys } from "./issuer-keys.ts";
import { CLOCK_SKEW_SECONDS } from "./limits.ts";
import { ALGORITHMS, type TrustedIssuer } from "./trusted-issuer.ts";

/** Who holds a token, and how long it says so. */
export interface VerifiedToken {
  readonly identity: Identity;
  readonly issuer: string;
  /** With the skew that clocks may have: until then it would be verified again. */
  readonly expiresAtEpochMs: number;
}

export interface TokenVerifierDeps {
  readonly issuers: readonly TrustedIssuer[];
  readonly clock: Clock;
  readonly fetchJson: FetchJson;
  readonly report: (fault: unknown) => void;
}

/** RFC 9068, section 2.1; issuers that came before it say `JWT` or nothing. Anything else is a token for another use. */
const TOKEN_TYPES: ReadonlySet<unknown> = new Set([undefined, "jwt", "at+jwt", "application/at+jwt"]);

/** Beginnings of subjects that are given here: an issuer's own may not pass for them. */
const OWN_SUBJECT = /^(?:key|local|machine):/;

/** Loaded with the first token: a process that only sees API keys never pays for it. */
type Jose = typeof import("jose");
type KeySet = ReturnType<Jose["createLocalJWKSet"]>;

/** Checks tokens (JWT) of trusted issuers, as RFC 8725 asks. */
export class TokenVerifier {
  readonly #deps: TokenVerifierDeps;
  readonly #issuers: ReadonlyMap<string, { readonly trusted: TrustedIssuer; readonly keys: IssuerKeys }>;
  /** So that each key is read out of its text once. */
  readonly #keySets = new WeakMap<JSONWebKeySet, KeySet>();

  constructor(deps: TokenVerifierDeps) {
    this.#deps = deps;
    this.#issuers = new Map(
      deps.issuers.map((trusted) => [trusted.issuer, { trusted, keys: new IssuerKeys(trusted.issuer, deps) }]),
    );
  }

  async verify(token: string): Promise<Result<VerifiedToken, CredentialProblem>> {
    const jose = await import("jose");
    const issuer = this.#issuers.get(claimedIssuer(jose, token));
    if (issuer === undefined) return notValid("the token is of no issuer that this server trusts");
    const { trusted, keys } = issuer;
    try {
      const verified = await this.#verifyWith(jose, token, trusted, trusted.keys ?? (await keys.current()));
      return verified ?? (await this.#verifyAnew(jose, token, issuer));
    } catch (fault) {
      if (fault instanceof jose.errors.JOSEError) return notValid(detailOf(jose, fault));
      this.#deps.report(fault);
      return refused({ reason: "issuer_unavailable" });
    }
  }

  /** With keys that the issuer may have made meanwhile. */
  async #verifyAnew(
    jose: Jose,
    token: string,
    { trusted, keys }: { readonly trusted: TrustedIssuer; readonly keys: IssuerKeys },
  ): Promise<Result<VerifiedToken, CredentialProblem>> {
    const newer = trusted.keys === undefined ? await keys.newer() : undefined;
    const verified = newer === undefined ? undefined : await this.#verifyWith(jose, token, trusted, newer);
    return verified ?? notValid("the token is signed with no key of its issuer");
  }

  /** Undefined when none of the keys is the one that the token names. */
  async #verifyWith(
    jose: Jose,
    token: string,
    trusted: TrustedIssuer,
    keys: JSONWebKeySet,
  ): Promise<Result<VerifiedToken, CredentialProblem> | undefined> {
    const nowMs = this.#deps.clock.nowMs();
    try {
      const { payload, protectedHeader } = await jose.jwtVerify(token, this.#keySetOf(jose, keys), {
        issuer: trusted.issuer,
        ...(trusted.clientIds === undefined && { audience: [...trusted.audiences] }),
        algorithms: [...ALGORITHMS],
        clockTolerance: CLOCK_SKEW_SECONDS,
        currentDate: new Date(nowMs),
        requiredClaims: ["exp", "sub"],
      });
      if ((payload.iat ?? 0) > nowMs / 1_000 + CLOCK_SKEW_SECONDS) return notValid("the token is from the future");
      return read(trusted, payload, protectedHeader);
    } catch (error) {
      if (error instanceof jose.errors.JWKSNoMatchingKey) return undefined;
      throw error;
    }
  }

  #keySetOf(jose: Jose, keys: JSONWebKeySet): KeySet {
    const held = this.#keySets.get(keys) ?? jose.createLocalJWKSet(keys);
    this.#keySets.set(keys, held);
    return held;
  }
}

/** Not verified: it only says whose keys to try. */
function claimedIssuer(jose: Jose, token: string): string {
  try {
    return jose.decodeJwt(token).iss ?? "";
  } catch {
    return "";
  }
}

function read(
  trusted: TrustedIssuer,
  payload: JWTPayload,
  header: JWTHeaderParameters,
): Result<VerifiedToken, CredentialProblem> {
  if (!TOKEN_TYPES.has(header.typ?.toLowerCase())) return notValid("the token is no access token");
  if (!isForUs(trusted, payload)) return notValid("the token is for another audience");
  const { sub, exp = 0, [trusted.tenantClaim]: tenant, [trusted.roleClaim]: role } = payload;
  const tenantId = tenant === undefined ? ok(undefined) : parseTenantId(tenant);
  if (!tenantId.ok) return notValid("the token names a tenant that can't be one");
  if (role !== undefined && !isRole(role)) return notValid("the token names a role that is none");
  if ((role === "operator") !== (tenantId.value === FLEET_TENANT)) {
    return notValid("the token's role is none of its tenant's");
  }
  if (!isSubject(sub)) return notValid("the token's subject is none that an issuer may name");
  const expiresAtEpochMs = (exp + CLOCK_SKEW_SECONDS) * 1_000;
  const identity: Identity = {
    tenantId: tenantId.value,
    subject: `${trusted.subjectPrefix ?? ""}${sub}`,
    claimedRole: role,
    scopes: scopesOf(trusted, payload),
    credential: "token",
    expiresAtEpochMs,
  };
  return ok({ identity, issuer: trusted.issuer, expiresAtEpochMs });
}

/** What is no text would be another's once it is written as one. */
function isSubject(raw: unknown): raw is string {
  return typeof raw === "string" && raw !== "" && raw.length <= SUBJECT_CHARACTERS_MAX && !OWN_SUBJECT.test(raw);
}

/** Where there are no audiences, the client stands for it, and then the token must be an access token. */
function isForUs({ clientIds }: TrustedIssuer, { client_id: client, token_use: use }: JWTPayload): boolean {
  if (clientIds === undefined) return true; // the audience was checked with the signature
  return use === "access" && typeof client === "string" && clientIds.includes(client);
}

/** Some issuers write the resource before each scope, some write a list. What is no text is no scope. */
function scopesOf({ audiences }: TrustedIssuer, { scope, scp }: JWTPayload): readonly Scope[] {
  const told: unknown = Array.isArray(scp) ? scp : (scope ?? scp);
  const names: readonly unknown[] = typeof told === "string" ? told.split(" ") : Array.isArray(told) ? told : [];
  const bare = names.map((name) => {
    if (typeof name !== "string") return undefined;
    const resource = audiences.find((audience) => name.startsWith(`${audience}/`));
    return resource === undefined ? name : name.slice(resource.length + 1);
  });
  return [...new Set(bare.filter(isScope))];
}

function detailOf(jose: Jose, error: InstanceType<Jose["errors"]["JOSEError"]>): string {
  if (error instanceof jose.errors.JWTExpired) return "the token has expired";
  if (error instanceof jose.errors.JWTClaimValidationFailed && error.claim === "aud") {
    return "the token is for another audience";
  }
  return "the token is not valid";
}

function notValid(detail: string): { readonly ok: false; readonly problem: CredentialProblem } {
  return refused({ reason: "credential_refused", detail });
}

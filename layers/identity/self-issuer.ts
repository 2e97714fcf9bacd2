import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import type { JSONWebKeySet } from "jose";
import type { Identity } from "../core/tenant/identity.ts";
import type { Role } from "../core/tenant/role.ts";
import type { Scope } from "../core/tenant/scope.ts";
import type { TenantId } from "../core/tenant/tenant-id.ts";
import type { TrustedIssuer } from "./trusted-issuer.ts";

/** What a cell calls itself in its own tokens. Its key is in its data folder, so no other cell takes them. */
export const SELF_ISSUER = "urn:skein:cell";
export const TENANT_CLAIM = "tenant";
export const ROLE_CLAIM = "role";
/** Before the subjects of a cell's own tokens: a provider that it trusts besides may name the same. */
const SUBJECT_PREFIX = "local:";

export interface TokenGrant {
  readonly tenantId: TenantId;
  readonly subject: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  /** For which addresses of the cell it was asked (RFC 8707); left out, for the cell. */
  readonly resources?: readonly string[];
  readonly lifetimeSeconds: number;
}

/** How the cell calls a subject of its own tokens, beside those of others. */
export const localSubject = (subject: string): string => `${SUBJECT_PREFIX}${subject}`;

/** The subject to issue another token for, of who has shown one of the cell's own; undefined for anybody else. */
export function ownSubject({ subject }: Pick<Identity, "subject">): string | undefined {
  return subject.startsWith(SUBJECT_PREFIX) ? subject.slice(SUBJECT_PREFIX.length) : undefined;
}

/** Issues tokens that the cell itself takes, for a cell without a provider of identities. */
export class SelfIssuer {
  readonly #key: KeyObject;
  readonly #keyId: string;

  /** @param seed 32 secret bytes: who has them can be anyone. */
  constructor(seed: Uint8Array) {
    this.#key = privateKey(seed);
    this.#keyId = String(this.#publicJwk().x).slice(0, 8);
  }

  /** How to check its tokens. */
  get trusted(): TrustedIssuer {
    return {
      issuer: SELF_ISSUER,
      audiences: [SELF_ISSUER],
      tenantClaim: TENANT_CLAIM,
      roleClaim: ROLE_CLAIM,
      keys: this.#jwks(),
      subjectPrefix: SUBJECT_PREFIX,
    };
  }

  /** A JWT (RFC 7519), typed as access tokens are (RFC 9068, section 2.1) and signed with EdDSA (RFC 8037). */
  issue(grant: TokenGrant, nowEpochSeconds: number): string {
    const { tenantId, subject, role, scopes, resources = [], lifetimeSeconds } = grant;
    const header = { alg: "EdDSA", typ: "at+jwt", kid: this.#keyId };
    const claims = {
      iss: SELF_ISSUER,
      aud: resources.length === 0 ? SELF_ISSUER : [SELF_ISSUER, ...resources],
      sub: subject,
      iat: nowEpochSeconds,
      exp: nowEpochSeconds + lifetimeSeconds,
      scope: scopes.join(" "),
      [TENANT_CLAIM]: tenantId,
      [ROLE_CLAIM]: role,
    };
    const signed = `${encoded(header)}.${encoded(claims)}`;
    return `${signed}.${sign(null, Buffer.from(signed), this.#key).toString("base64url")}`;
  }

  #jwks(): JSONWebKeySet {
    return { keys: [{ ...this.#publicJwk(), kid: this.#keyId, alg: "EdDSA", use: "sig" }] };
  }

  #publicJwk() {
    const { x = "" } = createPublicKey(this.#key).export({ format: "jwk" });
    return { kty: "OKP", crv: "Ed25519", x } as const;
  }
}

/** RFC 8410, section 7: what stands before the 32 bytes of an Ed25519 private key. */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

function privateKey(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: "der", type: "pkcs8" });
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}

import type { JSONWebKeySet } from "jose";

/** Whose tokens are taken, and how they are read. */
export interface TrustedIssuer {
  /** Compared with `iss` character by character. */
  readonly issuer: string;
  /** `aud` must hold one of them (RFC 8707): a token for another server opens nothing here. */
  readonly audiences: readonly string[];
  /** For an issuer whose access tokens say for which client they are, and no audience: `client_id` must be one of them. */
  readonly clientIds?: readonly string[];
  /** The claims with the tenant's id and the holder's role. Tokens may lack both. */
  readonly tenantClaim: string;
  readonly roleClaim: string;
  /** Left out, they are found by its metadata (OpenID Connect Discovery 1.0, RFC 8414). */
  readonly keys?: JSONWebKeySet;
  /** Put before each subject, where another issuer might name the same. */
  readonly subjectPrefix?: string;
}

/** Asymmetric ones alone: who can check a token can't make one (RFC 8725, section 3.1). */
export const ALGORITHMS = ["ES256", "ES384", "PS256", "RS256", "EdDSA", "Ed25519"] as const;

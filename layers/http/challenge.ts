import type { Principal } from "../core/tenant/principal.ts";
import type { Scope } from "../core/tenant/scope.ts";

/** RFC 6750, section 3.1. */
export type ChallengeError = "invalid_token" | "insufficient_scope";

/**
 * A `WWW-Authenticate` value that leads a client to its token: RFC 6750, section 3, and RFC 9728, section 5.1.
 *
 * @param detail may hold no quotation mark and no backslash.
 */
export function bearerChallenge(challenge: {
  readonly resourceMetadataUrl?: string;
  readonly error?: ChallengeError;
  readonly detail?: string;
  readonly scopes?: readonly Scope[];
}): string {
  const { resourceMetadataUrl, error, detail, scopes } = challenge;
  const parameters = [
    ["error", error],
    ["error_description", detail],
    ["scope", scopes?.join(" ")],
    ["resource_metadata", resourceMetadataUrl],
  ].flatMap(([name, value]) => (value === undefined ? [] : [`${name}="${value}"`]));
  return parameters.length === 0 ? "Bearer" : `Bearer ${parameters.join(", ")}`;
}

/** For a caller whose token lacks one scope: it is asked for beside those that the token has, or they would be lost. */
export function scopeChallenge({ scopes }: Pick<Principal, "scopes">, missing: Scope): string {
  return bearerChallenge({ error: "insufficient_scope", scopes: [...scopes, missing] });
}

/** As a provider knows them that puts a prefix before each. */
export function prefixedScopes(scopes: readonly string[], prefix: string): readonly string[] {
  return scopes.map((scope) => `${prefix}${scope}`);
}

/** The challenge with its scopes as that provider knows them, for whom the client asks. */
export function withScopePrefix(challenge: string, prefix: string): string {
  return challenge.replace(/(?<=\bscope=")[^"]+/, (scopes) => prefixedScopes(scopes.split(" "), prefix).join(" "));
}

/** Completes the challenge of a handler, which does not know under which name it is reached. */
export function withResourceMetadata(challenge: string, resourceMetadataUrl: string): string {
  if (challenge.includes("resource_metadata=")) return challenge;
  const separator = challenge === "Bearer" ? " " : ", ";
  return `${challenge}${separator}resource_metadata="${resourceMetadataUrl}"`;
}

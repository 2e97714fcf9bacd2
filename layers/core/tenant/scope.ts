/**
 * What a token may be used for, whatever its holder's role. Announced as `scopes_supported` (RFC 9728, section 2) and
 * asked for in challenges (RFC 6750, section 3).
 */
export const SCOPES = [
  "mcp:read",
  "mcp:call",
  "sessions:read",
  "sessions:write",
  "jobs:read",
  "jobs:write",
  "people:read",
  "people:write",
  "tenant:read",
  "tenant:admin",
  "fleet:admin",
] as const;
export type Scope = (typeof SCOPES)[number];

/** What a client asks for, or gets, that names none: what its first calls need. */
export const FIRST_SCOPES: readonly Scope[] = ["mcp:read", "mcp:call"];

export const isScope = (raw: unknown): raw is Scope => SCOPES.some((scope) => scope === raw);

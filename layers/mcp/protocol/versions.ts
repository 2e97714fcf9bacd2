export const MODERN_VERSION = "2026-07-28";

/** Newest first: the first is offered to a client that asks for one we don't know. */
export const LEGACY_VERSIONS = ["2025-11-25", "2025-06-18", "2025-03-26"] as const;
export type LegacyVersion = (typeof LEGACY_VERSIONS)[number];

/** A request without a version header is of this revision (MCP 2025-06-18, transports, "Protocol Version Header"). */
export const UNDECLARED_VERSION: LegacyVersion = "2025-03-26";

export function isLegacyVersion(raw: unknown): raw is LegacyVersion {
  return LEGACY_VERSIONS.some((version) => version === raw);
}

/** Revisions are dates, so their order is that of their names. */
export function since(version: LegacyVersion, first: LegacyVersion): boolean {
  return version >= first;
}

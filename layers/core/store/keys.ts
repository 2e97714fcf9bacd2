import type { ItemKey } from "../ports/table.ts";
import type { TenantId } from "../tenant/tenant-id.ts";

/**
 * Every key of every store, and nowhere else: a record without its tenant can't be written.
 * Shapes are pinned by `test/layers/core/store/keys.test.ts`; a change is a migration.
 */

const tenantPartition = (tenantId: TenantId): string => `TENANT#${tenantId}`;

/** A tenant's partition for one kind of record, so that no kind can fill another's pages. */
export const recordPartition = (tenantId: TenantId, kind: RecordKind): string => `${tenantPartition(tenantId)}#${kind}`;

export type RecordKind = "RECIPE" | "USER-SESSION" | "MCP-SESSION" | "MCP-CALL" | "MCP-FEED";

export const recipeKey = (tenantId: TenantId, recipeId: string): ItemKey => ({
  pk: recordPartition(tenantId, "RECIPE"),
  sk: recipeId,
});

/** One user session a partition: a thousand writes a second is the limit of a partition. */
export const userSessionKey = (tenantId: TenantId, sessionId: string): ItemKey => ({
  pk: `${recordPartition(tenantId, "USER-SESSION")}#${sessionId}`,
  sk: "SESSION",
});

export const cacheKey = (tenantId: TenantId, kind: CacheKind, key: string): string =>
  `${tenantPartition(tenantId)}#${kind}#${key}`;

export type CacheKind = "BAKE" | "USER-SESSION";

/** The prefix ends the tenant's name, so that `acme` never lists `acme-two`. */
export const blobKey = (tenantId: TenantId, kind: BlobKind, key: string): string => `tenant/${tenantId}/${kind}/${key}`;

export type BlobKind = "mcp-result";

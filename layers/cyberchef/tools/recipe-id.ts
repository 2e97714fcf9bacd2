import { createHash } from "node:crypto";
import type { TenantId } from "../../core/tenant/tenant-id.ts";

/** The id of the recipe that a call makes: a version 8 UUID (RFC 9562, section 5.8) from SHA-256 of tenant and call. */
export function recipeIdOf(tenantId: TenantId, callId: string): string {
  const hex = createHash("sha256").update(`recipe ${tenantId} ${callId}`).digest("hex");
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `${variant}${hex.slice(17, 20)}`];
  return [...parts, hex.slice(20, 32)].join("-");
}

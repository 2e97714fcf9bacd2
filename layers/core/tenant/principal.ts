import type { TenantId } from "./tenant-id.ts";

/** Who makes a call: a subject within one tenant. Two principals are the same only when both fields are. */
export interface Principal {
  readonly tenantId: TenantId;
  /** The subject of the token or the id of the key; unique within the tenant. */
  readonly subject: string;
}

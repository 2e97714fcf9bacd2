import type { Role } from "./role.ts";
import type { Scope } from "./scope.ts";
import type { TenantId } from "./tenant-id.ts";

/** Who makes a call: a subject within one tenant. Two principals are the same when tenant and subject are. */
export interface Principal {
  readonly tenantId: TenantId;
  /** The subject of the token or the id of the key; unique within the tenant. */
  readonly subject: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  /** What they showed: `machine` for a caller on the machine of a cell that asks for nothing. */
  readonly credential: "token" | "api-key" | "machine";
}

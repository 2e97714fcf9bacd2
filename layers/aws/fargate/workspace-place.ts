import { ok, type Result, refused } from "../../core/result.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import { archiveKey } from "../../core/workspace/archive-key.ts";

export interface WorkspacePlace {
  /** Of the archive that the workspace is. */
  readonly key: string;
  /** Within it; empty for all of it. */
  readonly folder: string;
}

/** As it stands in the key of a blob, and in a path on the way. */
const NAME_PATTERN = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;

/**
 * A folder of the tenant's: its first part names the archive, and what follows lies within that. There are no absolute
 * paths here, and nothing leads out.
 */
export function workspacePlace(
  tenantId: TenantId,
  workingDirectory: string,
): Result<WorkspacePlace, { readonly reason: "workspace_outside" | "workspace_missing" }> {
  const parts = workingDirectory.split("/").filter((part) => part !== "" && part !== ".");
  const leadsOut = workingDirectory.startsWith("/") || /[\\\0]/.test(workingDirectory) || parts.includes("..");
  if (leadsOut) return refused({ reason: "workspace_outside" });
  const [name = "", ...folders] = parts;
  if (!NAME_PATTERN.test(name)) return refused({ reason: "workspace_missing" });
  return ok({ key: archiveKey(tenantId, name), folder: folders.join("/") });
}

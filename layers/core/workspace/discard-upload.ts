import type { WorkspaceArchives } from "../ports/workspace-archives.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { UploadStore } from "./upload-store.ts";
import { type UploadRef, uploadedName } from "./uploaded-name.ts";

export type DiscardedUpload = UploadRef & { readonly bytes: number };

export interface DiscardParts {
  readonly uploads: Pick<UploadStore, "drop">;
  readonly archives: Pick<WorkspaceArchives, "remove">;
}

/**
 * Removes an upload that nothing runs in. Its record goes first: an archive without a record is what the sweeper finds,
 * where this process dies in between.
 */
export async function discardUpload(
  { uploads, archives }: DiscardParts,
  tenantId: TenantId,
  upload: DiscardedUpload,
): Promise<void> {
  await uploads.drop(tenantId, upload);
  await archives.remove(tenantId, uploadedName(upload));
}

import type { Blob } from "../ports/blob.ts";
import type { StoredArchive, WorkspaceArchives } from "../ports/workspace-archives.ts";
import { ARCHIVES_PREFIX, archiveKey, archiveOfKey } from "./archive-key.ts";
import { SWEEP_PAGE_ARCHIVES } from "./limits.ts";

/** All archives in a store of blobs, of all tenants. Ends where the store does. */
export async function* archivePages(blob: Pick<Blob, "list">): AsyncGenerator<readonly StoredArchive[]> {
  let cursor: string | undefined;
  do {
    const page = await blob.list(ARCHIVES_PREFIX, {
      limit: SWEEP_PAGE_ARCHIVES,
      ...(cursor !== undefined && { cursor }),
    });
    yield page.blobs.flatMap(({ key }) => archiveOfKey(key) ?? []);
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/** All that a sweeper needs of archives that are workspaces as they lie there. */
export function sweptBlobs(blob: Pick<Blob, "list" | "delete">): Pick<WorkspaceArchives, "pages" | "remove"> {
  return {
    pages: () => archivePages(blob),
    remove: (tenantId, name) => blob.delete(archiveKey(tenantId, name)),
  };
}

import { lstat, readdir, rmdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { TenantFolders } from "../../core/tenant/tenant-remains.ts";
import { removeFolder } from "./remove-folder.ts";
import { undefinedWhenAbsent } from "./undefined-when-absent.ts";
import { workspacesFolder } from "./workspaces-folder.ts";

/**
 * What tenants have in their own folders beside the cell's data: workspaces, however they came there, and the home that
 * their programs share. Folders of the machine that a tenant was given by their paths are not here.
 */
export function workspaceFolders(dataDir: string): TenantFolders {
  return {
    async list(tenantId, limit) {
      const root = workspacesFolder(dataDir, tenantId);
      const found = await lstat(root).catch(undefinedWhenAbsent);
      if (found === undefined) return [];
      // A program can put a link in its tenant's place: what that leads to is not the tenant's.
      if (!found.isDirectory()) {
        await unlink(root);
        return [];
      }
      const names = await readdir(root);
      if (names.length === 0) await rmdir(root);
      return names.slice(0, limit);
    },
    erase: (tenantId, name) => removeFolder(join(workspacesFolder(dataDir, tenantId), name)),
  };
}

import type { Result } from "../result.ts";
import type { TenantId } from "../tenant/tenant-id.ts";

/** What stands in a workspace's own folder, not below it. */
export interface WorkspaceLook {
  /** Where it lies as the runner knows it: the same folder has the same place, however it was named. */
  readonly place: string;
  /** Names of files, and of folders with a slash at their end, in order; at most {@link WORKSPACE_NAMES_MAX}. */
  readonly names: readonly string[];
  /** Of the files asked for: those that are there, in UTF-8, and no longer than {@link WORKSPACE_FILE_BYTES_MAX}. */
  readonly texts: ReadonlyMap<string, string>;
}

export type WorkspaceProblem =
  /** Not a folder that this tenant may use, wherever it leads; `allowed` says what is. */
  | { readonly reason: "workspace_forbidden"; readonly workspace: string; readonly allowed: string }
  | { readonly reason: "workspace_absent"; readonly workspace: string };

/** Where projects' files lie. Only read from here: what runs in a workspace writes to it. */
export interface Workspaces {
  /** @param files names within the workspace's own folder: no slash, no `..`. */
  look(
    tenantId: TenantId,
    workspace: string,
    files: readonly string[],
  ): Promise<Result<WorkspaceLook, WorkspaceProblem>>;
  /** Makes an empty one for a project that was started without, or finds the one made before; answers with its name. */
  makeFor(tenantId: TenantId, projectId: string): Promise<string>;
}

export const WORKSPACE_NAMES_MAX = 1_000;
/** A `package.json` of the largest repositories has some tens of KiB. */
export const WORKSPACE_FILE_BYTES_MAX = 256 * 1024;

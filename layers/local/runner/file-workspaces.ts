import { constants, type Dirent } from "node:fs";
import { mkdir, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  WORKSPACE_FILE_BYTES_MAX,
  WORKSPACE_NAMES_MAX,
  type WorkspaceLook,
  type WorkspaceProblem,
  type Workspaces,
} from "../../core/ports/workspace.ts";
import { ok, type Result, refused } from "../../core/result.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import { faultCode } from "../../http/fault-reply.ts";
import { folderInWorkspace, makeOwnWorkspace, type WorkspacePlaces } from "./workspace-roots.ts";

/** Folders of this machine: each tenant's own beside the cell's data, and those that it was given. */
export function fileWorkspaces(places: WorkspacePlaces): Workspaces {
  return {
    async look(tenantId, workspace, files) {
      await makeOwnWorkspace(places, tenantId);
      const folder = await folderInWorkspace(places, tenantId, workspace);
      return folder.ok
        ? lookAt(folder.value, { workspace, files })
        : refused(problemOf(places, tenantId, { workspace, ...folder.problem }));
    },
    async makeFor(tenantId, projectId) {
      const own = await makeOwnWorkspace(places, tenantId);
      await mkdir(join(own, projectId), { recursive: true, mode: 0o700 });
      return projectId;
    },
  };
}

async function lookAt(
  place: string,
  { workspace, files }: { readonly workspace: string; readonly files: readonly string[] },
): Promise<Result<WorkspaceLook, WorkspaceProblem>> {
  const entries = await readdir(place, { withFileTypes: true }).catch(undefinedWhenUnreadable);
  if (entries === undefined) return refused({ reason: "workspace_absent", workspace });
  const names = entries.map(nameOf).sort().slice(0, WORKSPACE_NAMES_MAX);
  const there = files.filter((file) => entries.some((entry) => entry.name === file));
  const texts = await Promise.all(there.map(async (file) => [file, await textOf(join(place, file))] as const));
  return ok({
    place,
    names,
    texts: new Map(texts.flatMap(([file, text]) => (text === undefined ? [] : [[file, text]]))),
  });
}

const nameOf = (entry: Dirent): string => (entry.isDirectory() ? `${entry.name}/` : entry.name);

/** A link is not followed: it may lead to what is another's. */
async function textOf(path: string): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    undefinedWhenUnreadable,
  );
  if (file === undefined) return undefined;
  try {
    const found = await file.stat();
    const isReadable = found.isFile() && found.size <= WORKSPACE_FILE_BYTES_MAX;
    return isReadable ? await file.readFile("utf8") : undefined;
  } finally {
    await file.close();
  }
}

function problemOf(
  { given }: WorkspacePlaces,
  tenantId: TenantId,
  { workspace, reason }: { readonly workspace: string; readonly reason: "workspace_outside" | "workspace_missing" },
): WorkspaceProblem {
  if (reason === "workspace_missing") return { reason: "workspace_absent", workspace };
  const folders = given.filter((each) => each.tenantId === tenantId).map(({ folder }) => folder);
  const allowed = [
    "it takes a path relative to the tenant's own folder",
    ...folders.map((folder) => `or one within ${folder}`),
  ];
  return { reason: "workspace_forbidden", workspace, allowed: allowed.join(", ") };
}

function undefinedWhenUnreadable(error: unknown): undefined {
  if (["ENOENT", "ENOTDIR", "ELOOP", "EACCES", "EPERM", "EMLINK", "ENXIO"].includes(faultCode(error) ?? ""))
    return undefined;
  throw error;
}

import { mkdir, realpath, stat } from "node:fs/promises";
import { isAbsolute, join, resolve, sep } from "node:path";
import { ok, type Result, refused } from "../../core/result.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import { faultCode } from "../../http/fault-reply.ts";

/** A folder that a tenant was given on the command line. */
export interface GivenWorkspace {
  readonly tenantId: TenantId;
  /** Absolute. */
  readonly folder: string;
}

export interface WorkspacePlaces {
  /** Of the cell. Each tenant has a folder of its own in it. */
  readonly dataDir: string;
  readonly given: readonly GivenWorkspace[];
}

export type FolderProblem = { readonly reason: "workspace_outside" } | { readonly reason: "workspace_missing" };

/** The tenant's own folder, which relative paths begin at, and those that it was given. */
export function workspaceRoots(places: WorkspacePlaces, tenantId: TenantId): readonly [string, ...string[]] {
  const given = places.given.filter((workspace) => workspace.tenantId === tenantId);
  return [ownWorkspace(places, tenantId), ...given.map(({ folder }) => folder)];
}

/** Made when it is first needed. */
export async function makeOwnWorkspace(places: WorkspacePlaces, tenantId: TenantId): Promise<string> {
  const folder = ownWorkspace(places, tenantId);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/**
 * Where a folder of the tenant's really lies. A path with `..` in it is outside, and so is one that leads out of every
 * root by a link. Not promised: that a program of the tenant's does not put a link there in the next moment.
 */
export async function folderInWorkspace(
  places: WorkspacePlaces,
  tenantId: TenantId,
  path: string,
): Promise<Result<string, FolderProblem>> {
  const roots = workspaceRoots(places, tenantId);
  if (path.includes("\0") || path.split(/[\\/]/).includes("..")) return refused({ reason: "workspace_outside" });
  const named = isAbsolute(path) ? resolve(path) : join(roots[0], path);
  const realRoots = (await Promise.all(roots.map(realPath))).filter((root) => root !== undefined);
  const within = (place: string): boolean => [...roots, ...realRoots].some((root) => isWithin(root, place));
  if (!within(named)) return refused({ reason: "workspace_outside" });
  const real = await realPath(named);
  if (real === undefined) return refused({ reason: "workspace_missing" });
  if (!realRoots.some((root) => isWithin(root, real))) return refused({ reason: "workspace_outside" });
  return (await stat(real)).isDirectory() ? ok(real) : refused({ reason: "workspace_missing" });
}

function ownWorkspace({ dataDir }: WorkspacePlaces, tenantId: TenantId): string {
  return join(dataDir, "workspaces", tenantId);
}

function isWithin(root: string, place: string): boolean {
  return place === root || place.startsWith(root.endsWith(sep) ? root : `${root}${sep}`);
}

/** Undefined for what is not there, or leads nowhere. */
async function realPath(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    if (ABSENT.includes(faultCode(error) ?? "")) return undefined;
    throw error;
  }
}

const ABSENT = ["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG", "EACCES"];

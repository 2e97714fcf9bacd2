import { statSync } from "node:fs";
import { resolve } from "node:path";
import { parseTenantId } from "../core/tenant/tenant-id.ts";
import { FIRST_TENANT } from "./cell-access.ts";
import type { GivenWorkspace } from "./runner/workspace-roots.ts";

/** That a cell runs its tenants' projects on this machine. */
export interface ProjectOptions {
  /** Beside the folder that each tenant has in the data folder anyway. */
  readonly workspaces: readonly GivenWorkspace[];
}

export interface GivenProjectOptions {
  readonly projects: boolean;
  /** `DIR`, or `TENANT=DIR`. */
  readonly workspace: readonly string[];
  readonly lambda: boolean;
  readonly isLoopback: boolean;
}

/** Undefined where projects are not asked for, or asked for wrongly. */
export function readProjectOptions(
  { projects, workspace, lambda, isLoopback }: GivenProjectOptions,
  { messages, workingDir }: { readonly messages: string[]; readonly workingDir: string },
): ProjectOptions | undefined {
  if (!projects) {
    if (workspace.length > 0) messages.push("--workspace goes with --projects: else nothing runs in it");
    return undefined;
  }
  if (lambda) messages.push("--projects does not go with --lambda: functions have theirs run elsewhere");
  if (!isLoopback) messages.push("--projects needs a --host of this machine's own: whoever starts a program is on it");
  const workspaces = workspace.map((given) => readWorkspace(given, { messages, workingDir }));
  return { workspaces: workspaces.filter((each) => each !== undefined) };
}

const NAMED_PATTERN = /^([^=/\\.~]*)=(.*)$/s;

function readWorkspace(
  given: string,
  { messages, workingDir }: { readonly messages: string[]; readonly workingDir: string },
): GivenWorkspace | undefined {
  const [, name = FIRST_TENANT, folder = given] = NAMED_PATTERN.exec(given) ?? [];
  const tenantId = parseTenantId(name);
  if (!tenantId.ok)
    messages.push(`--workspace ${given} names no tenant; it is a folder, or a tenant's name, = and a folder`);
  else if (folder === "" || !isFolder(resolve(workingDir, folder)))
    messages.push(`--workspace ${given} names no folder that is there`);
  else return { tenantId: tenantId.value, folder: resolve(workingDir, folder) };
  return undefined;
}

/** One that may not be looked at is as good as none. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

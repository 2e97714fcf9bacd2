import { chmod, lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { faultCode } from "../../http/fault-reply.ts";

const OWNER_ALL = 0o700;

/**
 * Removes a folder and all below it, also where a program has taken its user's right to it away. Links are removed and not
 * followed. Removing what is absent succeeds.
 */
export async function removeFolder(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (!["EACCES", "EPERM"].includes(faultCode(error) ?? "")) throw error;
    await openUp(path);
    await rm(path, { recursive: true, force: true });
  }
}

async function openUp(path: string): Promise<void> {
  if (!(await lstat(path)).isDirectory()) return;
  await chmod(path, OWNER_ALL);
  for (const name of await readdir(path)) await openUp(join(path, name));
}

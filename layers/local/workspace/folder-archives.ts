import { mkdir, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { Blob } from "../../core/ports/blob.ts";
import type { Chance } from "../../core/ports/chance.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type {
  ArchiveLink,
  ArchiveOrder,
  StoredArchive,
  WorkspaceArchives,
} from "../../core/ports/workspace-archives.ts";
import { CALL_DURATION_MS_MAX } from "../../core/quota/limits.ts";
import { ok, type Result, refused } from "../../core/result.ts";
import { parseTenantId, type TenantId } from "../../core/tenant/tenant-id.ts";
import { archiveKey } from "../../core/workspace/archive-key.ts";
import { archivePages } from "../../core/workspace/archive-pages.ts";
import type { ArchiveProblem } from "../../core/workspace/archive-problem.ts";
import { type ArchiveFacts, readArchive } from "../../core/workspace/read-archive.ts";
import { uploadOfName } from "../../core/workspace/uploaded-name.ts";
import { faultCode } from "../../http/fault-reply.ts";
import { gunzip } from "../../node/gunzip.ts";
import { runningSha256 } from "../../node/running-hash.ts";
import { removeFolder } from "./remove-folder.ts";
import { undefinedWhenAbsent } from "./undefined-when-absent.ts";
import { syncPath, unpackInto } from "./unpack-entries.ts";
import { workspacesFolder } from "./workspaces-folder.ts";

export interface FolderArchivesParts {
  /** Of the cell. */
  readonly dataDir: string;
  /** Where an archive lies between its sending and its unpacking. */
  readonly blob: Blob;
  readonly clock: Clock;
  readonly chance: Chance;
}

const MEANS = { newHash: runningSha256, unzip: gunzip };

/** Beside a workspace, while it is unpacked and with what it was found to hold. No project's folder begins with a dot. */
const PARTIAL_PATTERN = /^\.(.+)\.[0-9a-f-]{36}\.partial$/;
const FACTS_PATTERN = /^\.(.+)\.facts\.json$/;

/**
 * Archives that become folders of this machine: they are unpacked under another name, and have their own once all of it is
 * on the disk. What a process left half unpacked goes with its workspace, or when somebody looks through all of them.
 */
export function folderArchives(
  parts: FolderArchivesParts,
  linkTo: (tenantId: TenantId, order: ArchiveOrder, expiresAtEpochMs: number) => ArchiveLink,
): WorkspaceArchives {
  return {
    linkTo,
    admit: (tenantId, order) => admit(parts, tenantId, order),
    ...sweptArchives(parts),
  };
}

/** All that a sweeper needs, also where nobody sends anything any more. */
export function sweptArchives(
  parts: Pick<FolderArchivesParts, "dataDir" | "blob" | "clock">,
): Pick<WorkspaceArchives, "remove" | "pages"> {
  return {
    remove: (tenantId, name) => remove(parts, tenantId, name),
    async *pages() {
      yield* folderPages(parts);
      yield* archivePages(parts.blob);
    },
  };
}

async function admit(
  { dataDir, blob, chance }: FolderArchivesParts,
  tenantId: TenantId,
  order: ArchiveOrder,
): Promise<Result<ArchiveFacts, ArchiveProblem>> {
  const root = workspacesFolder(dataDir, tenantId);
  const [folder, key] = [join(root, order.name), archiveKey(tenantId, order.name)];
  const before = await factsOf(root, order.name);
  if (before !== undefined) {
    await blob.delete(key);
    return ok(before);
  }
  const got = await blob.get(key);
  if (!got.ok || got.value === undefined) {
    // Nobody has sent it, or somebody else has unpacked it since the look before.
    const meanwhile = await factsOf(root, order.name);
    return meanwhile === undefined ? refused({ reason: "archive_absent" }) : ok(meanwhile);
  }
  const partial = join(root, `.${order.name}.${chance.uuid()}.partial`);
  await mkdir(partial, { recursive: true, mode: 0o700 });
  try {
    const { take, sync } = unpackInto(partial);
    const read = await readArchive(got.value.body, { said: order, means: MEANS, take });
    if (!read.ok) return read;
    await sync();
    await writeFile(factsPath(root, order.name), JSON.stringify(read.value), { flush: true });
    await rename(partial, folder).catch(unlessThere);
    await syncPath(root);
    await blob.delete(key);
    return read;
  } finally {
    await removeFolder(partial);
  }
}

const Facts = z.object({ unpackedBytes: z.int().min(0), entryCount: z.int().min(0) });
const factsPath = (root: string, name: string): string => join(root, `.${name}.facts.json`);

/** Of a workspace that is whole; undefined where there is none. */
async function factsOf(root: string, name: string): Promise<ArchiveFacts | undefined> {
  const [folder, facts] = await Promise.all([
    stat(join(root, name)).catch(undefinedWhenAbsent),
    readFile(factsPath(root, name), "utf8").catch(undefinedWhenAbsent),
  ]);
  return folder === undefined || facts === undefined ? undefined : Facts.parse(JSON.parse(facts));
}

async function remove(
  { dataDir, blob }: Pick<FolderArchivesParts, "dataDir" | "blob">,
  tenantId: TenantId,
  name: string,
): Promise<void> {
  const root = workspacesFolder(dataDir, tenantId);
  await blob.delete(archiveKey(tenantId, name));
  for (const each of await namesIn(root)) if (workspaceOf(each) === name) await removeFolder(join(root, each));
}

/** The upload that something in a tenant's folder is, or is about; undefined of what is not of any. */
function workspaceOf(entry: string): string | undefined {
  const name = PARTIAL_PATTERN.exec(entry)?.[1] ?? FACTS_PATTERN.exec(entry)?.[1] ?? entry;
  return uploadOfName(name) === undefined ? undefined : name;
}

async function* folderPages({
  dataDir,
  clock,
}: Pick<FolderArchivesParts, "dataDir" | "clock">): AsyncGenerator<readonly StoredArchive[]> {
  for (const tenant of await namesIn(workspacesFolder(dataDir))) {
    const tenantId = parseTenantId(tenant);
    if (!tenantId.ok) continue;
    const root = workspacesFolder(dataDir, tenantId.value);
    const names = new Set<string>();
    for (const entry of await namesIn(root)) {
      const name = workspaceOf(entry);
      if (name !== undefined && !(await isForgotten(join(root, entry), clock))) names.add(name);
    }
    yield [...names].map((name) => ({ tenantId: tenantId.value, name }));
  }
}

/** Half unpacked by a call that can't go on any more: gone now. */
async function isForgotten(path: string, clock: Clock): Promise<boolean> {
  if (!path.endsWith(".partial")) return false;
  const found = await stat(path).catch(undefinedWhenAbsent);
  const isOld = found !== undefined && clock.nowMs() - found.ctimeMs >= CALL_DURATION_MS_MAX;
  if (isOld) await removeFolder(path);
  return isOld;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(undefinedWhenAbsent)) ?? [];
}

/** Somebody else has unpacked the same bytes meanwhile. */
function unlessThere(error: unknown): void {
  if (!["ENOTEMPTY", "EEXIST"].includes(faultCode(error) ?? "")) throw error;
}

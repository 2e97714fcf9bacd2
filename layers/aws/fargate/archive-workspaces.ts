import { pipeline, Readable } from "node:stream";
import { createGunzip, gzipSync } from "node:zlib";
import type { Blob, BlobContent } from "../../core/ports/blob.ts";
import {
  WORKSPACE_FILE_BYTES_MAX,
  WORKSPACE_NAMES_MAX,
  type WorkspaceLook,
  type WorkspaceProblem,
  type Workspaces,
} from "../../core/ports/workspace.ts";
import { ok, type Result, refused } from "../../core/result.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import { archiveKey } from "../../core/workspace/archive-key.ts";
import { ArchiveRefused } from "../../core/workspace/archive-problem.ts";
import { readTar, type TarEntry } from "../../core/workspace/tar-reader.ts";
import { ARCHIVE_READ_BYTES_MAX } from "./limits.ts";
import { type WorkspacePlace, workspacePlace } from "./workspace-place.ts";

const ALLOWED = "the name of an archive that you have put here, and a folder within it, as in shop or shop/web";
/** An archive without anything in it ends with two empty blocks. */
const EMPTY_ARCHIVE = gzipSync(Buffer.alloc(2 * 512));

/**
 * Workspaces as archives in the region's bucket, one object each: a tenant's `shop` is `workspace/<tenant>/shop.tar.gz`.
 * A run unpacks its own copy, and what it writes ends with it.
 *
 * Not promised: what stands in an archive after its first {@link ARCHIVE_READ_BYTES_MAX}.
 */
export function archiveWorkspaces({ blob }: { readonly blob: Blob }): Workspaces {
  return {
    look: (tenantId, workspace, files) => look(blob, tenantId, { workspace, files }),
    async makeFor(tenantId, projectId) {
      await blob.put(archiveKey(tenantId, projectId), EMPTY_ARCHIVE, { ifAbsent: true });
      return projectId;
    },
  };
}

interface LookAsked {
  readonly workspace: string;
  readonly files: readonly string[];
}

async function look(
  blob: Blob,
  tenantId: TenantId,
  { workspace, files }: LookAsked,
): Promise<Result<WorkspaceLook, WorkspaceProblem>> {
  const absent = refused({ reason: "workspace_absent", workspace } as const);
  const named = workspacePlace(tenantId, workspace);
  if (!named.ok) {
    const { reason } = named.problem;
    return reason === "workspace_missing"
      ? absent
      : refused({ reason: "workspace_forbidden", workspace, allowed: ALLOWED });
  }
  const got = await blob.get(named.value.key);
  if (!got.ok || got.value === undefined) return absent;
  const found = await lookInto(got.value, { ...named.value, files: new Set(files) });
  if (!found.isThere) return absent;
  const { key, folder } = named.value;
  const names = [...found.names].sort().slice(0, WORKSPACE_NAMES_MAX);
  return ok({ place: folder === "" ? key : `${key}/${folder}`, names, texts: found.texts });
}

interface Found {
  isThere: boolean;
  readonly names: Set<string>;
  readonly texts: Map<string, string>;
}

async function lookInto(
  { body }: BlobContent,
  { folder, files }: WorkspacePlace & { readonly files: ReadonlySet<string> },
): Promise<Found> {
  const found: Found = { isThere: folder === "", names: new Set(), texts: new Map() };
  const before = folder === "" ? "" : `${folder}/`;
  try {
    for await (const entry of readTar(unzipped(body))) {
      const path = plainPath(entry.path);
      if (path === folder || path.startsWith(before)) found.isThere = true;
      if (path === folder || !path.startsWith(before)) continue;
      const [name = "", ...deeper] = path.slice(before.length).split("/");
      found.names.add(deeper.length > 0 || entry.kind === "folder" ? `${name}/` : name);
      const isAsked = deeper.length === 0 && entry.kind === "file" && files.has(name);
      if (isAsked && entry.bytes <= WORKSPACE_FILE_BYTES_MAX) found.texts.set(name, await textOf(entry));
    }
  } catch (error) {
    if (!isUnreadable(error)) throw error;
  }
  return found;
}

/** Without a `./` before it and a slash behind it. */
const plainPath = (path: string): string =>
  path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");

async function textOf({ content }: TarEntry): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces).toString("utf8");
}

/** Up to as much as is read of an archive. */
async function* unzipped(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let leftBytes = ARCHIVE_READ_BYTES_MAX;
  const gunzip = createGunzip();
  // What goes wrong on the way is thrown by the loop; who leaves it lets go of the way.
  pipeline(Readable.from(body), gunzip, () => undefined);
  for await (const chunk of gunzip) {
    yield chunk;
    leftBytes -= chunk.length;
    if (leftBytes <= 0) return;
  }
}

/** What a tenant has put there may be anything: what can't be unzipped has no files, and a run of it says so. */
function isUnreadable(error: unknown): boolean {
  if (error instanceof ArchiveRefused) return true;
  return error instanceof Error && "code" in error && /^Z_/.test(String(error.code));
}

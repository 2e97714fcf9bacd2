import { inParallel } from "../in-parallel.ts";
import type { Clock } from "../ports/clock.ts";
import type { StoredArchive, WorkspaceArchives } from "../ports/workspace-archives.ts";
import type { ProjectStore } from "../project/project-store.ts";
import { CALL_DURATION_MS_MAX } from "../quota/limits.ts";
import { SWEEP_AT_ONCE } from "./limits.ts";
import type { UploadStore } from "./upload-store.ts";
import { uploadOfName } from "./uploaded-name.ts";
import { isUsed } from "./workspace-uploads.ts";

export interface UploadSweepParts {
  readonly store: Pick<ProjectStore, "get">;
  readonly uploads: Pick<UploadStore, "get" | "drop">;
  readonly archives: Pick<WorkspaceArchives, "pages" | "remove">;
  readonly clock: Clock;
  /** Nothing is begun after it. */
  readonly untilEpochMs: number;
  /** Told of what failed for one archive: the next round tries again. */
  readonly report: (fault: unknown) => void;
}

/**
 * Looks at every archive that lies in a region, and removes those that are nobody's: sent and never accepted, replaced,
 * of a project that is gone, or left by a process that died. The archives themselves are gone through and not their
 * records, so what has no record is found too.
 */
export async function sweepUploads(parts: UploadSweepParts): Promise<{ readonly isFinished: boolean }> {
  const isOver = (): boolean => parts.clock.nowMs() >= parts.untilEpochMs;
  for await (const page of parts.archives.pages()) {
    await inParallel(page, { parallelMax: SWEEP_AT_ONCE }, async (archive) => {
      if (!isOver()) await sweep(parts, archive).catch(parts.report);
    });
    if (isOver()) return { isFinished: false };
  }
  return { isFinished: true };
}

/**
 * The project is read before the record. An accepting call writes the record first and the project within its own time, so
 * where the project does not have it yet, the record is young.
 */
async function sweep(parts: UploadSweepParts, { tenantId, name }: StoredArchive): Promise<void> {
  const { store, uploads, archives, clock } = parts;
  const ref = uploadOfName(name);
  if (ref === undefined || isUsed(await store.get(tenantId, ref.projectId), name)) return;
  const upload = await uploads.get(tenantId, ref);
  if (upload === undefined) return archives.remove(tenantId, name);
  // An offer is over by itself, and its archive is found again then.
  if (upload.state === "offered" || clock.nowMs() - upload.admittedAtEpochMs < CALL_DURATION_MS_MAX) return;
  // Somebody may accept it at last just now, which keeps its record anew: then it is a workspace.
  const isGone = await uploads.drop(tenantId, upload, upload.admittedAtEpochMs);
  if (isGone) await archives.remove(tenantId, name);
}

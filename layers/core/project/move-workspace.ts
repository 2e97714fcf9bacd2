import type { Clock } from "../ports/clock.ts";
import type { WorkspaceLook, WorkspaceProblem, Workspaces } from "../ports/workspace.ts";
import { ok, type Result, refused } from "../result.ts";
import { uploadedName } from "../workspace/uploaded-name.ts";
import { detectTech, TELLING_FILES } from "./detected-tech.ts";
import type { Project, UploadMoment, WorkspaceUpload } from "./project.ts";
import type { ProjectUnknown } from "./project-problem.ts";
import type { ProjectStore, ProjectTooLarge } from "./project-store.ts";
import { techOf } from "./tech.ts";

export interface MoveParts {
  readonly store: Pick<ProjectStore, "update">;
  readonly workspaces: Workspaces;
  readonly clock: Clock;
}

/** A later upload is the workspace already, or was it and is removed; or the one that was to go is it no longer. */
export type UploadSuperseded = { readonly reason: "upload_superseded" };

/** What the project is now, and what it was. */
export interface Moved {
  readonly project: Project;
  readonly before: Project;
}

type MoveProblem = ProjectUnknown | WorkspaceProblem | UploadSuperseded | ProjectTooLarge;

/**
 * Makes an upload the project's workspace, in one step: what is started next has all of it, and what runs keeps what it
 * was started in. What was read from the files before is read from these. An upload that was offered later is never
 * replaced by an earlier one, and one that was removed never comes back: its files are gone.
 *
 * @param of the project for which it is accepted. One that was made anew under the same id meanwhile is another.
 */
export function adoptUpload(
  parts: MoveParts,
  of: Pick<Project, "tenantId" | "projectId" | "registeredAtEpochMs">,
  upload: WorkspaceUpload,
): Promise<Result<Moved, MoveProblem>> {
  const workspace = uploadedName({ ...of, uploadId: upload.uploadId });
  return move(parts, of, {
    workspace,
    upload,
    mayReplace: ({ registeredAtEpochMs, upload: current, removedUpload }) =>
      registeredAtEpochMs === of.registeredAtEpochMs && isLater(upload, current ?? removedUpload),
  });
}

/** Gives a project the folder again that was made for it, where this upload is its workspace. */
export async function abandonUpload(
  parts: MoveParts,
  of: Pick<Project, "tenantId" | "projectId">,
  uploadId: string,
): Promise<Result<Moved, MoveProblem>> {
  const workspace = await parts.workspaces.makeFor(of.tenantId, of.projectId);
  return move(parts, of, { workspace, mayReplace: ({ upload }) => upload?.uploadId === uploadId });
}

interface Move {
  readonly workspace: string;
  readonly upload?: WorkspaceUpload;
  readonly mayReplace: (project: Project) => boolean;
}

async function move(
  { store, workspaces, clock }: MoveParts,
  { tenantId, projectId }: Pick<Project, "tenantId" | "projectId">,
  next: Move,
): Promise<Result<Moved, MoveProblem>> {
  const look = await workspaces.look(tenantId, next.workspace, TELLING_FILES);
  if (!look.ok) return look;
  const seen: Project[] = [];
  const moved = await store.update(tenantId, projectId, (project) => {
    seen.push(project);
    if (!next.mayReplace(project)) return undefined;
    return { ...movedTo(project, next, look.value), changedAtEpochMs: clock.nowMs() };
  });
  const before = seen.at(-1);
  if (before === undefined) return refused({ reason: "project_unknown", projectId });
  if (moved.ok) return ok({ project: moved.value, before });
  if (moved.problem.reason !== "unchanged") return refused(moved.problem);
  const isGone = moved.problem.current === undefined;
  return refused(isGone ? { reason: "project_unknown", projectId } : { reason: "upload_superseded" });
}

/** What somebody said of the project stays; what its files told, these tell. */
function movedTo(project: Project, { workspace, upload }: Move, look: WorkspaceLook): Project {
  const { upload: replaced, tech: _tech, start: before, ...kept } = project;
  const detected = detectTech(look);
  const stack = project.isStackGiven === true ? project.stack : detected.stack;
  const tech = techOf(stack) ?? detected.tech;
  const start = before?.from === "given" ? before : detected.start;
  return {
    ...kept,
    workspace,
    stack,
    ...(upload !== undefined && { upload }),
    ...(upload === undefined && replaced !== undefined && { removedUpload: momentOf(replaced) }),
    ...(tech !== undefined && { tech }),
    ...(start !== undefined && { start }),
  };
}

const momentOf = ({ uploadId, offeredAtEpochMs }: UploadMoment): UploadMoment => ({ uploadId, offeredAtEpochMs });

/** Of two that were offered in one moment, the id decides, so that all agree. */
function isLater(upload: UploadMoment, than: UploadMoment | undefined): boolean {
  if (than === undefined) return true;
  const differenceMs = upload.offeredAtEpochMs - than.offeredAtEpochMs;
  return differenceMs === 0 ? upload.uploadId > than.uploadId : differenceMs > 0;
}

import type { Chance } from "../ports/chance.ts";
import type { Clock } from "../ports/clock.ts";
import type { WorkspaceProblem, Workspaces } from "../ports/workspace.ts";
import type { ArchiveLink, WorkspaceArchives } from "../ports/workspace-archives.ts";
import { abandonUpload, adoptUpload, type UploadSuperseded } from "../project/move-workspace.ts";
import { openRun, type Project, type WorkspaceUpload } from "../project/project.ts";
import type { ProjectUnknown, RegisterProblem } from "../project/project-problem.ts";
import type { ProjectStore, ProjectTooLarge } from "../project/project-store.ts";
import type { Projects } from "../project/projects.ts";
import type { TenantLimits } from "../quota/tenant-limits.ts";
import { ok, type Result, refused } from "../result.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { ArchiveProblem } from "./archive-problem.ts";
import { type DiscardedUpload, discardUpload } from "./discard-upload.ts";
import { ARCHIVE_BYTES_MAX, UPLOAD_ACCEPT_MS, UPLOAD_LINK_MS } from "./limits.ts";
import type { ArchiveFacts, ArchiveSaid } from "./read-archive.ts";
import type { Upload } from "./upload.ts";
import type { UploadStore, UploadsReached } from "./upload-store.ts";
import { type UploadRef, uploadedName } from "./uploaded-name.ts";

export interface WorkspaceUploadsParts {
  readonly store: ProjectStore;
  readonly projects: Pick<Projects, "ensure">;
  readonly workspaces: Workspaces;
  readonly uploads: UploadStore;
  readonly archives: WorkspaceArchives;
  /** In which the archives lie. */
  readonly region: string;
  readonly clock: Clock;
  readonly chance: Chance;
}

export interface OfferedUpload {
  readonly uploadId: string;
  readonly link: ArchiveLink;
  /** Until then the link is good. */
  readonly linkUntilEpochMs: number;
  /** Until then what was sent may be accepted. */
  readonly acceptUntilEpochMs: number;
}

/** The project's files are not its own to replace: it was registered with a folder that lies elsewhere. */
export type WorkspaceElsewhere = { readonly reason: "workspace_elsewhere"; readonly workspace: string };
/** Never offered for this project, over, or refused before. */
export type UploadUnknown = { readonly reason: "upload_unknown" };
/** Nothing was uploaded for the project. */
export type NotUploaded = { readonly reason: "not_uploaded" };
export type ArchiveTooLong = { readonly reason: "archive_too_large"; readonly what: "sent"; readonly max: number };

export type OfferProblem = RegisterProblem | UploadsReached | WorkspaceElsewhere | ArchiveTooLong;
export type AcceptProblem =
  | ProjectUnknown
  | UploadUnknown
  | UploadSuperseded
  | ArchiveProblem
  | WorkspaceProblem
  | ProjectTooLarge;
export type RemoveProblem = ProjectUnknown | NotUploaded | UploadSuperseded | WorkspaceProblem | ProjectTooLarge;

/**
 * Workspaces that their tenants send.
 *
 * An upload is offered (its bytes are taken of the quota, its record is written, and then its link is told), sent, and
 * accepted: its archive is read and made a workspace of a name of its own, its record stays, and then one conditional write
 * to the project's record makes it the project's. Until then the project has the one it had, and from then on this one;
 * what runs keeps the one that it was started in. Whatever is left when a process dies in between, its time or the sweeper
 * takes away, and the reconciler repairs the count.
 *
 * Not promised: that a run in another region finds it. An archive lies where it was sent.
 */
export class WorkspaceUploads {
  readonly #parts: WorkspaceUploadsParts;

  constructor(parts: WorkspaceUploadsParts) {
    this.#parts = parts;
  }

  /** A project that is not there is made, with an empty workspace. */
  async offer(
    tenantId: TenantId,
    projectId: string,
    { said, limits }: { readonly said: ArchiveSaid; readonly limits: TenantLimits },
  ): Promise<Result<OfferedUpload, OfferProblem>> {
    const { projects, uploads, archives, chance, region } = this.#parts;
    if (said.bytes > ARCHIVE_BYTES_MAX) {
      return refused({ reason: "archive_too_large", what: "sent", max: ARCHIVE_BYTES_MAX });
    }
    const project = await projects.ensure(tenantId, projectId, limits);
    if (!project.ok) return project;
    const { workspace, upload: current } = project.value;
    if (current === undefined && workspace !== projectId) return refused({ reason: "workspace_elsewhere", workspace });
    const uploadId = chance.uuid();
    const offered = await uploads.offer(tenantId, { projectId, uploadId, region, ...said }, limits);
    if (!offered.ok) return offered;
    const linkUntilEpochMs = offered.value.offeredAtEpochMs + UPLOAD_LINK_MS;
    const link = archives.linkTo(tenantId, { ...said, name: uploadedName(offered.value) }, linkUntilEpochMs);
    return ok({ uploadId, link, linkUntilEpochMs, acceptUntilEpochMs: acceptUntilOf(offered.value) });
  }

  /** As it was offered, or accepted; undefined once its time is over or it was replaced. */
  find(tenantId: TenantId, ref: UploadRef): Promise<Upload | undefined> {
    return this.#parts.uploads.get(tenantId, ref);
  }

  /** Asked again, it answers the same: the first answer may have been lost. */
  async accept(
    tenantId: TenantId,
    projectId: string,
    uploadId: string,
  ): Promise<Result<WorkspaceUpload, AcceptProblem>> {
    const { store, uploads, archives, clock } = this.#parts;
    const [project, upload] = await Promise.all([
      store.get(tenantId, projectId),
      uploads.get(tenantId, { projectId, uploadId }),
    ]);
    if (project === undefined) return refused({ reason: "project_unknown", projectId });
    if (project.upload?.uploadId === uploadId) return ok(project.upload);
    const isOver = upload?.state === "offered" && clock.nowMs() >= acceptUntilOf(upload);
    if (upload === undefined || isOver) return refused({ reason: "upload_unknown" });
    const admitted = await archives.admit(tenantId, { ...upload, name: uploadedName(upload) });
    if (admitted.ok) return this.#adopt(project, upload, admitted.value);
    // What was not sent yet may still come.
    if (admitted.problem.reason !== "archive_absent") await discardUpload(this.#parts, tenantId, upload);
    return admitted;
  }

  /** The workspace of the project as it was sent; runs of it are told nothing of this. */
  async show(tenantId: TenantId, projectId: string): Promise<Result<WorkspaceUpload, ProjectUnknown | NotUploaded>> {
    const project = await this.#parts.store.get(tenantId, projectId);
    if (project === undefined) return refused({ reason: "project_unknown", projectId });
    return project.upload === undefined ? refused({ reason: "not_uploaded" }) : ok(project.upload);
  }

  /** The project has the folder again that was made for it, as it was before the first upload. */
  async remove(tenantId: TenantId, projectId: string): Promise<Result<WorkspaceUpload, RemoveProblem>> {
    const shown = await this.show(tenantId, projectId);
    if (!shown.ok) return shown;
    const moved = await abandonUpload(this.#parts, { tenantId, projectId }, shown.value.uploadId);
    if (!moved.ok) return moved;
    await this.#discardUnused(tenantId, moved.value.project, { projectId, ...shown.value });
    return shown;
  }

  async #adopt(
    { tenantId, registeredAtEpochMs }: Project,
    upload: Upload,
    facts: ArchiveFacts,
  ): Promise<Result<WorkspaceUpload, AcceptProblem>> {
    const { store, uploads, clock } = this.#parts;
    const { projectId, uploadId, region, bytes, sha256, offeredAtEpochMs } = upload;
    if (!(await uploads.keep(tenantId, upload))) {
      await discardUpload(this.#parts, tenantId, upload);
      return refused({ reason: "upload_unknown" });
    }
    const adopted = { uploadId, region, bytes, sha256, ...facts, offeredAtEpochMs, acceptedAtEpochMs: clock.nowMs() };
    const moved = await adoptUpload(this.#parts, { tenantId, projectId, registeredAtEpochMs }, adopted);
    if (moved.ok) {
      const { before, project } = moved.value;
      if (before.upload !== undefined) await this.#discardUnused(tenantId, project, { projectId, ...before.upload });
      return ok(adopted);
    }
    const project = await store.get(tenantId, projectId);
    // Asked twice at once, the other may have come first.
    if (project?.upload?.uploadId === uploadId) return ok(project.upload);
    await this.#discardUnused(tenantId, project, upload);
    return moved;
  }

  /** What a run was started in stays for as long as it runs: the sweeper takes it away then. */
  async #discardUnused(tenantId: TenantId, project: Project | undefined, upload: DiscardedUpload): Promise<void> {
    if (!isUsed(project, uploadedName(upload))) await discardUpload(this.#parts, tenantId, upload);
  }
}

/** Whether a workspace is the project's, or that of a run of it that has not ended. */
export function isUsed(project: Project | undefined, name: string): boolean {
  if (project === undefined) return false;
  return project.workspace === name || openRun(project)?.workspace === name;
}

const acceptUntilOf = ({ offeredAtEpochMs }: Upload): number => offeredAtEpochMs + UPLOAD_ACCEPT_MS;

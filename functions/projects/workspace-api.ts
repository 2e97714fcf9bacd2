import * as z from "zod";
import type { AuditedFields } from "../../layers/core/audit/audit-entry.ts";
import type { AuditLog } from "../../layers/core/audit/audit-log.ts";
import type { CallContext, HttpRequest } from "../../layers/core/http/http-message.ts";
import type { WorkspaceUpload } from "../../layers/core/project/project.ts";
import type { ProjectStore } from "../../layers/core/project/project-store.ts";
import { ok, type Result, refused } from "../../layers/core/result.ts";
import type { ArchiveSaid } from "../../layers/core/workspace/read-archive.ts";
import { UPLOAD_ID_PATTERN } from "../../layers/core/workspace/uploaded-name.ts";
import type { WorkspaceUploads } from "../../layers/core/workspace/workspace-uploads.ts";
import { auditedChange, auditedChangeOfKnown } from "../../layers/host/audited-change.ts";
import { invalidParams } from "../../layers/host/host-failure.ts";
import { bodyOf, type SurfaceFailure } from "./host-reply.ts";
import { type Asking, callerOf } from "./tool-calls.ts";
import { uploadFailure } from "./upload-failure.ts";

/** One request about the workspace of a project. */
export interface WorkspaceAsked extends Asking {
  /** Of the project, as it stands in the path. */
  readonly id: string;
}

interface WorkspaceApiParts {
  readonly uploads: WorkspaceUploads;
  readonly store: Pick<ProjectStore, "get">;
  readonly audit: Pick<AuditLog, "change">;
}

type Answer = (parts: WorkspaceApiParts, asked: WorkspaceAsked) => Promise<Result<unknown, SurfaceFailure>>;

const Offer = z.strictObject({ bytes: z.int().min(1), sha256: z.string().regex(/^[0-9a-f]{64}$/) });

/** Tells how to send an archive. It is the project's workspace once it is accepted. */
export const offerWorkspace: Answer = async (parts, { request, context, id }) => {
  const said = parsed(Offer, request, "An upload is {bytes, sha256}, the hash in 64 small hexadecimal digits");
  if (!said.ok) return said;
  const deed = { action: "workspace.offer", projectId: id, after: saidFields(said.value) } as const;
  const change = () => offered(parts, id, { said: said.value, context });
  return auditedChange(parts, callerOf({ request, context }), { deed, change });
};

async function offered(
  { uploads }: WorkspaceApiParts,
  id: string,
  { said, context }: { readonly said: ArchiveSaid; readonly context: CallContext },
): Promise<Result<unknown, SurfaceFailure>> {
  const offer = await uploads.offer(context.principal.tenantId, id, { said, limits: context.policy.limits });
  if (!offer.ok) return refused(uploadFailure(offer.problem));
  const { uploadId, link, linkUntilEpochMs, acceptUntilEpochMs } = offer.value;
  return ok({
    success: true,
    projectId: id,
    uploadId,
    upload: link,
    uploadUntil: new Date(linkUntilEpochMs).toISOString(),
    acceptUntil: new Date(acceptUntilEpochMs).toISOString(),
  });
}

const Accept = z.strictObject({ uploadId: z.string().regex(UPLOAD_ID_PATTERN) });

/** What was sent is the project's workspace from the answer on. */
export const acceptWorkspace: Answer = async (parts, { request, context, id }) => {
  const given = parsed(Accept, request, "What was uploaded is named by {uploadId}");
  if (!given.ok) return given;
  const { tenantId } = context.principal;
  const { uploadId } = given.value;
  const upload = await parts.uploads.find(tenantId, { projectId: id, uploadId });
  const after = upload === undefined ? {} : saidFields(upload);
  const deed = { action: "workspace.accept", projectId: id, after } as const;
  const change = async () => shown(id, await parts.uploads.accept(tenantId, id, uploadId));
  return auditedChangeOfKnown(parts, callerOf({ request, context }), { deed, change });
};

export const showWorkspace: Answer = async ({ uploads }, { context, id }) =>
  shown(id, await uploads.show(context.principal.tenantId, id));

export const removeWorkspace: Answer = (parts, { request, context, id }) => {
  const deed = { action: "workspace.remove", projectId: id } as const;
  const change = async () => shown(id, await parts.uploads.remove(context.principal.tenantId, id));
  return auditedChangeOfKnown(parts, callerOf({ request, context }), { deed, change });
};

/** Of an archive, for the audit log. */
const saidFields = ({ bytes, sha256 }: ArchiveSaid): AuditedFields => ({ sha256, amounts: { bytes } });

function parsed<T>(schema: z.ZodType<T>, { body }: HttpRequest, expected: string): Result<T, SurfaceFailure> {
  const read = bodyOf(body);
  if (!read.ok) return read;
  const given = schema.safeParse(read.value);
  return given.success ? ok(given.data) : refused(invalidParams(expected));
}

function shown(
  id: string,
  answer: Result<WorkspaceUpload, Parameters<typeof uploadFailure>[0]>,
): Result<unknown, SurfaceFailure> {
  if (!answer.ok) return refused(uploadFailure(answer.problem));
  const { offeredAtEpochMs, acceptedAtEpochMs, ...upload } = answer.value;
  return ok({
    success: true,
    projectId: id,
    ...upload,
    offeredAt: new Date(offeredAtEpochMs).toISOString(),
    acceptedAt: new Date(acceptedAtEpochMs).toISOString(),
  });
}

import * as z from "zod";
import type { CallContext, HttpRequest } from "../../layers/core/http/http-message.ts";
import type { WorkspaceUpload } from "../../layers/core/project/project.ts";
import { ok, type Result, refused } from "../../layers/core/result.ts";
import { UPLOAD_ID_PATTERN } from "../../layers/core/workspace/uploaded-name.ts";
import type { WorkspaceUploads } from "../../layers/core/workspace/workspace-uploads.ts";
import { invalidParams } from "../../layers/host/host-failure.ts";
import { projectId } from "../../layers/host/host-schemas.ts";
import { bodyOf, type SurfaceFailure } from "./host-reply.ts";
import { uploadFailure } from "./upload-failure.ts";

/** One request about the workspace of a project. */
export interface WorkspaceAsked {
  readonly request: HttpRequest;
  readonly context: CallContext;
  /** Of the project, as it stands in the path. */
  readonly id: string;
}

type Answer = (
  parts: { readonly uploads: WorkspaceUploads },
  asked: WorkspaceAsked,
) => Promise<Result<unknown, SurfaceFailure>>;

const Offer = z.strictObject({ bytes: z.int().min(1), sha256: z.string().regex(/^[0-9a-f]{64}$/) });

/** Tells how to send an archive. It is the project's workspace once it is accepted. */
export const offerWorkspace: Answer = async ({ uploads }, { request, context, id }) => {
  const of = projectId().safeParse(id);
  if (!of.success) return refused(invalidParams("The path has no id of a project"));
  const said = parsed(Offer, request, "An upload is {bytes, sha256}, the hash in 64 small hexadecimal digits");
  if (!said.ok) return said;
  const { principal, policy } = context;
  const offered = await uploads.offer(principal.tenantId, id, { said: said.value, limits: policy.limits });
  if (!offered.ok) return refused(uploadFailure(offered.problem));
  const { uploadId, link, linkUntilEpochMs, acceptUntilEpochMs } = offered.value;
  return ok({
    success: true,
    projectId: id,
    uploadId,
    upload: link,
    uploadUntil: new Date(linkUntilEpochMs).toISOString(),
    acceptUntil: new Date(acceptUntilEpochMs).toISOString(),
  });
};

const Accept = z.strictObject({ uploadId: z.string().regex(UPLOAD_ID_PATTERN) });

/** What was sent is the project's workspace from the answer on. */
export const acceptWorkspace: Answer = async ({ uploads }, { request, context, id }) => {
  const given = parsed(Accept, request, "What was uploaded is named by {uploadId}");
  if (!given.ok) return given;
  return shown(id, await uploads.accept(context.principal.tenantId, id, given.value.uploadId));
};

export const showWorkspace: Answer = async ({ uploads }, { context, id }) =>
  shown(id, await uploads.show(context.principal.tenantId, id));

export const removeWorkspace: Answer = async ({ uploads }, { context, id }) =>
  shown(id, await uploads.remove(context.principal.tenantId, id));

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

import { unreachable } from "../../layers/core/result.ts";
import type { ArchiveProblem, EntryFlaw } from "../../layers/core/workspace/archive-problem.ts";
import type { AcceptProblem, OfferProblem, RemoveProblem } from "../../layers/core/workspace/workspace-uploads.ts";
import { type HostFailure, invalidParams, runFailure } from "../../layers/host/host-failure.ts";

/** What the refusal of an upload tells the caller. */
export function uploadFailure(problem: OfferProblem | AcceptProblem | RemoveProblem): HostFailure {
  switch (problem.reason) {
    case "upload_unknown":
      return invalidParams("There is no such upload of this project, or its time is over; begin another", {
        reason: "UPLOAD_NOT_FOUND",
      });
    case "not_uploaded":
      return invalidParams("Nothing was uploaded for this project", { reason: "WORKSPACE_NOT_UPLOADED" });
    case "upload_superseded":
      return {
        code: "PROJECT_BUSY",
        message: "Another upload has become the project's workspace meanwhile, or this one was removed",
        details: { reason: "UPLOAD_SUPERSEDED" },
      };
    case "uploads_reached":
      return {
        code: "QUOTA_EXCEEDED",
        message: `The tenant has ${problem.limit} uploads or more that were not accepted or are not over yet; try again later`,
        details: { reason: "UPLOADS_REACHED", limit: problem.limit },
      };
    case "workspace_elsewhere":
      return invalidParams(`The project's files lie in ${problem.workspace}; upload them for another project`, {
        reason: "WORKSPACE_ELSEWHERE",
      });
    case "archive_absent":
    case "archive_differs":
    case "archive_malformed":
    case "archive_too_large":
    case "archive_entry_refused":
      return archiveFailure(problem);
    default:
      return runFailure(problem);
  }
}

type RefusedArchive = ArchiveProblem | (OfferProblem & { readonly reason: "archive_too_large" });

function archiveFailure(problem: RefusedArchive): HostFailure {
  switch (problem.reason) {
    case "archive_absent":
      return invalidParams("The archive has not come yet; send it by the upload's link", { reason: "ARCHIVE_ABSENT" });
    case "archive_differs":
      return invalidParams("The archive has another length or SHA-256 than was said; begin another upload", {
        reason: "ARCHIVE_DIFFERS",
      });
    case "archive_malformed":
      return invalidParams(`The archive is no plain tar in gzip: ${problem.detail}`, { reason: "ARCHIVE_MALFORMED" });
    case "archive_too_large":
      return invalidParams(tooLarge(problem), { reason: "ARCHIVE_TOO_LARGE", max: problem.max });
    case "archive_entry_refused":
      return invalidParams(`The archive can't have ${JSON.stringify(problem.path)}: ${FLAWS[problem.detail]}`, {
        reason: "ARCHIVE_ENTRY_REFUSED",
        path: problem.path,
      });
    default:
      return unreachable(problem);
  }
}

function tooLarge({ what, max }: RefusedArchive & { readonly reason: "archive_too_large" }): string {
  switch (what) {
    case "sent":
      return `An archive may have ${max} bytes`;
    case "bytes":
      return `An archive may have ${max} bytes once it is unpacked`;
    case "entries":
      return `An archive may have ${max} files and folders`;
    default:
      return unreachable(what);
  }
}

const FLAWS: Readonly<Record<EntryFlaw, string>> = {
  path_outside: "its path leads out of the workspace, or has signs that no name needs",
  path_too_long: "its path is too long",
  link: "it is a link; send what it leads to",
  special: "it is neither a file nor a folder",
  twice: "the same path is in it before",
};

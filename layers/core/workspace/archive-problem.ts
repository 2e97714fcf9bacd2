/** Why an archive is not taken for a workspace. */
export type ArchiveProblem =
  /** Nothing was put under its link, or not all of it. */
  | { readonly reason: "archive_absent" }
  /** What was put has another length or another hash than was said. */
  | { readonly reason: "archive_differs" }
  /** It is no tar archive in gzip, or one that programs read differently. */
  | { readonly reason: "archive_malformed"; readonly detail: string }
  | { readonly reason: "archive_too_large"; readonly what: "bytes" | "entries"; readonly max: number }
  | { readonly reason: "archive_entry_refused"; readonly path: string; readonly detail: EntryFlaw };

export type EntryFlaw =
  /** It is no path below the workspace, or leads out of it. */
  | "path_outside"
  | "path_too_long"
  /** A symbolic or a hard link: where it leads, only the machine would know that it is unpacked on. */
  | "link"
  /** A device, a pipe, or what only one program knows. */
  | "special"
  /** The same path is there before, or a file where it needs a folder. */
  | "twice";

/** Thrown on the way through an archive, where it is read piece by piece; caught by who reads it. */
export class ArchiveRefused extends Error {
  readonly code = "archive_refused";
  readonly problem: ArchiveProblem;
  constructor(problem: ArchiveProblem) {
    super(`the archive is refused: ${problem.reason}`);
    this.name = "ArchiveRefused";
    this.problem = problem;
  }
}

export const malformed = (detail: string): ArchiveRefused =>
  new ArchiveRefused({ reason: "archive_malformed", detail });

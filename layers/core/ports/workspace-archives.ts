import type { Result } from "../result.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { ArchiveProblem } from "../workspace/archive-problem.ts";
import type { ArchiveFacts, ArchiveSaid } from "../workspace/read-archive.ts";

/** An archive that somebody is about to send: exactly these bytes, to be a workspace of this name. */
export interface ArchiveOrder extends ArchiveSaid {
  readonly name: string;
}

/** How to send it: this method, to this address, with these headers and the archive as body. */
export interface ArchiveLink {
  readonly method: "PUT";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface StoredArchive {
  readonly tenantId: TenantId;
  readonly name: string;
}

/** Where workspaces lie that were sent as archives, in one region. */
export interface WorkspaceArchives {
  /**
   * A link by which whoever has it may put the archive, and nothing else anywhere: its length, its hash and its type are
   * signed with it. It begins to be used before the moment, or not at all. Where something was put that still lies there,
   * nothing is taken.
   */
  linkTo(tenantId: TenantId, order: ArchiveOrder, expiresAtEpochMs: number): ArchiveLink;
  /**
   * Reads what was put, and has a workspace of that name where it is what was said and all in it may be: a whole one or
   * none. Once more, or by two at once, changes nothing.
   */
  admit(tenantId: TenantId, order: ArchiveOrder): Promise<Result<ArchiveFacts, ArchiveProblem>>;
  /** The workspace, and what was put for it. Removing what is absent succeeds. */
  remove(tenantId: TenantId, name: string): Promise<void>;
  /** All there are of all tenants, what was only put and what is half made included, some at a time. */
  pages(): AsyncIterable<readonly StoredArchive[]>;
}

/** Of what is sent. */
export const ARCHIVE_TYPE = "application/gzip";

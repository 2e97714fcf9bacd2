import type { Blob } from "../../core/ports/blob.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { ARCHIVE_TYPE, type ArchiveOrder, type WorkspaceArchives } from "../../core/ports/workspace-archives.ts";
import { refused } from "../../core/result.ts";
import { archiveKey } from "../../core/workspace/archive-key.ts";
import { sweptBlobs } from "../../core/workspace/archive-pages.ts";
import { type ArchiveMeans, readArchive } from "../../core/workspace/read-archive.ts";
import type { LinkedObject } from "../presigned-link.ts";

export interface BucketArchivesParts {
  /** Of the region. */
  readonly blob: Blob;
  /** Signs with the function's own credentials, for so long from now. */
  readonly linkTo: (object: Omit<LinkedObject, "bucket">, expiresInSeconds: number) => string;
  readonly means: ArchiveMeans;
  readonly clock: Clock;
}

/**
 * Archives in the region's bucket. What is put lies where runs read it, under a name that no run knows before its archive
 * was read here; so a workspace is made of it without a copy.
 *
 * S3 takes a body by its link only where length, type and checksum are those that were signed, and only where nothing lies
 * there: what is put again by the same link is refused with 412, or else each time would leave an old version.
 */
export function bucketArchives({ blob, linkTo, means, clock }: BucketArchivesParts): WorkspaceArchives {
  return {
    linkTo(tenantId, order, expiresAtEpochMs) {
      const headers = headersOf(order);
      const expiresInSeconds = Math.max(1, Math.floor((expiresAtEpochMs - clock.nowMs()) / 1_000));
      const object = { key: archiveKey(tenantId, order.name), method: "PUT", headers } as const;
      return { method: "PUT", url: linkTo(object, expiresInSeconds), headers };
    },
    async admit(tenantId, order) {
      const got = await blob.get(archiveKey(tenantId, order.name));
      if (!got.ok || got.value === undefined) return refused({ reason: "archive_absent" });
      return readArchive(got.value.body, { said: order, means });
    },
    ...sweptBlobs(blob),
  };
}

/**
 * Source: S3 API reference, PutObject (read 2026-11-21): `x-amz-checksum-sha256` is what S3 holds the body against, and
 * `if-none-match` of `*` has it write only where there is no object of that name.
 */
function headersOf({ bytes, sha256 }: ArchiveOrder): Readonly<Record<string, string>> {
  return {
    "content-length": String(bytes),
    "content-type": ARCHIVE_TYPE,
    "if-none-match": "*",
    "x-amz-checksum-sha256": Buffer.from(sha256, "hex").toString("base64"),
  };
}

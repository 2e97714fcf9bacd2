import * as z from "zod";
import type { Seal } from "../../core/ports/seal.ts";
import { ARCHIVE_TYPE, type ArchiveLink, type ArchiveOrder } from "../../core/ports/workspace-archives.ts";
import { parseTenantId, type TenantId } from "../../core/tenant/tenant-id.ts";

/** Where a cell takes archives: what follows is the order, signed. */
export const UPLOAD_PREFIX = "/workspace-uploads/";
const PURPOSE = "workspace upload";
const CHECKSUM_HEADER = "x-amz-checksum-sha256";

/** What a link lets its holder send, and until when. */
export interface SignedOrder {
  readonly tenantId: TenantId;
  readonly order: ArchiveOrder;
  readonly expiresAtEpochMs: number;
}

/** With the headers that S3 asks for, so that whoever sends need not know where to. */
export function uploadLink(
  seal: Seal,
  baseUrl: string,
  { tenantId, order, expiresAtEpochMs }: SignedOrder,
): ArchiveLink {
  const { name, bytes, sha256 } = order;
  const sealed = seal.seal(PURPOSE, JSON.stringify({ tenantId, name, bytes, sha256, expiresAtEpochMs }));
  const headers = {
    "content-type": ARCHIVE_TYPE,
    "if-none-match": "*",
    "content-length": String(bytes),
    [CHECKSUM_HEADER]: Buffer.from(sha256, "hex").toString("base64"),
  };
  return { method: "PUT", url: `${baseUrl}${UPLOAD_PREFIX}${sealed}`, headers };
}

const Sealed = z.strictObject({
  tenantId: z.string(),
  name: z.string(),
  bytes: z.int().min(1),
  sha256: z.string(),
  expiresAtEpochMs: z.int(),
});

/** What a path lets its holder send; undefined where nobody here signed it. */
export function readUploadPath(seal: Seal, path: string): SignedOrder | undefined {
  const text = seal.open(PURPOSE, path.slice(UPLOAD_PREFIX.length));
  if (text === undefined) return undefined;
  const { tenantId: tenant, expiresAtEpochMs, ...order } = Sealed.parse(JSON.parse(text));
  const tenantId = parseTenantId(tenant);
  return tenantId.ok ? { tenantId: tenantId.value, order, expiresAtEpochMs } : undefined;
}

/** Whether a request is the one that the link was signed for, by all that is told before its body. */
export function isAsSigned(headers: Readonly<Record<string, string | undefined>>, { order }: SignedOrder): boolean {
  return (
    headers["content-length"] === String(order.bytes) &&
    headers["content-type"] === ARCHIVE_TYPE &&
    headers["if-none-match"] === "*" &&
    headers[CHECKSUM_HEADER] === Buffer.from(order.sha256, "hex").toString("base64")
  );
}

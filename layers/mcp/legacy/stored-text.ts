import type { Blob } from "../../core/ports/blob.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Json } from "../../core/ports/table.ts";
import { blobKey, blobKindPrefix } from "../../core/store/keys.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import { INLINE_BYTES_MAX, PARKED_CALL_TTL_SECONDS } from "../limits.ts";
import type { McpServer } from "../mcp-server.ts";
import { isRecord } from "../protocol/json-rpc.ts";

/**
 * A text in an item's attribute, or beside the item where it is too large for one. Each blob has a name of its own, so
 * that a writer whose item is then refused has changed nothing.
 */
export async function storeText(server: McpServer, tenantId: TenantId, name: string, text: string): Promise<Json> {
  if (text.length <= INLINE_BYTES_MAX && Buffer.byteLength(text) <= INLINE_BYTES_MAX) return { text };
  const key = blobKey(tenantId, "mcp-call", `${name}.${server.chance.token(9)}`);
  await server.blob.put(key, Buffer.from(text));
  return { blob: key };
}

/** Undefined where nothing was stored, or the blob has been swept. */
export async function readText(server: McpServer, stored: Json | undefined): Promise<string | undefined> {
  if (!isRecord(stored)) return undefined;
  if (typeof stored.text === "string") return stored.text;
  if (typeof stored.blob !== "string") return undefined;
  const content = await server.blob.get(stored.blob);
  if (!content.ok || content.value === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of content.value.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** A call may be prolonged by each of its rounds, and is over a day after its last text at the latest. */
const TEXT_KEPT_MS = 24 * PARKED_CALL_TTL_SECONDS * 1000;
const SWEEP_PAGES_MAX = 10;
const SWEEP_PAGE = 1000;

/** Deletes the texts of calls that are over, a bounded number of them. Where the store has rules of its own, it does. */
export async function sweepStoredTexts({ blob, clock }: { readonly blob: Blob; readonly clock: Clock }): Promise<void> {
  const overBeforeMs = clock.nowMs() - TEXT_KEPT_MS;
  let cursor: string | undefined;
  for (let page = 0; page < SWEEP_PAGES_MAX; page++) {
    const listed = await blob.list(blobKindPrefix("mcp-call"), {
      limit: SWEEP_PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { key, modifiedAtEpochMs } of listed.blobs) if (modifiedAtEpochMs < overBeforeMs) await blob.delete(key);
    cursor = listed.cursor;
    if (cursor === undefined) return;
  }
}

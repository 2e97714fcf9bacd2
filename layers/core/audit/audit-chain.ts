import { canonicalJson } from "../canonical-json.ts";
import type { Digest } from "../ports/digest.ts";
import type { Item } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import { auditKey } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { AuditBody } from "./audit-entry.ts";
import { auditable } from "./redaction.ts";
import { readAuditEntry } from "./stored-audit-entry.ts";

/** What the next entry of a chain is linked to. */
export interface AuditTail {
  /** 0 where nothing was written yet. */
  readonly seq: number;
  /** Empty where nothing was written yet. */
  readonly hash: string;
  readonly atEpochMs: number;
}

export const EMPTY_CHAIN: AuditTail = { seq: 0, hash: "", atEpochMs: 0 };

/**
 * The item that follows `tail` in the tenant's chain.
 *
 * Its hash is over the text that is stored, and that text names the tenant, the number and the hash before: an entry that
 * is changed, moved, or put into another tenant's chain no longer fits. The text is {@link canonicalJson}, so that whoever
 * is given the entry as JSON can work out its hash anew.
 */
export function linkedItem(
  tenantId: TenantId,
  tail: AuditTail,
  entry: { readonly body: AuditBody; readonly nowMs: number; readonly digest: Digest },
): { readonly item: Item; readonly tail: AuditTail } {
  const seq = tail.seq + 1;
  const atEpochMs = Math.max(entry.nowMs, tail.atEpochMs);
  const text = canonicalJson({ ...auditable(entry.body), tenantId, seq, atEpochMs, prevHash: tail.hash });
  const hash = entry.digest(text);
  return { item: { ...auditKey(tenantId, seq), entry: text, hash }, tail: { seq, hash, atEpochMs } };
}

/** @throws {AuditEntryCorrupt} */
export function tailOf(item: Item | undefined): AuditTail {
  if (item === undefined) return EMPTY_CHAIN;
  const { seq, hash, atEpochMs } = readAuditEntry(item);
  return { seq, hash, atEpochMs };
}

/** What is wrong with an entry. */
export type BrokenLink =
  /** No entry has this number, though a later one is there, or was. */
  | "entry_missing"
  /** Its text is not the one that was hashed. */
  | "entry_changed"
  /** It follows another entry than the one before it, or stands in another place than its text says. */
  | "entry_misplaced";

/** The end of the chain after `item`, where that is the entry that was linked to `tail`. */
export function followed(
  tenantId: TenantId,
  tail: AuditTail,
  { item, digest }: { readonly item: Item; readonly digest: Digest },
): Result<AuditTail, { readonly reason: BrokenLink }> {
  const seq = tail.seq + 1;
  if (item.sk !== auditKey(tenantId, seq).sk) return refused({ reason: "entry_missing" });
  if (typeof item.entry !== "string" || item.hash !== digest(item.entry)) return refused({ reason: "entry_changed" });
  const entry = readAuditEntry(item);
  const fits = entry.tenantId === tenantId && entry.seq === seq && entry.prevHash === tail.hash;
  if (!fits || entry.atEpochMs < tail.atEpochMs) return refused({ reason: "entry_misplaced" });
  return ok({ seq, hash: entry.hash, atEpochMs: entry.atEpochMs });
}

import type { KeyRange, Table } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import { auditKey, recordPartition } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { AUDIT_PAGE_MAX, AUDIT_SCAN_MAX, CLOSING_SCAN_MAX, HALVINGS_MAX } from "./limits.ts";
import { type AuditEntry, readAuditEntry } from "./stored-audit-entry.ts";

export interface AuditFilter {
  /** Only what was from this moment on. */
  readonly fromEpochMs?: number | undefined;
  /** Only what was before this moment. */
  readonly beforeEpochMs?: number | undefined;
  /** Only what this subject did. */
  readonly subject?: string | undefined;
  /** 1 to `AUDIT_PAGE_MAX`, which it is when left out. */
  readonly limit?: number | undefined;
  /** From an earlier page of the same filter. */
  readonly cursor?: string | undefined;
}

/**
 * `unknown`: whoever made the change ended, or lost the store, before the outcome could be written down, or is still at
 * work. The change may have been made.
 */
export type AuditOutcome = "done" | "refused" | "failed" | "denied" | "unknown";

/** An entry of the chain, as a reader sees it. */
export interface AuditRecord extends AuditEntry {
  readonly outcome: AuditOutcome;
}

export interface AuditPage {
  readonly records: readonly AuditRecord[];
  /** Set when more may follow, also where this page has none. */
  readonly cursor?: string;
}

export type CursorMalformed = { readonly reason: "cursor_malformed" };

/**
 * What happened, last first: each change once, by the entry that tells its outcome.
 *
 * A change that more than `CLOSING_SCAN_MAX` entries of the same tenant were written beside is shown as unknown as well.
 */
export async function listAudit(
  table: Table,
  tenantId: TenantId,
  filter: AuditFilter,
): Promise<Result<AuditPage, CursorMalformed>> {
  if (filter.cursor !== undefined && !CURSOR.test(filter.cursor)) return refused({ reason: "cursor_malformed" });
  const limit = Math.min(filter.limit ?? AUDIT_PAGE_MAX, AUDIT_PAGE_MAX);
  const end = filter.cursor === undefined ? await endOf(table, tenantId, filter.beforeEpochMs) : Number(filter.cursor);
  // A change is two entries at most; those of one actor may lie far apart.
  const scanned = filter.subject === undefined ? 2 * limit : AUDIT_SCAN_MAX;
  const entries = await readEntries(table, {
    ...rangeOf(tenantId),
    ...before(tenantId, end),
    reverse: true,
    limit: scanned,
  });
  const closed = await closedChanges(table, tenantId, entries);
  const records: AuditRecord[] = [];
  for (const entry of entries) {
    if (entry.atEpochMs < (filter.fromEpochMs ?? 0)) return ok({ records });
    const isShown = filter.subject === undefined || entry.actor.subject === filter.subject;
    const outcome = entry.phase === "begun" ? "unknown" : entry.phase;
    if (isShown && !(outcome === "unknown" && closed.has(entry.changeId))) records.push({ ...entry, outcome });
    if (records.length === limit) return ok(pageUpTo(records, entry.seq));
  }
  return ok(pageUpTo(records, entries.at(-1)?.seq ?? 1));
}

const CURSOR = /^[1-9]\d{0,15}$/;

function pageUpTo(records: readonly AuditRecord[], seq: number): AuditPage {
  return seq === 1 ? { records } : { records, cursor: String(seq) };
}

/** The number before which everything was before the moment; undefined where that is everything. */
async function endOf(table: Table, tenantId: TenantId, momentEpochMs: number | undefined): Promise<number | undefined> {
  if (momentEpochMs === undefined) return undefined;
  const [last] = await readEntries(table, { ...rangeOf(tenantId), reverse: true, limit: 1 });
  // Times only grow along the chain. Everything below `low` was before the moment, and nothing from `high` on.
  let low = 1;
  let high = (last?.seq ?? 0) + 1;
  for (let halving = 0; halving < HALVINGS_MAX && low < high; halving++) {
    const middle = Math.floor((low + high) / 2);
    const item = await table.get(auditKey(tenantId, middle));
    if (item !== undefined && readAuditEntry(item).atEpochMs >= momentEpochMs) high = middle;
    else low = middle + 1;
  }
  return high;
}

/** The changes among these entries, last first, whose outcome was told, here or later. */
async function closedChanges(
  table: Table,
  tenantId: TenantId,
  entries: readonly AuditEntry[],
): Promise<ReadonlySet<string>> {
  const closed = new Set(closingsIn(entries));
  const last = entries[0];
  if (last === undefined || entries.every(({ phase, changeId }) => phase !== "begun" || closed.has(changeId))) {
    return closed;
  }
  const after = auditKey(tenantId, last.seq).sk;
  const later = await readEntries(table, { ...rangeOf(tenantId), after, limit: CLOSING_SCAN_MAX });
  return new Set([...closed, ...closingsIn(later)]);
}

function closingsIn(entries: readonly AuditEntry[]): string[] {
  return entries.filter(({ phase }) => phase !== "begun").map(({ changeId }) => changeId);
}

async function readEntries(table: Table, range: KeyRange): Promise<readonly AuditEntry[]> {
  return (await table.query(range)).items.map(readAuditEntry);
}

function rangeOf(tenantId: TenantId): { readonly pk: string } {
  return { pk: recordPartition(tenantId, "AUDIT") };
}

function before(tenantId: TenantId, seq: number | undefined): { readonly before?: string } {
  return seq === undefined ? {} : { before: auditKey(tenantId, seq).sk };
}

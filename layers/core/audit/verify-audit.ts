import * as z from "zod";
import type { Digest } from "../ports/digest.ts";
import type { Table } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import { auditHeadKey, recordPartition } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { type AuditTail, type BrokenLink, EMPTY_CHAIN, followed } from "./audit-chain.ts";
import { HEAD_LAG_MAX, VERIFY_PAGE_ENTRIES, VERIFY_PAGES_MAX } from "./limits.ts";

/** An end of a log, as it once was: the number of its last entry and that one's hash. */
export interface AuditMark {
  readonly seq: number;
  readonly hash: string;
}

/** What is wrong with a log, and the number of the first entry that is not as it was written. */
export type VerifyProblem =
  | { readonly reason: BrokenLink; readonly seq: number }
  /** The entry is whole in itself, but it is not the one that the head or a mark tells of. */
  | { readonly reason: "mark_differs"; readonly seq: number }
  /** The head lies further behind than writers that failed could have left it. */
  | { readonly reason: "head_behind"; readonly seq: number }
  /** The log is longer than one verification reads; it is whole up to this entry. */
  | { readonly reason: "audit_unfinished"; readonly seq: number };

/**
 * Whether a tenant's log is whole: each entry is the one that was linked to the one before it, and they go as far as the
 * head says. So one entry that was changed, taken out, put in or moved is found, and so is an end that was cut off.
 *
 * Not found by itself: what somebody does who can write to the store and knows the hash, and who writes the log anew from
 * some entry on, head included. Against that stands a mark that is kept elsewhere: the end that an earlier verification told.
 *
 * @returns the end of the log.
 */
export async function verifyAudit(
  stores: { readonly table: Table; readonly digest: Digest },
  tenantId: TenantId,
  marks: readonly AuditMark[],
): Promise<Result<AuditMark, VerifyProblem>> {
  // Before the entries, since writers go on meanwhile: what the head tells of is there by then.
  const head = await readHead(stores.table, tenantId);
  const expected = [head, ...marks];
  let tail: AuditTail = EMPTY_CHAIN;
  let cursor: string | undefined;
  for (let page = 0; page < VERIFY_PAGES_MAX; page++) {
    const range = { pk: recordPartition(tenantId, "AUDIT"), limit: VERIFY_PAGE_ENTRIES };
    const read = await stores.table.query(cursor === undefined ? range : { ...range, cursor });
    for (const item of read.items) {
      const next = followed(tenantId, tail, { item, digest: stores.digest });
      if (!next.ok) return refused({ reason: next.problem.reason, seq: tail.seq + 1 });
      tail = next.value;
      const { seq, hash } = tail;
      if (expected.some((mark) => mark.seq === seq && mark.hash !== hash))
        return refused({ reason: "mark_differs", seq });
    }
    cursor = read.cursor;
    if (cursor === undefined) return checkEnd(stores.table, tenantId, { tail, expected });
  }
  return refused({ reason: "audit_unfinished", seq: tail.seq });
}

async function checkEnd(
  table: Table,
  tenantId: TenantId,
  { tail, expected }: { readonly tail: AuditTail; readonly expected: readonly AuditMark[] },
): Promise<Result<AuditMark, VerifyProblem>> {
  const { seq, hash } = tail;
  if (expected.some((mark) => mark.seq > seq)) return refused({ reason: "entry_missing", seq: seq + 1 });
  const head = await readHead(table, tenantId);
  return seq - head.seq > HEAD_LAG_MAX ? refused({ reason: "head_behind", seq: head.seq + 1 }) : ok({ seq, hash });
}

const headSchema = () => z.object({ seq: z.int().min(1), hash: z.string() });

async function readHead(table: Table, tenantId: TenantId): Promise<AuditMark> {
  const item = await table.get(auditHeadKey(tenantId));
  return item === undefined ? EMPTY_CHAIN : headSchema().parse(item);
}

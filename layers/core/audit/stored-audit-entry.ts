import * as z from "zod";
import type { Item } from "../ports/table.ts";

/** Actions and kinds are texts here: another release of this code may have written others. */
function makeEntrySchema() {
  const fields = z.record(z.string(), z.unknown());
  return z.object({
    tenantId: z.string(),
    /** From 1 on, without a gap. */
    seq: z.int().min(1),
    /** Never before the entry it follows: where an actor's machine has a clock that lags, it takes that one's time. */
    atEpochMs: z.int().min(0),
    /** The hash of the entry it follows; empty in the first. */
    prevHash: z.string(),
    phase: z.enum(["begun", "done", "refused", "failed", "denied"]),
    changeId: z.string(),
    actor: z.object({
      tenantId: z.string(),
      subject: z.string(),
      role: z.string(),
      credential: z.string(),
      remoteAddress: z.string(),
      requestId: z.string(),
    }),
    action: z.string(),
    target: z.object({ kind: z.string(), id: z.string() }),
    before: fields.exactOptional(),
    after: fields.exactOptional(),
    reason: z.string().exactOptional(),
    count: z.int().min(1).exactOptional(),
  });
}

let entrySchema: ReturnType<typeof makeEntrySchema> | undefined;

/** An entry as it stands in its tenant's chain. */
export type AuditEntry = z.infer<ReturnType<typeof makeEntrySchema>> & { readonly hash: string };

/** What lies under the key of an entry is none. */
export class AuditEntryCorrupt extends Error {
  readonly code = "audit_entry_corrupt";
  constructor(sk: string, options: { cause: unknown }) {
    super(`the audit entry ${sk} can't be read`, options);
    this.name = "AuditEntryCorrupt";
  }
}

/** @throws {AuditEntryCorrupt} */
export function readAuditEntry(item: Item): AuditEntry {
  entrySchema ??= makeEntrySchema();
  try {
    const hash = z.string().parse(item.hash);
    return { ...entrySchema.parse(JSON.parse(z.string().parse(item.entry))), hash };
  } catch (cause) {
    throw new AuditEntryCorrupt(item.sk, { cause });
  }
}

import * as z from "zod";
import type { Clock } from "../ports/clock.ts";
import type { Digest } from "../ports/digest.ts";
import type { Item, Table } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import { receiptKey, receiptPrefix, recordPartition } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { ChannelId } from "./channel.ts";
import type { ChannelLog } from "./channel-log.ts";
import { LOG_ENDS_REMEMBERED_MAX, RECEIPT_KEPT_SECONDS, RECEIPT_LIST_MAX } from "./limits.ts";

/** How far a member has read a channel: all of it up to this number. */
export interface Receipt {
  readonly channel: ChannelId;
  readonly subject: string;
  readonly seq: number;
  /** When they said so. */
  readonly atEpochMs: number;
}

/** It is the number of no message up to the last one, `head`: nobody has read what was not published. */
export type ReceiptInvalid = { readonly reason: "receipt_invalid"; readonly head: number };
export type ReceiptListProblem =
  | { readonly reason: "receipt_limit_invalid"; readonly limitMax: number }
  | { readonly reason: "receipt_cursor_malformed" };

export interface ReceiptPage {
  /** Of those who have read the message. */
  readonly receipts: readonly Receipt[];
  /** Set when more may follow. A page may hold fewer than asked, even none, and still not be the last. */
  readonly cursor?: string;
}

/** What lies under the key of a receipt is none. */
export class ReceiptCorrupt extends Error {
  readonly code = "receipt_corrupt";
  constructor(options: { cause: unknown }) {
    super("a stored receipt can't be read", options);
    this.name = "ReceiptCorrupt";
  }
}

export interface ReceiptDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly digest: Digest;
  readonly log: Pick<ChannelLog, "headOf">;
}

/**
 * Who has read how far. One number for each member and channel that only rises, whichever of their connections says so and
 * in whatever order that arrives. It is over once all the messages are that it could tell of.
 */
export class Receipts {
  readonly #deps: ReceiptDeps;
  /** Numbers up to which channels had come when they were last asked; the longest known first. */
  readonly #heads = new Map<string, number>();

  constructor(deps: ReceiptDeps) {
    this.#deps = deps;
  }

  /** Notes that somebody has read up to a number. What is behind the receipt that is there changes nothing. */
  async note(
    tenantId: TenantId,
    { channel, subject, seq }: Pick<Receipt, "channel" | "subject" | "seq">,
  ): Promise<Result<Receipt, ReceiptInvalid>> {
    const { table, clock, digest } = this.#deps;
    const head = await this.#headOf(tenantId, channel, seq);
    if (!Number.isSafeInteger(seq) || seq < 1 || seq > head) return refused({ reason: "receipt_invalid", head });
    const atEpochMs = clock.nowMs();
    const expiresAtEpochSeconds = Math.ceil(atEpochMs / 1_000) + RECEIPT_KEPT_SECONDS;
    const key = receiptKey(tenantId, { channel, subjectDigest: digest(subject) });
    const noted = await table.update(
      key,
      { set: { subject, seq, atEpochMs, expiresAtEpochSeconds } },
      {
        if: "any",
        of: [
          { if: "attribute_absent", attribute: "seq" },
          { if: "below", attribute: "seq", value: seq },
        ],
      },
    );
    const current = noted.ok || noted.problem.reason === "item_too_large" ? undefined : noted.problem.current;
    return ok(current === undefined ? { channel, subject, seq, atEpochMs } : parseReceipt(channel, current));
  }

  /** How far somebody has read; undefined where they never said. */
  async find(
    tenantId: TenantId,
    { channel, subject }: Pick<Receipt, "channel" | "subject">,
  ): Promise<Receipt | undefined> {
    const subjectDigest = this.#deps.digest(subject);
    const item = await this.#deps.table.get(receiptKey(tenantId, { channel, subjectDigest }));
    return item && parseReceipt(channel, item);
  }

  /** Those who have read a message, in no order that means something. */
  async list(
    tenantId: TenantId,
    {
      channel,
      seq,
      limit,
      cursor,
    }: Pick<Receipt, "channel" | "seq"> & { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Result<ReceiptPage, ReceiptListProblem>> {
    if (!Number.isInteger(limit) || limit < 1 || limit > RECEIPT_LIST_MAX)
      return refused({ reason: "receipt_limit_invalid", limitMax: RECEIPT_LIST_MAX });
    const prefix = receiptPrefix(channel);
    if (cursor !== undefined && !CURSOR.test(cursor)) return refused({ reason: "receipt_cursor_malformed" });
    const page = await this.#deps.table.query({
      pk: recordPartition(tenantId, "RECEIPT"),
      prefix,
      limit,
      ...(cursor !== undefined && { cursor: `${prefix}${cursor}` }),
    });
    const receipts = page.items.map((item) => parseReceipt(channel, item)).filter((receipt) => receipt.seq >= seq);
    return ok(page.cursor === undefined ? { receipts } : { receipts, cursor: page.cursor.slice(prefix.length) });
  }

  /** At least the number, where a message has it: what a channel has come to stays behind it. */
  async #headOf(tenantId: TenantId, channel: ChannelId, seq: number): Promise<number> {
    const name = `${tenantId} ${channel}`;
    const known = this.#heads.get(name);
    if (known !== undefined && seq <= known) return known;
    const head = await this.#deps.log.headOf(tenantId, channel);
    this.#heads.delete(name);
    this.#heads.set(name, head);
    const [oldest] = this.#heads.keys();
    if (this.#heads.size > LOG_ENDS_REMEMBERED_MAX && oldest !== undefined) this.#heads.delete(oldest);
    return head;
  }
}

/** The digest of a subject. */
const CURSOR = /^[A-Za-z0-9_-]{43}$/;

function makeSchema() {
  return z.object({ subject: z.string(), seq: z.int().min(1), atEpochMs: z.number() });
}

let schema: ReturnType<typeof makeSchema> | undefined;

function parseReceipt(channel: ChannelId, item: Item): Receipt {
  schema ??= makeSchema();
  const parsed = schema.safeParse(item);
  if (!parsed.success) throw new ReceiptCorrupt({ cause: parsed.error });
  return { ...parsed.data, channel };
}

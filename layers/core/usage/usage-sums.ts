import * as z from "zod";
import type { Condition, Item, KeyRange, Table } from "../ports/table.ts";
import { recordPartition, type UsageSumKind, usageSumKey } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { SUM_PAGE, SUM_PAGES_MAX } from "./limits.ts";
import { sumOfUsage, type UsageTotals } from "./usage-kind.ts";
import { usageTotalsSchema, withoutNone } from "./usage-message.ts";

/** What a period has come to. */
export interface UsageSum {
  readonly totals: UsageTotals;
  /** Rises whenever a part of the sum does: of two sums of one period, the one with the higher has seen more. */
  readonly seq: number;
}

/** One stored period of one region. */
export interface StoredSum extends UsageSum {
  /** As `2027-01-31T09`, `2027-01-31` or `2027-01`. */
  readonly period: string;
  readonly region: string;
}

/** What lies where usage should. */
export class UsageCorrupt extends Error {
  readonly code = "usage_corrupt";
  constructor(item: Item, options?: { cause: unknown }) {
    super(`the usage at ${item.pk} ${item.sk} can't be read`, options);
    this.name = "UsageCorrupt";
  }
}

/** More counters or periods than {@link SUM_PAGES_MAX} pages hold. */
export class UsageTooLong extends Error {
  readonly code = "usage_too_long";
  constructor(pk: string) {
    super(`${pk} has more than ${SUM_PAGES_MAX * SUM_PAGE} items in one period`);
    this.name = "UsageTooLong";
  }
}

export function addUp(parts: readonly UsageSum[]): UsageSum {
  return {
    totals: sumOfUsage(parts.map(({ totals }) => totals)),
    seq: parts.reduce((sum, { seq }) => sum + seq, 0),
  };
}

function makeSumSchema() {
  return z.object({ seq: z.number().min(1), totals: usageTotalsSchema() });
}

let sumSchema: ReturnType<typeof makeSumSchema> | undefined;

/** @throws {UsageCorrupt} */
export function readSum(item: Item): UsageSum {
  sumSchema ??= makeSumSchema();
  const parsed = sumSchema.safeParse(item);
  if (!parsed.success) throw new UsageCorrupt(item, { cause: parsed.error });
  return parsed.data;
}

/** All items of a range. */
export async function allOf(table: Table, range: Omit<KeyRange, "limit" | "cursor">): Promise<readonly Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  for (let page = 1; page <= SUM_PAGES_MAX; page++) {
    const read = await table.query({ ...range, limit: SUM_PAGE, ...(cursor !== undefined && { cursor }) });
    items.push(...read.items);
    cursor = read.cursor;
    if (cursor === undefined) return items;
  }
  throw new UsageTooLong(range.pk);
}

/** The stored periods whose names begin so, of all regions, in their order. */
export async function storedSums(
  table: Table,
  tenantId: TenantId,
  { kind, prefix }: { readonly kind: UsageSumKind; readonly prefix: string },
): Promise<readonly StoredSum[]> {
  const items = await allOf(table, { pk: recordPartition(tenantId, kind), prefix });
  return items.map(readStored);
}

export function readStored(item: Item): StoredSum {
  const [period, region] = item.sk.split("#");
  if (period === undefined || region === undefined) throw new UsageCorrupt(item);
  return { period, region, ...readSum(item) };
}

/** Writes what a period has come to, unless whoever wrote it last had seen as much. */
export async function storeSum(
  table: Table,
  tenantId: TenantId,
  sum: StoredSum & { readonly kind: UsageSumKind; readonly expiresAtEpochSeconds?: number },
): Promise<void> {
  const { seq, totals, expiresAtEpochSeconds, ...named } = sum;
  const sawLess: Condition = { if: "any", of: [{ if: "absent" }, { if: "below", attribute: "seq", value: seq }] };
  const expiry = expiresAtEpochSeconds === undefined ? {} : { expiresAtEpochSeconds };
  await table.put({ ...usageSumKey(tenantId, named), seq, totals: withoutNone(totals), ...expiry }, sawLess);
}

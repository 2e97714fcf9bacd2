import type { Result } from "../result.ts";

/** A plain JSON value, as every stored attribute is. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Where an item lies. Made in `layers/core/store/keys.ts` alone, so that no key lacks its tenant. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

export interface Item extends ItemKey {
  /** From this second on the item counts as absent to every method. Whole seconds, or left out for ever. */
  readonly expiresAtEpochSeconds?: number;
  readonly [attribute: string]: Json | undefined;
}

/** What must hold for the item stored now (an expired one counts as absent), judged in one step with the write. */
export type Condition =
  | { readonly if: "absent" }
  | { readonly if: "present" }
  /** The attribute is there and equals a string, number or boolean. */
  | { readonly if: "equals"; readonly attribute: string; readonly value: string | number | boolean }
  /** The attribute is there, is a number, and is smaller. */
  | { readonly if: "below"; readonly attribute: string; readonly value: number }
  | { readonly if: "attribute_absent"; readonly attribute: string }
  | { readonly if: "all"; readonly of: readonly Condition[] }
  | { readonly if: "any"; readonly of: readonly Condition[] };

/** The named attributes change, all others stay. `add` counts from 0 where the attribute is absent. */
export interface ItemChange {
  readonly set?: Readonly<Record<string, Json>>;
  readonly add?: Readonly<Record<string, number>>;
  readonly remove?: readonly string[];
}

export type ConditionFailed = {
  readonly reason: "condition_failed";
  /** What was stored when the condition was judged; undefined when nothing (or nothing unexpired) was. */
  readonly current: Item | undefined;
};
export type ItemTooLarge = { readonly reason: "item_too_large"; readonly bytes: number; readonly bytesMax: number };
export type WriteProblem = ConditionFailed | ItemTooLarge;

/** One partition's items in the order of their sort keys (compared as UTF-8 bytes). */
export interface KeyRange {
  readonly pk: string;
  /** Only sort keys with this prefix. */
  readonly prefix?: string;
  /** Only sort keys greater than this one. */
  readonly after?: string;
  /** Only sort keys smaller than this one. */
  readonly before?: string;
  /** Last first. */
  readonly reverse?: boolean;
  /** At most this many, 1 to {@link QUERY_LIMIT_MAX}. A page may hold fewer and still not be the last. */
  readonly limit: number;
  /** From an earlier page of the same range. */
  readonly cursor?: string;
}

export interface Page {
  readonly items: readonly Item[];
  /** Set when more may follow. */
  readonly cursor?: string;
}

/**
 * Durable items of a partition key and a sort key, after what DynamoDB promises and no more:
 * single-item atomic conditions, ordered ranges within one partition; no transactions and no scans.
 * A resolved write is stored durably. A store that fails throws {@link StoreFault}.
 */
export interface Table {
  /** Reads what the last acknowledged write left, unless `stale` allows a cheaper, possibly older answer. */
  get(key: ItemKey, options?: { readonly stale?: boolean }): Promise<Item | undefined>;
  /** Replaces the whole item where `condition` holds. Two callers with the same exclusive condition can't both win. */
  put(item: Item, condition?: Condition): Promise<Result<undefined, WriteProblem>>;
  /** Changes attributes where `condition` holds (making the item if it was absent) and answers with the item after. */
  update(key: ItemKey, change: ItemChange, condition?: Condition): Promise<Result<Item, WriteProblem>>;
  /** Deletes where `condition` holds; without one, deleting what is absent succeeds. */
  delete(key: ItemKey, condition?: Condition): Promise<Result<undefined, ConditionFailed>>;
  query(range: KeyRange): Promise<Page>;
}

/** Source: DynamoDB quotas, "Item size" (read 2026-11-20): 400 KB, names and values together. */
export const ITEM_BYTES_MAX = 400 * 1024;
export const QUERY_LIMIT_MAX = 1000;
/** A page ends with the item that passes this. Source: DynamoDB Query, "a single Query operation" (read 2026-11-20): 1 MB. */
export const PAGE_BYTES_MAX = 1024 * 1024;

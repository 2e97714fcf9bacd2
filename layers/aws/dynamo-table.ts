import { type Clock, nowEpochSeconds } from "../core/ports/clock.ts";
import { StoreFault } from "../core/ports/store-fault.ts";
import {
  type Condition,
  type ConditionFailed,
  ITEM_BYTES_MAX,
  type Item,
  type ItemChange,
  type ItemKey,
  type ItemTooLarge,
  type KeyRange,
  type Page,
  type Table,
  type WriteProblem,
} from "../core/ports/table.ts";
import { ok, type Result, refused } from "../core/result.ts";
import { holds, unexpired } from "../core/store/condition.ts";
import { changeItem, checkChange } from "../core/store/item-change.ts";
import { itemBytes } from "../core/store/item-size.ts";
import { checkKey, type KeyBounds, keyBounds } from "../core/store/key-order.ts";
import type { DynamoClient } from "./dynamo-client.ts";
import {
  conditionExpression,
  guardedExpression,
  placeholders,
  rangeExpression,
  unexpiredExpression,
  updateExpression,
} from "./dynamo-expression.ts";
import { type Attributes, toAttributes, toItem } from "./dynamo-value.ts";
import { ServiceRefused } from "./json-client.ts";

export interface DynamoTable {
  readonly client: DynamoClient;
  readonly tableName: string;
  readonly clock: Clock;
}

/**
 * A table in DynamoDB: keys `pk` and `sk`, both strings, and `expiresAtEpochSeconds` as its TTL attribute.
 *
 * Reads are strongly consistent (on an MREC table, within the region) unless `stale` allows otherwise. A write whose
 * answer was lost is sent again: a conditional one may then be refused because of itself, which `current`
 * shows, and an `add` without a condition may be counted twice.
 */
export function dynamoTable(store: DynamoTable): Table {
  return {
    get: (key, options) => get(store, key, options?.stale === true),
    put: (item, condition) => put(store, item, condition),
    update: (key, change, condition) => update(store, key, { change, condition }),
    delete: (key, condition) => remove(store, key, condition),
    query: (range) => query(store, range),
  };
}

async function get(store: DynamoTable, key: ItemKey, stale: boolean): Promise<Item | undefined> {
  checkKey(key);
  return answered("get", async () => {
    const request = { TableName: store.tableName, Key: keyOf(key), ConsistentRead: !stale };
    const { Item: stored } = await store.client.call("GetItem", request);
    return stored === undefined ? undefined : unexpired(toItem(attributesIn(stored)), nowEpochSeconds(store.clock));
  });
}

async function put(
  store: DynamoTable,
  item: Item,
  condition: Condition | undefined,
): Promise<Result<undefined, WriteProblem>> {
  const bytes = itemBytes(item);
  if (bytes > ITEM_BYTES_MAX) return refused(tooLarge(bytes));
  const outcome = await judged("put", async () => {
    const fields = conditionFields(store, condition);
    await store.client.call("PutItem", { TableName: store.tableName, Item: toAttributes(item), ...fields });
  });
  return outcome.failed ? refused(conditionFailed(store, outcome.stored)) : ok();
}

async function remove(
  store: DynamoTable,
  key: ItemKey,
  condition: Condition | undefined,
): Promise<Result<undefined, ConditionFailed>> {
  checkKey(key);
  const outcome = await judged("delete", async () => {
    const fields = conditionFields(store, condition);
    await store.client.call("DeleteItem", { TableName: store.tableName, Key: keyOf(key), ...fields });
  });
  return outcome.failed ? refused(conditionFailed(store, outcome.stored)) : ok();
}

interface Update {
  readonly change: ItemChange;
  readonly condition: Condition | undefined;
}

/** Each expired item found in the way takes one; only a racing writer of items that expire at once takes more. */
const UPDATE_ATTEMPTS_MAX = 4;

/**
 * DynamoDB would change the attributes of an item that has expired and is not yet deleted, where an update begins from
 * nothing. So the update itself demands that the item has not expired, and where it has, the whole item is put in its
 * place, if it is still expired then.
 */
async function update(store: DynamoTable, key: ItemKey, wanted: Update): Promise<Result<Item, WriteProblem>> {
  checkChange(wanted.change);
  itemBytes({ ...wanted.change.set, ...wanted.change.add, pk: key.pk, sk: key.sk });
  for (let attempt = 0; attempt < UPDATE_ATTEMPTS_MAX; attempt++) {
    const outcome = await updateUnexpired(store, key, wanted);
    if (outcome !== "in_the_way") return outcome;
    if (wanted.condition !== undefined && !holds(wanted.condition, undefined)) {
      return refused(conditionFailed(store, undefined));
    }
    const item = changeItem({ pk: key.pk, sk: key.sk }, undefined, wanted.change);
    const replaced = await put(store, item, { if: "absent" });
    if (replaced.ok) return ok(item);
    if (replaced.problem.reason === "item_too_large") return refused(replaced.problem);
  }
  throw new StoreFault("table", "update", { cause: `an expired item in the way, ${UPDATE_ATTEMPTS_MAX} times` });
}

async function updateUnexpired(
  store: DynamoTable,
  key: ItemKey,
  { change, condition }: Update,
): Promise<Result<Item, WriteProblem> | "in_the_way"> {
  const places = placeholders();
  const UpdateExpression = updateExpression(change, places);
  const ConditionExpression = guardedExpression(condition, places, nowEpochSeconds(store.clock));
  let after: Attributes | undefined;
  const outcome = await judged("update", async () => {
    const request = {
      TableName: store.tableName,
      Key: keyOf(key),
      ...(UpdateExpression !== undefined && { UpdateExpression }),
      ConditionExpression,
      ...places.fields(),
      ReturnValues: "ALL_NEW" as const,
      ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const,
    };
    after = attributesIn((await store.client.call("UpdateItem", request)).Attributes);
  });
  if (outcome.tooLarge) return refused(tooLarge(await bytesAfter(store, key, change)));
  if (!outcome.failed) return ok(toItem(after ?? keyOf(key)));
  const failure = conditionFailed(store, outcome.stored);
  return outcome.stored !== undefined && failure.current === undefined ? "in_the_way" : refused(failure);
}

/** The service tells that an item would be too large, not by how much. */
async function bytesAfter(store: DynamoTable, key: ItemKey, change: ItemChange): Promise<number> {
  const current = await get(store, key, false);
  return Math.max(ITEM_BYTES_MAX + 1, itemBytes(changeItem(key, current, change)));
}

/** The ends that `BETWEEN` reads and the range may not hold. */
const RANGE_ENDS_COUNT = 2;

async function query(store: DynamoTable, range: KeyRange): Promise<Page> {
  const bounds = keyBounds(range);
  if (bounds === undefined) return { items: [] };
  const places = placeholders();
  const KeyConditionExpression = rangeExpression(range, bounds, places);
  const FilterExpression = unexpiredExpression(places, nowEpochSeconds(store.clock));
  return answered("query", async () => {
    const request = {
      TableName: store.tableName,
      KeyConditionExpression,
      FilterExpression,
      ...places.fields(),
      ConsistentRead: true,
      ScanIndexForward: range.reverse !== true,
      Limit: range.limit + RANGE_ENDS_COUNT,
    };
    const { Items, LastEvaluatedKey } = await store.client.call("Query", request);
    const items = (Array.isArray(Items) ? Items : []).map((stored) => toItem(attributesIn(stored)));
    return pageOf(range, bounds, { items, lastRead: attributesIn(LastEvaluatedKey).sk?.S });
  });
}

function pageOf(
  range: KeyRange,
  bounds: KeyBounds,
  read: { readonly items: readonly Item[]; readonly lastRead: string | undefined },
): Page {
  const within = read.items.filter(({ sk }) => sk !== bounds.until && (bounds.fromIncluded || sk !== bounds.from));
  const items = within.slice(0, range.limit);
  const cursor = items.length < within.length ? items.at(-1)?.sk : read.lastRead;
  return cursor === undefined ? { items } : { items, cursor };
}

type Judgement =
  | { readonly failed: false; readonly tooLarge: boolean }
  | { readonly failed: true; readonly tooLarge: false; readonly stored: Attributes | undefined };

/** Tells the refusals a write may meet from faults. `stored` is what the service found, expired or not. */
async function judged(operation: string, write: () => Promise<void>): Promise<Judgement> {
  try {
    await write();
    return { failed: false, tooLarge: false };
  } catch (cause) {
    if (isConditionFailure(cause)) return { failed: true, tooLarge: false, stored: storedIn(cause) };
    if (operation === "update" && isItemTooLarge(cause)) return { failed: false, tooLarge: true };
    throw new StoreFault("table", operation, { cause });
  }
}

async function answered<T>(operation: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw new StoreFault("table", operation, { cause });
  }
}

function isConditionFailure(error: unknown): error is ServiceRefused {
  return error instanceof ServiceRefused && error.name === "ConditionalCheckFailedException";
}

function storedIn({ told }: ServiceRefused): Attributes | undefined {
  return told.Item === undefined ? undefined : attributesIn(told.Item);
}

/** What the service sent as attributes; that each is of a kind we write, {@link toItem} checks. */
function attributesIn(sent: unknown): Attributes {
  return typeof sent === "object" && sent !== null ? (sent as Attributes) : {};
}

/** Source: UpdateItem answers a `ValidationException` "Item size to update has exceeded the maximum allowed size". */
function isItemTooLarge(error: unknown): boolean {
  return error instanceof Error && error.name === "ValidationException" && error.message.startsWith("Item size ");
}

function conditionFields(store: DynamoTable, condition: Condition | undefined) {
  if (condition === undefined) return {};
  const places = placeholders();
  const ConditionExpression = conditionExpression(condition, places, nowEpochSeconds(store.clock));
  return {
    ConditionExpression,
    ...places.fields(),
    ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const,
  };
}

function conditionFailed(store: DynamoTable, stored: Attributes | undefined): ConditionFailed {
  const current = stored === undefined ? undefined : unexpired(toItem(stored), nowEpochSeconds(store.clock));
  return { reason: "condition_failed", current };
}

function keyOf({ pk, sk }: ItemKey): { pk: { S: string }; sk: { S: string } } {
  return { pk: { S: pk }, sk: { S: sk } };
}

function tooLarge(bytes: number): ItemTooLarge {
  return { reason: "item_too_large", bytes, bytesMax: ITEM_BYTES_MAX };
}

import { type Clock, nowEpochSeconds } from "../core/ports/clock.ts";
import { StoreFault } from "../core/ports/store-fault.ts";
import {
  type Condition,
  type ConditionFailed,
  ITEM_BYTES_MAX,
  type Item,
  type ItemKey,
  type ItemTooLarge,
  type KeyRange,
  PAGE_BYTES_MAX,
  type Page,
  type Table,
  type WriteProblem,
} from "../core/ports/table.ts";
import { ok, refused, unreachable } from "../core/result.ts";
import { unexpired } from "../core/store/condition.ts";
import { checkChange } from "../core/store/item-change.ts";
import { itemBytes } from "../core/store/item-size.ts";
import { checkKey, KeyMalformed, keyBounds } from "../core/store/key-order.ts";
import { openSqliteFile, RowUnreadable } from "./sqlite-file.ts";
import {
  itemOf,
  parseRow,
  rowOf,
  SELECT_ROW,
  type StoredRow,
  TABLE_FORMAT,
  type TableAnswer,
  type TableWrite,
} from "./table-file.ts";
import { sqliteWriterUrl, type WriteThread, writeThread } from "./write-thread.ts";

export interface SqliteTable extends Table {
  /** Deletes up to `limit` items whose time is over, and says how many. For a timer, not for a request. */
  sweep(limit: number): Promise<number>;
  /** Starts the writing thread, some tens of milliseconds of work, before a write has to wait for it. */
  warm(): void;
  /** Finishes the writes accepted so far; those that come later fault. */
  close(): Promise<void>;
}

/**
 * A table in one SQLite file, which several processes may share.
 *
 * Reads run on the calling thread, some tens of microseconds each, and see every write acknowledged before, whichever
 * process made it. Writes gather in a thread of their own and are on the disk when they resolve; conditions are judged
 * one after another, also between processes. A write's expiry is judged by the clock at the moment of the call.
 *
 * @param options `file` is made, with its folder, where there is none. `writer` is the writer thread's entry point.
 * @throws {StoreFault} when the file can't be opened; its `cause` is a `SqliteFormatUnknown` for a file that is of
 *   another kind or of a newer version.
 */
export async function sqliteTable(options: {
  readonly file: string;
  readonly clock: Clock;
  readonly writer?: URL;
}): Promise<SqliteTable> {
  const { file, clock } = options;
  const reader = faulty("open", () => tableReader(file));
  const thread = writeThread<TableWrite, TableAnswer>({
    task: { file, store: "table", committed: "to disk" },
    entry: options.writer ?? sqliteWriterUrl(),
  });
  return {
    ...reads(reader, clock),
    ...writes(thread, clock),
    warm: () => thread.warm(),
    async close() {
      // The reader goes first, so that the checkpoint of a last close is made on the writer's thread.
      reader.close();
      await thread.close();
    },
  };
}

function reads(reader: TableReader, clock: Clock): Pick<Table, "get" | "query"> {
  return {
    async get(key) {
      checkKey(key);
      const item = faulty("get", () => reader.get(key));
      return unexpired(item, nowEpochSeconds(clock));
    },
    async query(range) {
      return faulty("query", () => reader.query(range, nowEpochSeconds(clock)));
    },
  };
}

function writes(
  thread: WriteThread<TableWrite, TableAnswer>,
  clock: Clock,
): Pick<SqliteTable, "put" | "update" | "delete" | "sweep"> {
  const ask = async (operation: string, write: TableWrite): Promise<TableAnswer> => {
    try {
      return await thread.write(write);
    } catch (cause) {
      throw new StoreFault("table", operation, { cause });
    }
  };
  return {
    async put(item, condition) {
      const bytes = itemBytes(item);
      if (bytes > ITEM_BYTES_MAX) return refused(tooLarge(bytes));
      const answer = await ask("put", { kind: "put", row: rowOf(item), ...judged(item, condition, clock) });
      return answer.kind === "written" ? ok() : refused(problemOf(item, answer));
    },
    async update(key, change, condition) {
      checkChange(change);
      itemBytes({ ...change.set, ...change.add, pk: key.pk, sk: key.sk });
      const write = { kind: "update", change: JSON.stringify(change), ...judged(key, condition, clock) } as const;
      const answer = await ask("update", write);
      return answer.kind === "updated" ? ok(itemOf(key, answer.row)) : refused(problemOf(key, answer));
    },
    async delete(key, condition) {
      checkKey(key);
      const answer = await ask("delete", { kind: "delete", ...judged(key, condition, clock) });
      return answer.kind === "condition_failed" ? refused(conditionFailed(key, answer.row)) : ok();
    },
    async sweep(limit) {
      const answer = await ask("sweep", { kind: "sweep", limit, nowEpochSeconds: nowEpochSeconds(clock) });
      return answer.kind === "swept" ? answer.count : 0;
    },
  };
}

interface TableReader {
  get(key: ItemKey): Item | undefined;
  query(range: KeyRange, nowEpochSeconds: number): Page;
  close(): void;
}

function tableReader(file: string): TableReader {
  const database = openSqliteFile(file, TABLE_FORMAT);
  database.exec("PRAGMA query_only = ON");
  const get = database.prepare(SELECT_ROW);
  const select = (order: "ASC" | "DESC") =>
    database.prepare(
      "SELECT sk, expires, body FROM items WHERE pk = ? AND sk >= ? AND sk < ? " +
        `AND (expires IS NULL OR expires > ?) ORDER BY sk ${order} LIMIT ?`,
    );
  const forward = select("ASC");
  const backward = select("DESC");
  return {
    get(key) {
      const row = parseRow(get.get(key.pk, key.sk));
      return row === undefined ? undefined : itemOf(key, row);
    },
    query(range, now) {
      const bounds = keyBounds(range);
      if (bounds === undefined) return { items: [] };
      // The next text after one is itself and a zero byte; every BLOB is greater than every TEXT.
      const from = bounds.fromIncluded ? bounds.from : `${bounds.from}\0`;
      const until = bounds.until ?? new Uint8Array(0);
      const statement = range.reverse === true ? backward : forward;
      return pageOf(range, statement.iterate(range.pk, from, until, now, range.limit + 1));
    },
    close: () => {
      if (database.isOpen) database.close();
    },
  };
}

/** One row more than the limit is asked for, so that the last page says that it is the last. */
function pageOf(range: KeyRange, rows: Iterable<Record<string, unknown>>): Page {
  const items: Item[] = [];
  let bytes = 0;
  for (const raw of rows) {
    const last = items.at(-1);
    if (last !== undefined && (items.length === range.limit || bytes >= PAGE_BYTES_MAX)) {
      return { items, cursor: last.sk };
    }
    const row = parseRow(raw);
    if (row === undefined || typeof raw.sk !== "string") throw new RowUnreadable();
    items.push(itemOf({ pk: range.pk, sk: raw.sk }, row));
    bytes += row.body.length;
  }
  return { items };
}

function judged(key: ItemKey, condition: Condition | undefined, clock: Clock) {
  return { key: { pk: key.pk, sk: key.sk }, condition, nowEpochSeconds: nowEpochSeconds(clock) };
}

function problemOf(key: ItemKey, answer: TableAnswer): WriteProblem {
  switch (answer.kind) {
    case "condition_failed":
      return conditionFailed(key, answer.row);
    case "too_large":
      return tooLarge(answer.bytes);
    case "malformed":
      throw new StoreFault("table", "update", { cause: answer.cause });
    case "written":
    case "updated":
    case "swept":
      throw new StoreFault("table", "answer", { cause: answer.kind });
    default:
      return unreachable(answer);
  }
}

function conditionFailed(key: ItemKey, row: StoredRow | undefined): ConditionFailed {
  return { reason: "condition_failed", current: row === undefined ? undefined : itemOf(key, row) };
}

function tooLarge(bytes: number): ItemTooLarge {
  return { reason: "item_too_large", bytes, bytesMax: ITEM_BYTES_MAX };
}

function faulty<T>(operation: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof KeyMalformed) throw cause;
    throw new StoreFault("table", operation, { cause });
  }
}

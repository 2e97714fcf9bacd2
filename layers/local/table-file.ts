import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Condition, Item, ItemChange, ItemKey, Json } from "../core/ports/table.ts";
import { ITEM_BYTES_MAX } from "../core/ports/table.ts";
import { unreachable } from "../core/result.ts";
import { holds, unexpired } from "../core/store/condition.ts";
import { changeItem } from "../core/store/item-change.ts";
import { ItemMalformed, itemBytes } from "../core/store/item-size.ts";
import { RowUnreadable, type SqliteFormat } from "./sqlite-file.ts";

/** The rows of a table's file, and how one write is judged and made inside the writer's transaction. */

export const TABLE_FORMAT: SqliteFormat = {
  applicationId: 0x534b5442,
  version: 1,
  // `pk` and `sk` compare as bytes (collation BINARY). `body` is the item as JSON without what has a column.
  schema: `
    CREATE TABLE items (
      pk TEXT NOT NULL, sk TEXT NOT NULL, expires INTEGER, body TEXT NOT NULL, PRIMARY KEY (pk, sk)
    ) STRICT;
    CREATE INDEX items_by_expiry ON items (expires) WHERE expires IS NOT NULL;`,
};

export interface StoredRow {
  readonly expires: number | null;
  readonly body: string;
}

interface Judged {
  readonly key: ItemKey;
  readonly condition?: Condition | undefined;
  /** Taken where the write was asked for: the writer's thread has no clock. */
  readonly nowEpochSeconds: number;
}

export type TableWrite =
  | ({ readonly kind: "put"; readonly row: StoredRow } & Judged)
  /** `change` is an {@link ItemChange} as JSON, which crosses threads faster than a clone. */
  | ({ readonly kind: "update"; readonly change: string } & Judged)
  | ({ readonly kind: "delete" } & Judged)
  | { readonly kind: "sweep"; readonly limit: number; readonly nowEpochSeconds: number };

export type TableAnswer =
  | { readonly kind: "written" }
  | { readonly kind: "updated"; readonly row: StoredRow }
  | { readonly kind: "condition_failed"; readonly row?: StoredRow }
  | { readonly kind: "too_large"; readonly bytes: number }
  /** The caller asked for what can't be; nothing was written. */
  | { readonly kind: "malformed"; readonly cause: unknown }
  | { readonly kind: "swept"; readonly count: number };

export function rowOf(item: Item): StoredRow {
  const { pk: _pk, sk: _sk, expiresAtEpochSeconds, ...attributes } = item;
  return { expires: expiresAtEpochSeconds ?? null, body: JSON.stringify(attributes) };
}

export function itemOf(key: ItemKey, row: StoredRow): Item {
  const attributes = parseBody(row.body);
  const { pk, sk } = key;
  return row.expires === null
    ? { ...attributes, pk, sk }
    : { ...attributes, pk, sk, expiresAtEpochSeconds: row.expires };
}

/** Reads a row as SQLite gives it. */
export function parseRow(raw: Record<string, unknown> | undefined): StoredRow | undefined {
  if (raw === undefined) return undefined;
  const { expires, body } = raw;
  if (typeof body !== "string" || (expires !== null && typeof expires !== "number")) throw new RowUnreadable();
  return { expires, body };
}

/** Judges and makes one write; the caller holds the transaction. */
export function tableWriter(database: DatabaseSync): (write: TableWrite) => TableAnswer {
  const statements = prepare(database);
  return (write) => {
    switch (write.kind) {
      case "put":
        return put(statements, write);
      case "update":
        return update(statements, write);
      case "delete":
        return remove(statements, write);
      case "sweep":
        return { kind: "swept", count: Number(statements.sweep.run(write.nowEpochSeconds, write.limit).changes) };
      default:
        return unreachable(write);
    }
  };
}

interface Statements {
  readonly get: StatementSync;
  readonly put: StatementSync;
  readonly delete: StatementSync;
  readonly sweep: StatementSync;
}

export const SELECT_ROW = "SELECT expires, body FROM items WHERE pk = ? AND sk = ?";

function prepare(database: DatabaseSync): Statements {
  return {
    get: database.prepare(SELECT_ROW),
    put: database.prepare(
      "INSERT INTO items (pk, sk, expires, body) VALUES (?, ?, ?, ?) " +
        "ON CONFLICT (pk, sk) DO UPDATE SET expires = excluded.expires, body = excluded.body",
    ),
    delete: database.prepare("DELETE FROM items WHERE pk = ? AND sk = ?"),
    sweep: database.prepare(
      "DELETE FROM items WHERE rowid IN (SELECT rowid FROM items WHERE expires <= ? ORDER BY expires LIMIT ?)",
    ),
  };
}

function put(statements: Statements, write: Extract<TableWrite, { kind: "put" }>): TableAnswer {
  const { key, row, condition } = write;
  if (condition !== undefined) {
    const current = stored(statements, write);
    if (!holds(condition, current)) return conditionFailed(current);
  }
  statements.put.run(key.pk, key.sk, row.expires, row.body);
  return { kind: "written" };
}

function update(statements: Statements, write: Extract<TableWrite, { kind: "update" }>): TableAnswer {
  const { key, change, condition } = write;
  const current = stored(statements, write);
  if (condition !== undefined && !holds(condition, current)) return conditionFailed(current);
  try {
    const after = changeItem(key, current, parseChange(change));
    const bytes = itemBytes(after);
    if (bytes > ITEM_BYTES_MAX) return { kind: "too_large", bytes };
    const row = rowOf(after);
    statements.put.run(key.pk, key.sk, row.expires, row.body);
    return { kind: "updated", row };
  } catch (cause) {
    if (cause instanceof ItemMalformed) return { kind: "malformed", cause };
    throw cause;
  }
}

function remove(statements: Statements, write: Extract<TableWrite, { kind: "delete" }>): TableAnswer {
  const { key, condition } = write;
  if (condition !== undefined) {
    const current = stored(statements, write);
    if (!holds(condition, current)) return conditionFailed(current);
  }
  statements.delete.run(key.pk, key.sk);
  return { kind: "written" };
}

function stored(statements: Statements, write: Judged): Item | undefined {
  const { key, nowEpochSeconds } = write;
  const row = parseRow(statements.get.get(key.pk, key.sk));
  return row === undefined ? undefined : unexpired(itemOf(key, row), nowEpochSeconds);
}

function conditionFailed(current: Item | undefined): TableAnswer {
  return current === undefined ? { kind: "condition_failed" } : { kind: "condition_failed", row: rowOf(current) };
}

function parseChange(text: string): ItemChange {
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== "object" || parsed === null) throw new RowUnreadable();
  return parsed as ItemChange;
}

function parseBody(body: string): Readonly<Record<string, Json>> {
  const parsed: unknown = JSON.parse(body);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw new RowUnreadable();
  return parsed as Readonly<Record<string, Json>>;
}

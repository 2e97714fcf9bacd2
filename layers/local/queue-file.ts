import type { DatabaseSync, StatementSync } from "node:sqlite";
import { unreachable } from "../core/result.ts";
import { RowUnreadable, type SqliteFormat } from "./sqlite-file.ts";

/** The rows of a queue's file, and how one change is made inside the writer's transaction. */

export const QUEUE_FORMAT: SqliteFormat = {
  applicationId: 0x534b5155,
  version: 1,
  // A message is in flight while it has a receipt and is not yet visible. `turn` orders the tenants: who was served
  // longest ago comes first.
  schema: `
    CREATE TABLE messages (
      id TEXT PRIMARY KEY, tenant TEXT NOT NULL, body TEXT NOT NULL, visible_at_ms INTEGER NOT NULL,
      attempt INTEGER NOT NULL, receipt TEXT, dead INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX messages_by_time ON messages (dead, visible_at_ms);
    CREATE INDEX messages_by_tenant ON messages (tenant, dead, visible_at_ms, receipt);
    CREATE INDEX messages_by_attempt ON messages (dead, attempt);
    CREATE UNIQUE INDEX messages_by_receipt ON messages (receipt) WHERE receipt IS NOT NULL;
    CREATE TABLE tenants (tenant TEXT PRIMARY KEY, turn INTEGER NOT NULL) STRICT;`,
};

export type QueueWrite =
  | {
      readonly kind: "send";
      readonly id: string;
      readonly tenant: string;
      readonly body: string;
      readonly visibleAtMs: number;
    }
  | {
      readonly kind: "receive";
      /** One for each message that may be taken. */
      readonly receipts: readonly string[];
      readonly visibleAtMs: number;
      readonly nowMs: number;
      readonly receivesMax: number;
    }
  | { readonly kind: "complete"; readonly receipt: string }
  | { readonly kind: "extend"; readonly receipt: string; readonly visibleAtMs: number; readonly nowMs: number }
  | { readonly kind: "redrive"; readonly id: string; readonly nowMs: number };

export type QueueAnswer =
  | { readonly kind: "done" }
  | { readonly kind: "received"; readonly messages: readonly StoredMessage[] };

export interface StoredMessage {
  readonly id: string;
  readonly tenant: string;
  readonly body: string;
  readonly attempt: number;
  readonly receipt: string;
}

/** Source: SQS developer guide, "Amazon SQS fair queues" (read 2026-11-20). */
export const NOISY_IN_FLIGHT_MIN = 30;
export const NOISY_SHARE_MIN = 0.1;

/** Makes one change; the caller holds the transaction. */
export function queueWriter(database: DatabaseSync): (write: QueueWrite) => QueueAnswer {
  const statements = prepare(database);
  return (write) => {
    switch (write.kind) {
      case "send":
        statements.send.run(write.id, write.tenant, write.body, write.visibleAtMs);
        statements.enterTenant.run(write.tenant);
        return { kind: "done" };
      case "receive":
        return { kind: "received", messages: receive(statements, write) };
      case "complete":
        complete(statements, write.receipt);
        return { kind: "done" };
      case "extend":
        statements.extend.run(write.visibleAtMs, write.receipt, write.nowMs);
        return { kind: "done" };
      case "redrive":
        statements.redrive.run(write.nowMs, write.id);
        return { kind: "done" };
      default:
        return unreachable(write);
    }
  };
}

function prepare(database: DatabaseSync) {
  return {
    send: database.prepare("INSERT INTO messages VALUES (?, ?, ?, ?, 0, NULL, 0)"),
    // A newcomer waits for one turn of those who wait already, and no longer.
    enterTenant: database.prepare(
      "INSERT INTO tenants SELECT ?, coalesce(max(turn), 0) FROM tenants WHERE true ON CONFLICT DO NOTHING",
    ),
    bury: database.prepare(
      "UPDATE messages SET dead = 1, receipt = NULL WHERE dead = 0 AND attempt >= ? AND visible_at_ms <= ?",
    ),
    waitingTenants: database.prepare(WAITING_TENANTS),
    ready: database.prepare(
      "SELECT id, tenant, body, attempt FROM messages WHERE tenant = ? AND dead = 0 AND visible_at_ms <= ? " +
        "ORDER BY visible_at_ms, rowid LIMIT ?",
    ),
    take: database.prepare("UPDATE messages SET receipt = ?, visible_at_ms = ?, attempt = attempt + 1 WHERE id = ?"),
    serveTenant: database.prepare("UPDATE tenants SET turn = (SELECT max(turn) + 1 FROM tenants) WHERE tenant = ?"),
    complete: database.prepare("DELETE FROM messages WHERE receipt = ? RETURNING tenant"),
    leaveTenant: database.prepare(
      "DELETE FROM tenants WHERE tenant = ?1 AND NOT EXISTS (SELECT 1 FROM messages WHERE tenant = ?1)",
    ),
    extend: database.prepare("UPDATE messages SET visible_at_ms = ? WHERE receipt = ? AND visible_at_ms > ?"),
    redrive: database.prepare(
      "UPDATE messages SET dead = 0, attempt = 0, receipt = NULL, visible_at_ms = ? WHERE id = ? AND dead = 1",
    ),
  } satisfies Record<string, StatementSync>;
}

/** The quiet before the noisy, the noisy by their messages in flight, and then by turn. */
const WAITING_TENANTS = `
  WITH waiting AS (
    SELECT tenant, turn,
      (SELECT count(*) FROM messages m
        WHERE m.tenant = t.tenant AND m.dead = 0 AND m.visible_at_ms > :now AND m.receipt IS NOT NULL) AS in_flight,
      EXISTS (SELECT 1 FROM messages m WHERE m.tenant = t.tenant AND m.dead = 0 AND m.visible_at_ms <= :now) AS ready
    FROM tenants t
  ), judged AS (
    SELECT *, in_flight >= ${NOISY_IN_FLIGHT_MIN}
      AND in_flight > ${NOISY_SHARE_MIN} * (SELECT sum(in_flight) FROM waiting) AS noisy
    FROM waiting
  )
  SELECT tenant, noisy FROM judged WHERE ready ORDER BY noisy, iif(noisy, in_flight, 0), turn LIMIT :limit`;

type Statements = ReturnType<typeof prepare>;

function receive(statements: Statements, write: Extract<QueueWrite, { kind: "receive" }>): StoredMessage[] {
  const { receipts, nowMs } = write;
  statements.bury.run(write.receivesMax, nowMs);
  const tenants = statements.waitingTenants.all({ now: nowMs, limit: receipts.length });
  const linesOf = (noisy: number) =>
    tenants
      .filter((waiting) => waiting.noisy === noisy)
      .map(({ tenant }) => statements.ready.all(textOf(tenant), nowMs, receipts.length).map(parseReadyRow));
  return [...inTurns(linesOf(0)), ...inTurns(linesOf(1))].slice(0, receipts.length).map((message, index) => {
    const receipt = textOf(receipts[index]);
    statements.take.run(receipt, write.visibleAtMs, message.id);
    statements.serveTenant.run(message.tenant);
    return { ...message, attempt: message.attempt + 1, receipt };
  });
}

/** The first of each line, then the second of each, and so on. */
function inTurns<T>(lines: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lines.map(({ length }) => length));
  return Array.from({ length: longest }, (_, place) => lines.flatMap((line) => line.slice(place, place + 1))).flat();
}

function complete(statements: Statements, receipt: string): void {
  const row = statements.complete.get(receipt);
  if (row !== undefined) statements.leaveTenant.run(textOf(row.tenant));
}

export function parseReadyRow(row: Readonly<Record<string, unknown>>): Omit<StoredMessage, "receipt"> {
  if (typeof row.attempt !== "number") throw new RowUnreadable();
  return { id: textOf(row.id), tenant: textOf(row.tenant), body: textOf(row.body), attempt: row.attempt };
}

function textOf(value: unknown): string {
  if (typeof value !== "string") throw new RowUnreadable();
  return value;
}

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { unreachable } from "../core/result.ts";
import { type Flight, type QueueTurns, queueTurns, TURNS_SCHEMA } from "./queue-turns.ts";
import { numberOf, type SqliteFormat, textOf } from "./sqlite-file.ts";

/** The rows of a queue's file, and how one change is made inside the writer's transaction. */

// A message counts as in flight while it has a receipt. Its row's number is part of each receipt.
const SCHEMA = `
  CREATE TABLE messages (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, tenant TEXT NOT NULL, body TEXT NOT NULL,
    visible_at_ms INTEGER NOT NULL, attempt INTEGER NOT NULL, receipt TEXT, received_at_ms INTEGER, dead INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX messages_waiting ON messages (tenant, visible_at_ms) WHERE dead = 0;
  CREATE INDEX messages_dead ON messages (id) WHERE dead = 1;
  ${TURNS_SCHEMA}`;

export const QUEUE_FORMAT: SqliteFormat = {
  applicationId: 0x534b5155,
  version: 2,
  schema: SCHEMA,
  upgrades: {
    // What was in flight comes again when its time is over.
    1: `
      ALTER TABLE messages RENAME TO messages_1;
      DROP TABLE tenants;
      ${SCHEMA}
      INSERT INTO messages (id, tenant, body, visible_at_ms, attempt, dead)
        SELECT id, tenant, body, visible_at_ms, attempt, dead FROM messages_1 ORDER BY rowid;
      DROP TABLE messages_1;
      INSERT INTO tenants
        SELECT tenant, 0, min(visible_at_ms), 0, 0, 0, 0, 0 FROM messages WHERE dead = 0 GROUP BY tenant;`,
  },
};

export type QueueWrite =
  | {
      readonly kind: "send";
      readonly id: string;
      readonly tenant: string;
      readonly body: string;
      readonly visibleAtMs: number;
      readonly nowMs: number;
    }
  | {
      readonly kind: "receive";
      readonly max: number;
      /** Never used before: it makes the receipts of this delivery differ from those of all others. */
      readonly nonce: string;
      readonly visibleAtMs: number;
      readonly nowMs: number;
      readonly receivesMax: number;
    }
  | { readonly kind: "complete"; readonly receipt: string; readonly nowMs: number }
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

const DONE: QueueAnswer = { kind: "done" };

/** Makes one change; the caller holds the transaction. */
export function queueWriter(database: DatabaseSync): (write: QueueWrite) => QueueAnswer {
  const messages = prepare(database);
  const turns = queueTurns(database);
  return (write) => {
    switch (write.kind) {
      case "send":
        messages.send.run(write.id, write.tenant, write.body, write.visibleAtMs);
        turns.sent(write.tenant, { readyAtMs: write.visibleAtMs, nowMs: write.nowMs });
        return DONE;
      case "receive":
        return { kind: "received", messages: receive({ messages, turns }, write) };
      case "complete":
        complete({ messages, turns }, write);
        return DONE;
      case "extend":
        extend({ messages, turns }, write);
        return DONE;
      case "redrive":
        redrive({ messages, turns }, write);
        return DONE;
      default:
        return unreachable(write);
    }
  };
}

function prepare(database: DatabaseSync) {
  return {
    send: database.prepare(
      "INSERT INTO messages (id, tenant, body, visible_at_ms, attempt, dead) VALUES (?, ?, ?, ?, 0, 0)",
    ),
    ready: database.prepare(
      "SELECT number, tenant, attempt, received_at_ms FROM messages " +
        "WHERE tenant = ? AND dead = 0 AND visible_at_ms <= ? ORDER BY visible_at_ms, number LIMIT ?",
    ),
    take: database.prepare(
      "UPDATE messages SET receipt = ?, visible_at_ms = ?, received_at_ms = ?, attempt = attempt + 1 " +
        "WHERE number = ? RETURNING id, body",
    ),
    bury: database.prepare("UPDATE messages SET dead = 1, receipt = NULL, received_at_ms = NULL WHERE number = ?"),
    complete: database.prepare(
      "DELETE FROM messages WHERE number = ? AND receipt = ? RETURNING tenant, received_at_ms",
    ),
    extend: database.prepare(
      "UPDATE messages SET visible_at_ms = ? WHERE number = ? AND receipt = ? AND visible_at_ms > ? RETURNING tenant",
    ),
    redrive: database.prepare(
      "UPDATE messages SET dead = 0, attempt = 0, visible_at_ms = ? WHERE id = ? AND dead = 1 RETURNING tenant",
    ),
  } satisfies Record<string, StatementSync>;
}

interface QueueParts {
  readonly messages: ReturnType<typeof prepare>;
  readonly turns: QueueTurns;
}

type Write<Kind extends QueueWrite["kind"]> = Extract<QueueWrite, { readonly kind: Kind }>;

interface ReadyRow {
  readonly number: number;
  readonly tenant: string;
  readonly attempt: number;
  /** Of its last delivery, where it had one. */
  readonly receivedAtMs: number | undefined;
}

interface Found {
  /** In the order in which they are given. */
  readonly ready: readonly ReadyRow[];
  /** Received so often that they are given no more. */
  readonly spent: readonly ReadyRow[];
  /** Tenants who were thought to have something ready. */
  readonly empty: readonly string[];
}

/** What has been received too often is buried before anything is given, and so takes nobody's place. */
function receive(parts: QueueParts, write: Write<"receive">): StoredMessage[] {
  let found = look(parts, write);
  while (found.spent.length > 0) {
    bury(parts, found.spent);
    found = look(parts, write);
  }
  const received = found.ready.map((row) => take(parts, write, row));
  for (const [tenant, rows] of byTenant(found.ready)) {
    const before = flightOf(rows);
    const after = { inFlight: rows.length, sinceMs: rows.length * write.nowMs };
    const change = { inFlight: after.inFlight - before.inFlight, sinceMs: after.sinceMs - before.sinceMs };
    parts.turns.served(tenant, change);
  }
  for (const tenant of found.empty) parts.turns.skipped(tenant);
  return received;
}

/** Changes nothing. */
function look(parts: QueueParts, { max, nowMs, receivesMax }: Write<"receive">): Found {
  const read = (tenant: string, limit: number): readonly ReadyRow[] =>
    parts.messages.ready.all(tenant, nowMs, limit).map(readyRowOf);
  const [quiet, noisy, empty]: [ReadyRow[], ReadyRow[], string[]] = [[], [], []];
  for (const { tenant, isNoisy } of parts.turns.order(nowMs)) {
    const first = read(tenant, 1);
    if (first.length === 0) empty.push(tenant);
    (isNoisy ? noisy : quiet).push(...first);
    if (quiet.length + noisy.length === max) break;
  }
  const rows = inTurns(quiet, { max, read });
  if (rows.length < max) rows.push(...inTurns(noisy, { max: max - rows.length, read }));
  const isSpent = ({ attempt }: ReadyRow): boolean => attempt >= receivesMax;
  return { ready: rows.filter((row) => !isSpent(row)), spent: rows.filter(isSpent), empty };
}

/**
 * The first of each line, then the second of each, and so on.
 *
 * @param firsts of each line.
 */
function inTurns(
  firsts: readonly ReadyRow[],
  { max, read }: { readonly max: number; readonly read: (tenant: string, limit: number) => readonly ReadyRow[] },
): ReadyRow[] {
  if (firsts.length >= max) return firsts.slice(0, max);
  // Each of the others is given one at least.
  const mostOfOne = max - firsts.length + 1;
  const lines = firsts.map(({ tenant }) => read(tenant, mostOfOne));
  const places = Array.from({ length: mostOfOne }, (_, place) => lines.flatMap((line) => line.slice(place, place + 1)));
  return places.flat().slice(0, max);
}

/** The tenant whose last message was given first comes first. */
function byTenant(rows: readonly ReadyRow[]): ReadonlyMap<string, readonly ReadyRow[]> {
  const names = new Set(rows.map(({ tenant }) => tenant).toReversed());
  return new Map([...names].toReversed().map((name) => [name, rows.filter(({ tenant }) => tenant === name)]));
}

/** What of these rows is counted as in flight already. */
function flightOf(rows: readonly ReadyRow[]): Flight {
  const received = rows.flatMap(({ receivedAtMs }) => (receivedAtMs === undefined ? [] : [receivedAtMs]));
  return { inFlight: received.length, sinceMs: received.reduce((sum, atMs) => sum + atMs, 0) };
}

function bury({ messages, turns }: QueueParts, spent: readonly ReadyRow[]): void {
  for (const { number } of spent) messages.bury.run(number);
  for (const [tenant, rows] of byTenant(spent)) {
    const { inFlight, sinceMs } = flightOf(rows);
    turns.lost(tenant, { inFlight: -inFlight, sinceMs: -sinceMs });
  }
}

function take({ messages }: QueueParts, { nonce, visibleAtMs, nowMs }: Write<"receive">, row: ReadyRow): StoredMessage {
  const { number, tenant, attempt } = row;
  const receipt = `${number}.${nonce}`;
  const taken = messages.take.get(receipt, visibleAtMs, nowMs, number);
  return { id: textOf(taken?.id), tenant, body: textOf(taken?.body), attempt: attempt + 1, receipt };
}

function complete({ messages, turns }: QueueParts, { receipt, nowMs }: Write<"complete">): void {
  const row = messages.complete.get(numberIn(receipt), receipt);
  if (row === undefined) return;
  turns.finished(textOf(row.tenant), { receivedAtMs: numberOf(row.received_at_ms), nowMs });
}

function extend({ messages, turns }: QueueParts, { receipt, visibleAtMs, nowMs }: Write<"extend">): void {
  const row = messages.extend.get(visibleAtMs, numberIn(receipt), receipt, nowMs);
  if (row !== undefined) turns.hastened(textOf(row.tenant), visibleAtMs);
}

function redrive({ messages, turns }: QueueParts, { id, nowMs }: Write<"redrive">): void {
  const row = messages.redrive.get(nowMs, id);
  if (row !== undefined) turns.sent(textOf(row.tenant), { readyAtMs: nowMs, nowMs });
}

/** No row has the number of a receipt that is not ours. */
function numberIn(receipt: string): number {
  const number = Number.parseInt(receipt, 10);
  return Number.isSafeInteger(number) ? number : -1;
}

function readyRowOf(row: Readonly<Record<string, unknown>>): ReadyRow {
  const { number, tenant, attempt, received_at_ms: receivedAtMs } = row;
  return {
    number: numberOf(number),
    tenant: textOf(tenant),
    attempt: numberOf(attempt),
    receivedAtMs: receivedAtMs === null ? undefined : numberOf(receivedAtMs),
  };
}

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { numberOf, textOf } from "./sqlite-file.ts";

/**
 * Whose messages come next: the published rule of SQS fair queues, and turns among those whom it calls quiet.
 * Source of the rule: SQS developer guide, "How Amazon SQS fair queues work" (read 2026-11-21).
 *
 * What is in flight is counted as it is received and finished, so that what a receiver pays does not grow with it. A
 * message that nobody finished counts until it is received again.
 */

/** Noisy by messages in flight: so many, and more than this share of all. */
const NOISY_IN_FLIGHT_MIN = 30;
const NOISY_IN_FLIGHT_SHARE = 0.1;
/** Noisy by time: more than this share of the recent processing time of all. */
const NOISY_TIME_SHARE = 0.1;
/** Quiet again after sending nothing for so long, or as soon as nothing of it is left. */
const QUIET_AFTER_MS = 5 * 60_000;
/** What "recent" means: of the time that a message took, half counts after so long. SQS does not tell its own measure. */
const TIME_HALVES_MS = 60_000;

/**
 * `since_ms` is the sum of the times at which what is in flight was received. `turn` rises with each time that a tenant
 * is served. `ready_at_ms` may be too early, and is never too late.
 */
export const TURNS_SCHEMA = `
  CREATE TABLE tenants (
    tenant TEXT PRIMARY KEY, turn INTEGER NOT NULL, ready_at_ms INTEGER NOT NULL, sent_at_ms INTEGER NOT NULL,
    in_flight INTEGER NOT NULL, since_ms INTEGER NOT NULL, took_ms REAL NOT NULL, took_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX tenants_by_turn ON tenants (turn);
  CREATE INDEX tenants_by_time ON tenants (ready_at_ms);
  CREATE TABLE everyone (
    in_flight INTEGER NOT NULL, since_ms INTEGER NOT NULL, took_ms REAL NOT NULL, took_at_ms INTEGER NOT NULL
  ) STRICT;
  INSERT INTO everyone VALUES (0, 0, 0, 0);`;

/** Null where there is nobody. */
export const SELECT_DUE = "SELECT min(ready_at_ms) AS due FROM tenants";

export interface WaitingTenant {
  readonly tenant: string;
  readonly isNoisy: boolean;
}

/** How what is in flight changes: by so many messages, and by the sum of the times at which they were received. */
export interface Flight {
  readonly inFlight: number;
  readonly sinceMs: number;
}

export interface QueueTurns {
  sent(tenant: string, times: { readonly readyAtMs: number; readonly nowMs: number }): void;
  /** One of its messages is to be had earlier than it was said when that was sent or received. */
  hastened(tenant: string, readyAtMs: number): void;
  /** A message is gone, that was received at `receivedAtMs`. */
  finished(tenant: string, times: { readonly receivedAtMs: number; readonly nowMs: number }): void;
  /** Messages have died. */
  lost(tenant: string, flight: Flight): void;
  /**
   * Those who may have something ready: the quiet by their turns, then the noisy, the fewest messages in flight first.
   * Read as far as it is needed, and to the end before anything is changed.
   */
  order(nowMs: number): Iterable<WaitingTenant>;
  /** It was given something, and goes to the end of the line. */
  served(tenant: string, flight: Flight): void;
  /** It had nothing ready. */
  skipped(tenant: string): void;
}

export function queueTurns(database: DatabaseSync): QueueTurns {
  const statements = prepare(database);
  const isLeft = (tenant: string): boolean => statements.leave.run(tenant).changes > 0;
  const skipped = (tenant: string): void => {
    if (!isLeft(tenant)) statements.skipped.run(tenant);
  };
  return {
    sent: (tenant, { readyAtMs, nowMs }) => void statements.sent.run(tenant, readyAtMs, nowMs),
    hastened: (tenant, readyAtMs) => void statements.hastened.run(readyAtMs, tenant),
    finished(tenant, { receivedAtMs, nowMs }) {
      const finished = { receivedAtMs, tookMs: Math.max(0, nowMs - receivedAtMs), nowMs };
      statements.everyoneFinished.run(finished);
      if (!isLeft(tenant)) statements.finished.run({ tenant, ...finished });
    },
    lost(tenant, flight) {
      statements.everyoneFlies.run(flight.inFlight, flight.sinceMs);
      statements.flies.run(flight.inFlight, flight.sinceMs, tenant);
      skipped(tenant);
    },
    order: (nowMs) => inOrder(statements, nowMs),
    served(tenant, { inFlight, sinceMs }) {
      statements.everyoneFlies.run(inFlight, sinceMs);
      statements.served.run(inFlight, sinceMs, tenant);
    },
    skipped,
  };
}

/** Of the time that was counted, what counts at `:nowMs`. A clock that was set back changes nothing. */
const RECENT = `took_ms * pow(2, min(0, took_at_ms - :nowMs) / ${TIME_HALVES_MS}.0)`;
/** The same with the time that passes over what is in flight. */
const TOOK = `${RECENT} + max(0, in_flight * :nowMs - since_ms)`;
const FINISHED = `in_flight = in_flight - 1, since_ms = since_ms - :receivedAtMs, took_ms = ${RECENT} + :tookMs, took_at_ms = :nowMs`;
const FLIES = "in_flight = in_flight + ?, since_ms = since_ms + ?";
const READY_AT =
  "ready_at_ms = (SELECT min(visible_at_ms) FROM messages m WHERE m.tenant = tenants.tenant AND dead = 0)";

function prepare(database: DatabaseSync) {
  return {
    // A newcomer waits for one turn of those who wait already, and no longer.
    sent: database.prepare(
      "INSERT INTO tenants VALUES (?1, coalesce((SELECT max(turn) FROM tenants), 0), ?2, ?3, 0, 0, 0, ?3) " +
        "ON CONFLICT DO UPDATE SET ready_at_ms = min(ready_at_ms, ?2), sent_at_ms = ?3",
    ),
    hastened: database.prepare("UPDATE tenants SET ready_at_ms = min(ready_at_ms, ?) WHERE tenant = ?"),
    everyoneFinished: database.prepare(`UPDATE everyone SET ${FINISHED}`),
    finished: database.prepare(`UPDATE tenants SET ${FINISHED} WHERE tenant = :tenant`),
    everyoneFlies: database.prepare(`UPDATE everyone SET ${FLIES}`),
    flies: database.prepare(`UPDATE tenants SET ${FLIES} WHERE tenant = ?`),
    served: database.prepare(
      `UPDATE tenants SET ${FLIES}, turn = 1 + (SELECT max(turn) FROM tenants), ${READY_AT} WHERE tenant = ?`,
    ),
    skipped: database.prepare(`UPDATE tenants SET ${READY_AT} WHERE tenant = ?`),
    leave: database.prepare(
      "DELETE FROM tenants WHERE tenant = ?1 AND NOT EXISTS (SELECT 1 FROM messages WHERE tenant = ?1 AND dead = 0)",
    ),
    waiting: database.prepare(
      `SELECT tenant, sent_at_ms, in_flight, ${TOOK} AS took_ms FROM tenants WHERE ready_at_ms <= :nowMs ORDER BY turn`,
    ),
    everyone: database.prepare(`SELECT in_flight, ${TOOK} AS took_ms FROM everyone`),
  } satisfies Record<string, StatementSync>;
}

type Statements = ReturnType<typeof prepare>;

function* inOrder(statements: Statements, nowMs: number): Generator<WaitingTenant> {
  const everyone = shareOf(statements.everyone.get({ nowMs }) ?? {});
  const noisy: { readonly tenant: string; readonly inFlight: number }[] = [];
  for (const row of statements.waiting.iterate({ nowMs })) {
    const [tenant, own] = [textOf(row.tenant), shareOf(row)];
    const hasSent = numberOf(row.sent_at_ms) > nowMs - QUIET_AFTER_MS;
    if (hasSent && isNoisy(own, everyone)) noisy.push({ tenant, inFlight: own.inFlight });
    else yield { tenant, isNoisy: false };
  }
  // The sort is stable: those with as many in flight keep their turns.
  for (const { tenant } of noisy.sort((left, right) => left.inFlight - right.inFlight)) yield { tenant, isNoisy: true };
}

/** Of consumers: how many messages they hold, and for how long they have worked of late. */
interface Share {
  readonly inFlight: number;
  readonly tookMs: number;
}

function shareOf(row: Readonly<Record<string, unknown>>): Share {
  return { inFlight: numberOf(row.in_flight), tookMs: numberOf(row.took_ms) };
}

function isNoisy(own: Share, everyone: Share): boolean {
  return (
    (own.inFlight >= NOISY_IN_FLIGHT_MIN && own.inFlight > NOISY_IN_FLIGHT_SHARE * everyone.inFlight) ||
    own.tookMs > NOISY_TIME_SHARE * everyone.tookMs
  );
}

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { numberOf, textOf } from "./sqlite-file.ts";

/**
 * Whose messages come next: the published rule of SQS fair queues, and turns among those whom it calls quiet.
 * Source of the rule: SQS developer guide, "How Amazon SQS fair queues work" (read 2026-11-21).
 */

/** Noisy by messages in flight: so many, and more than this share of all. */
export const NOISY_IN_FLIGHT_MIN = 30;
export const NOISY_IN_FLIGHT_SHARE = 0.1;
/** Noisy by time: more than this share of the recent processing time of all. */
export const NOISY_TIME_SHARE = 0.1;
/** Quiet again after sending nothing for so long, or as soon as nothing of it is left. */
export const QUIET_AFTER_MS = 5 * 60_000;
/** What "recent" means: of the time that a message took, half counts after so long. SQS does not tell its own measure. */
export const TIME_HALVES_MS = 60_000;

/** `turn` rises with each time that a tenant is served. `ready_at_ms` may be too early, and is never too late. */
export const TURNS_SCHEMA = `
  CREATE TABLE tenants (
    tenant TEXT PRIMARY KEY, turn INTEGER NOT NULL, ready_at_ms INTEGER NOT NULL, sent_at_ms INTEGER NOT NULL,
    took_ms REAL NOT NULL, took_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX tenants_by_turn ON tenants (turn);
  CREATE INDEX tenants_by_time ON tenants (ready_at_ms);
  CREATE TABLE everyone (took_ms REAL NOT NULL, took_at_ms INTEGER NOT NULL) STRICT;
  INSERT INTO everyone VALUES (0, 0);`;

/** Null where there is nobody. */
export const SELECT_DUE = "SELECT min(ready_at_ms) AS due FROM tenants";

export interface WaitingTenant {
  readonly tenant: string;
  readonly isNoisy: boolean;
}

export interface QueueTurns {
  sent(tenant: string, times: { readonly readyAtMs: number; readonly nowMs: number }): void;
  /** One of its messages is to be had earlier than it was said when that was sent or received. */
  hastened(tenant: string, readyAtMs: number): void;
  /** A message is gone, after being processed for so long. */
  finished(tenant: string, times: { readonly tookMs: number; readonly nowMs: number }): void;
  /**
   * Those who may have something ready: the quiet by their turns, then the noisy, the fewest messages in flight first.
   * Read as far as it is needed, and to the end before anything is changed.
   */
  order(nowMs: number): Iterable<WaitingTenant>;
  /** It was given something, and goes to the end of the line. */
  served(tenant: string): void;
  /** It had nothing ready, or some of its messages have died. */
  skipped(tenant: string): void;
}

export function queueTurns(database: DatabaseSync): QueueTurns {
  const statements = prepare(database);
  const isLeft = (tenant: string): boolean => statements.leave.run(tenant).changes > 0;
  return {
    sent: (tenant, { readyAtMs, nowMs }) => void statements.sent.run(tenant, readyAtMs, nowMs),
    hastened: (tenant, readyAtMs) => void statements.hastened.run(readyAtMs, tenant),
    finished(tenant, { tookMs, nowMs }) {
      statements.everyoneTook.run({ tookMs, nowMs });
      if (!isLeft(tenant)) statements.tenantTook.run({ tenant, tookMs, nowMs });
    },
    order: (nowMs) => inOrder(statements, nowMs),
    served: (tenant) => void statements.served.run(tenant),
    skipped(tenant) {
      if (!isLeft(tenant)) statements.skipped.run(tenant);
    },
  };
}

/** What was counted, as it counts at `:nowMs`. A clock that was set back changes nothing. */
const RECENT = `took_ms * pow(2, min(0, took_at_ms - :nowMs) / ${TIME_HALVES_MS}.0)`;
const READY_AT =
  "ready_at_ms = (SELECT min(visible_at_ms) FROM messages m WHERE m.tenant = tenants.tenant AND dead = 0)";

function prepare(database: DatabaseSync) {
  return {
    // A newcomer waits for one turn of those who wait already, and no longer.
    sent: database.prepare(
      "INSERT INTO tenants VALUES (?1, coalesce((SELECT max(turn) FROM tenants), 0), ?2, ?3, 0, ?3) " +
        "ON CONFLICT DO UPDATE SET ready_at_ms = min(ready_at_ms, ?2), sent_at_ms = ?3",
    ),
    hastened: database.prepare("UPDATE tenants SET ready_at_ms = min(ready_at_ms, ?) WHERE tenant = ?"),
    everyoneTook: database.prepare(`UPDATE everyone SET took_ms = ${RECENT} + :tookMs, took_at_ms = :nowMs`),
    tenantTook: database.prepare(
      `UPDATE tenants SET took_ms = ${RECENT} + :tookMs, took_at_ms = :nowMs WHERE tenant = :tenant`,
    ),
    leave: database.prepare(
      "DELETE FROM tenants WHERE tenant = ?1 AND NOT EXISTS (SELECT 1 FROM messages WHERE tenant = ?1 AND dead = 0)",
    ),
    waiting: database.prepare(
      `SELECT tenant, sent_at_ms, ${RECENT} AS took_ms FROM tenants WHERE ready_at_ms <= :nowMs ORDER BY turn`,
    ),
    inFlight: database.prepare(
      "SELECT tenant, count(*) AS in_flight, sum(max(0, :nowMs - received_at_ms)) AS running_ms FROM messages " +
        "WHERE receipt IS NOT NULL AND visible_at_ms > :nowMs GROUP BY tenant",
    ),
    everyone: database.prepare(`SELECT ${RECENT} AS took_ms FROM everyone`),
    served: database.prepare(
      `UPDATE tenants SET turn = 1 + (SELECT max(turn) FROM tenants), ${READY_AT} WHERE tenant = ?`,
    ),
    skipped: database.prepare(`UPDATE tenants SET ${READY_AT} WHERE tenant = ?`),
  } satisfies Record<string, StatementSync>;
}

type Statements = ReturnType<typeof prepare>;

function* inOrder(statements: Statements, nowMs: number): Generator<WaitingTenant> {
  const load = readLoad(statements, nowMs);
  const noisy: { readonly tenant: string; readonly inFlight: number }[] = [];
  for (const row of statements.waiting.iterate({ nowMs })) {
    const tenant = textOf(row.tenant);
    const own = load.of.get(tenant) ?? IDLE;
    const tookMs = numberOf(row.took_ms) + own.runningMs;
    const hasSent = numberOf(row.sent_at_ms) > nowMs - QUIET_AFTER_MS;
    if (hasSent && isNoisy({ inFlight: own.inFlight, tookMs }, load.everyone)) {
      noisy.push({ tenant, inFlight: own.inFlight });
    } else {
      yield { tenant, isNoisy: false };
    }
  }
  // The sort is stable: those with as many in flight keep their turns.
  for (const { tenant } of noisy.sort((left, right) => left.inFlight - right.inFlight)) yield { tenant, isNoisy: true };
}

/** Of consumers: how many messages they hold, and for how long they have worked. */
interface Share {
  readonly inFlight: number;
  readonly tookMs: number;
}

function isNoisy(own: Share, everyone: Share): boolean {
  return (
    (own.inFlight >= NOISY_IN_FLIGHT_MIN && own.inFlight > NOISY_IN_FLIGHT_SHARE * everyone.inFlight) ||
    own.tookMs > NOISY_TIME_SHARE * everyone.tookMs
  );
}

interface Running {
  readonly inFlight: number;
  readonly runningMs: number;
}

const IDLE: Running = { inFlight: 0, runningMs: 0 };

function readLoad(statements: Statements, nowMs: number): { of: ReadonlyMap<string, Running>; everyone: Share } {
  const of = new Map<string, Running>();
  let [inFlight, tookMs] = [0, numberOf(statements.everyone.get({ nowMs })?.took_ms)];
  for (const row of statements.inFlight.iterate({ nowMs })) {
    const running = { inFlight: numberOf(row.in_flight), runningMs: numberOf(row.running_ms) };
    of.set(textOf(row.tenant), running);
    inFlight += running.inFlight;
    tookMs += running.runningMs;
  }
  return { of, everyone: { inFlight, tookMs } };
}

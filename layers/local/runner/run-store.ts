import type { DatabaseSync } from "node:sqlite";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import { inTransaction, openSqliteFile, RowUnreadable, type SqliteFormat } from "../sqlite-file.ts";
import { parseRecord, type RunRecord } from "./run-record.ts";

const RUNS_FORMAT: SqliteFormat = {
  applicationId: 0x534b524e,
  version: 1,
  schema: `
    CREATE TABLE runs (
      tenant TEXT NOT NULL, run TEXT NOT NULL, port INTEGER, ended INTEGER, body TEXT NOT NULL, PRIMARY KEY (tenant, run)
    ) STRICT;
    CREATE INDEX runs_open ON runs (run) WHERE ended IS NULL;
    CREATE INDEX runs_ended ON runs (ended) WHERE ended IS NOT NULL;`,
};

/** What cells read of the runs, and the runner alone writes. */
export interface RunReader {
  get(tenantId: TenantId, runId: string): RunRecord | undefined;
  /** Of all tenants, those that have not ended as far as is written. */
  open(): readonly RunRecord[];
  /** The run of any tenant that has not ended and was given this port. */
  holderOf(port: number): RunRecord | undefined;
  close(): void;
}

export interface RunStore extends RunReader {
  /** On the disk when it resolves. What is put in one turn of the event loop goes there together. */
  put(record: RunRecord): Promise<void>;
  /** Forgets those that ended before, at most so many, and tells which they were. */
  forget(endedBeforeEpochMs: number, countMax: number): readonly RunRecord[];
}

export function openRunReader(file: string): RunReader {
  return reader(openSqliteFile(file, RUNS_FORMAT));
}

export function openRunStore(file: string): RunStore {
  const database = openSqliteFile(file, RUNS_FORMAT);
  const write = database.prepare(
    "INSERT INTO runs (tenant, run, port, ended, body) VALUES (?, ?, ?, ?, ?) " +
      "ON CONFLICT (tenant, run) DO UPDATE SET ended = excluded.ended, body = excluded.body",
  );
  const endedBefore = database.prepare("SELECT body FROM runs WHERE ended < ? ORDER BY ended LIMIT ?");
  const remove = database.prepare("DELETE FROM runs WHERE tenant = ? AND run = ?");
  let waiting: Waiting[] = [];

  function writeAll(): void {
    const batch = waiting;
    waiting = [];
    try {
      inTransaction(database, () => {
        for (const { record } of batch) {
          const { tenantId, order, life } = record;
          const endedAt = life.state === "exited" ? life.endedAtEpochMs : null;
          write.run(tenantId, order.runId, order.port ?? null, endedAt, JSON.stringify(record));
        }
      });
      for (const { resolve } of batch) resolve();
    } catch (fault) {
      for (const { reject } of batch) reject(fault);
    }
  }

  return {
    ...reader(database),
    put: (record) =>
      new Promise((resolve, reject) => {
        waiting.push({ record, resolve, reject });
        if (waiting.length === 1) setImmediate(writeAll);
      }),
    forget: (endedBeforeEpochMs, countMax) =>
      inTransaction(database, () => {
        const records = endedBefore.all(endedBeforeEpochMs, countMax).map(recordOf);
        for (const { tenantId, order } of records) remove.run(tenantId, order.runId);
        return records;
      }),
  };
}

interface Waiting {
  readonly record: RunRecord;
  readonly resolve: () => void;
  readonly reject: (fault: unknown) => void;
}

function reader(database: DatabaseSync): RunReader {
  const one = database.prepare("SELECT body FROM runs WHERE tenant = ? AND run = ?");
  const open = database.prepare("SELECT body FROM runs WHERE ended IS NULL");
  const holder = database.prepare("SELECT body FROM runs WHERE ended IS NULL AND port = ?");
  const optional = (row: Record<string, unknown> | undefined) => (row === undefined ? undefined : recordOf(row));
  return {
    get: (tenantId, runId) => optional(one.get(tenantId, runId)),
    open: () => open.all().map(recordOf),
    holderOf: (port) => optional(holder.get(port)),
    close: () => database.close(),
  };
}

function recordOf({ body }: Record<string, unknown>): RunRecord {
  const record = typeof body === "string" ? parseRecord(JSON.parse(body)) : undefined;
  if (record === undefined || !record.ok) throw new RowUnreadable();
  return record.value;
}

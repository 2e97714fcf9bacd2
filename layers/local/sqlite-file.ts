import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { makeOwnFile, OWN_FOLDER_MODE } from "./own-file.ts";

/** What a file must be to be opened: its kind, the version of its schema, and the statements that make a new one. */
export interface SqliteFormat {
  /** Written into the file's header, so that a file of another kind is never taken for ours. */
  readonly applicationId: number;
  readonly version: number;
  readonly schema: string;
  /** By an older version: the statements that make a file of that version one of this. */
  readonly upgrades?: Readonly<Record<number, string>>;
}

/** The file is of another kind, or was written by a newer version. Nothing in it was changed. */
export class SqliteFormatUnknown extends Error {
  readonly code = "sqlite_format_unknown";
  constructor(file: string, found: { kind: number; version: number }, format: SqliteFormat) {
    super(
      `${file} has application id ${found.kind} and schema version ${found.version}; ` +
        `this version reads application id ${format.applicationId} and schema version ${format.version}`,
    );
    this.name = "SqliteFormatUnknown";
  }
}

export class RowUnreadable extends Error {
  readonly code = "row_unreadable";
  constructor() {
    super("a stored row does not have the shape this version writes");
    this.name = "RowUnreadable";
  }
}

export function textOf(value: unknown): string {
  if (typeof value !== "string") throw new RowUnreadable();
  return value;
}

export function numberOf(value: unknown): number {
  if (typeof value !== "number") throw new RowUnreadable();
  return value;
}

/** How long another process may hold the write lock before a write is given up. */
export const LOCK_WAIT_MAX_MS = 5000;

/**
 * Opens or makes a file that several processes share: readers never wait for a writer (WAL), and a commit is on the
 * disk when it returns (`synchronous=FULL`; `fullfsync` is what that takes on macOS). What it makes is its owner's alone,
 * and SQLite gives the files beside it the rights of this one. A file that is there keeps those that it has.
 *
 * @throws {SqliteFormatUnknown} for a file of another kind or of a newer version; SQLite's own error for what it can't open.
 */
export function openSqliteFile(file: string, format: SqliteFormat): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true, mode: OWN_FOLDER_MODE });
  if (!existsSync(file)) makeOwnFile(file);
  const database = new DatabaseSync(file, { timeout: LOCK_WAIT_MAX_MS });
  try {
    if (atOnce(database, () => missing(database, file, format)) !== undefined) {
      whenUnlocked(() => database.exec("PRAGMA journal_mode = WAL"));
      inTransaction(database, () => {
        const statements = missing(database, file, format);
        if (statements === undefined) return;
        database.exec(statements);
        database.exec(`PRAGMA application_id = ${format.applicationId}; PRAGMA user_version = ${format.version}`);
      });
    }
    database.exec("PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Leaves the waiting for the write lock to {@link inTransaction}; for the thread that writes. */
export function waitFairly(database: DatabaseSync): void {
  database.exec("PRAGMA busy_timeout = 0");
}

/**
 * From here on commits wait for no disk. They are the operating system's when they return, and so outlive the process
 * whatever becomes of it; a power cut may undo the last ones, and leaves the file whole.
 */
export function leaveToSystem(database: DatabaseSync): void {
  database.exec("PRAGMA synchronous = NORMAL");
}

/** Runs `work` as the one writer of the file; what it throws undoes all of it. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  whenUnlocked(() => database.exec("BEGIN IMMEDIATE"));
  try {
    const outcome = work();
    database.exec("COMMIT");
    return outcome;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** Runs `work` while nobody else does, and leaves the file as it is: for one that is there for its lock alone. */
export function whileLocked<T>(database: DatabaseSync, work: () => T): T {
  whenUnlocked(() => database.exec("BEGIN IMMEDIATE"));
  try {
    return work();
  } finally {
    // A commit would write the header of a new file, and has to wait for those who only look whether they may.
    database.exec("ROLLBACK");
  }
}

/** Reads all of one moment: another process may be making the file. */
function atOnce<T>(database: DatabaseSync, read: () => T): T {
  database.exec("BEGIN");
  try {
    return read();
  } finally {
    database.exec("ROLLBACK");
  }
}

/** The statements that make a new file, or one of an older version, what it has to be. */
function missing(database: DatabaseSync, file: string, format: SqliteFormat): string | undefined {
  const kind = pragmaNumber(database, "application_id");
  const version = pragmaNumber(database, "user_version");
  if (kind === format.applicationId && version === format.version) return undefined;
  if (kind === 0 && version === 0 && pragmaNumber(database, "schema_version") === 0) return format.schema;
  const upgrade = kind === format.applicationId ? format.upgrades?.[version] : undefined;
  if (upgrade !== undefined) return upgrade;
  throw new SqliteFormatUnknown(file, { kind, version }, format);
}

function pragmaNumber(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

const LOCK_POLL_MS = 0.25;
const SQLITE_BUSY = 5;

/**
 * SQLite's own wait grows to a tenth of a second, which starves a process beside a busy one; this one asks often.
 * Blocks the thread, as every call into SQLite does.
 */
function whenUnlocked(work: () => void): void {
  const asleep = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const giveUpAtMs = performance.now() + LOCK_WAIT_MAX_MS;
  for (;;) {
    try {
      work();
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() >= giveUpAtMs) throw error;
      Atomics.wait(asleep, 0, 0, LOCK_POLL_MS);
    }
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && Number(error.errcode) % 256 === SQLITE_BUSY;
}

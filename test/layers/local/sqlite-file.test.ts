import { once } from "node:events";
import { chmodSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { Worker } from "node:worker_threads";
import { expect, onTestFinished, test } from "vitest";
import { inTransaction, leaveToSystem, openSqliteFile } from "../../../layers/local/sqlite-file.ts";
import type { FileOpening } from "../../fixtures/file-opener.ts";
import { testFolder } from "../../fixtures/temporary-folder.ts";

const FORMAT = { applicationId: 7, version: 1, schema: "CREATE TABLE t (x INTEGER) STRICT" };

const OPENER = new URL("../../fixtures/file-opener.ts", import.meta.url);

async function opened() {
  const database = openSqliteFile(join(await testFolder(), "file.sqlite"), FORMAT);
  onTestFinished(() => database.close());
  return database;
}

// No test without a power cut can see what these do: they are held to what SQLite's documentation asks for
// (pragma.html, `synchronous`: "FULL synchronous is very safe", and in WAL mode syncs after each commit).
test("commits reach the disk before they return, and readers wait for no writer", async () => {
  const database = await opened();
  const pragma = (name: string) => database.prepare(`PRAGMA ${name}`).get()?.[name];

  expect([pragma("journal_mode"), pragma("synchronous"), pragma("fullfsync"), pragma("checkpoint_fullfsync")]).toEqual([
    "wal",
    2,
    1,
    1,
  ]);
});

test("a file whose commits are left to the system waits for no disk but at a checkpoint", async () => {
  const database = await opened();

  leaveToSystem(database);

  expect(database.prepare("PRAGMA synchronous").get()?.synchronous).toBe(1);
});

test("a transaction that throws leaves nothing behind and the next one goes through", async () => {
  const database = await opened();
  const insert = (x: number) => database.prepare("INSERT INTO t VALUES (?)").run(x);

  expect(() =>
    inTransaction(database, () => {
      insert(1);
      throw new RangeError("no");
    }),
  ).toThrow("no");
  inTransaction(database, () => insert(2));

  expect(database.prepare("SELECT x FROM t").all()).toMatchObject([{ x: 2 }]);
});

test("a file that several make at once is made once, and opened by all", async () => {
  const [threadCount, fileCount] = [3, 100];
  const arrivals = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const opening: FileOpening = { folder: await testFolder(), format: FORMAT, fileCount, threadCount, arrivals };
  const threads = Array.from({ length: threadCount }, () => new Worker(OPENER, { workerData: opening }));

  const faults = await Promise.all(threads.map(async (thread) => (await once(thread, "message"))[0]));

  expect(faults).toEqual([[], [], []]);
});

/** What who may do, by file. */
function rightsIn(folder: string): Record<string, number> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777]));
}

test("a new file and those that SQLite lays beside it are their owner's alone, also where others may enter the folder", async () => {
  const folder = await testFolder();
  chmodSync(folder, 0o755);
  const umask = process.umask(0o022);
  onTestFinished(() => void process.umask(umask));
  const database = openSqliteFile(join(folder, "file.sqlite"), FORMAT);
  onTestFinished(() => database.close());

  database.exec("INSERT INTO t VALUES (1)");

  expect(rightsIn(folder)).toEqual({ "file.sqlite": 0o600, "file.sqlite-shm": 0o600, "file.sqlite-wal": 0o600 });
});

test("a file that is there keeps the rights that it was given", async () => {
  const folder = await testFolder();
  openSqliteFile(join(folder, "file.sqlite"), FORMAT).close();
  chmodSync(join(folder, "file.sqlite"), 0o640);

  openSqliteFile(join(folder, "file.sqlite"), FORMAT).close();

  expect(rightsIn(folder)).toEqual({ "file.sqlite": 0o640 });
});

test("a file of an older version is brought up once, and one without a way up is refused unchanged", async () => {
  const file = join(await testFolder(), "file.sqlite");
  const first = openSqliteFile(file, FORMAT);
  first.exec("INSERT INTO t VALUES (1)");
  first.close();
  const third = { ...FORMAT, version: 3, schema: "CREATE TABLE t (x INTEGER, y INTEGER) STRICT" };
  const second = { ...third, version: 2, upgrades: { 1: "ALTER TABLE t ADD COLUMN y INTEGER DEFAULT 7" } };

  expect(() => openSqliteFile(file, third)).toThrow("application id 7 and schema version 1");
  const reads = [second, second].map((format) => {
    const database = openSqliteFile(file, format);
    onTestFinished(() => database.close());
    return database.prepare("SELECT x, y FROM t").all();
  });

  expect(reads).toMatchObject([[{ x: 1, y: 7 }], [{ x: 1, y: 7 }]]);
  expect(() => openSqliteFile(file, FORMAT)).toThrow("schema version 2");
});

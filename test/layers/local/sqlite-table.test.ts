import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execPath } from "node:process";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { type SqliteTable, sqliteTable } from "../../../layers/local/sqlite-table.ts";
import { tableContract } from "../../contracts/table.contract.ts";
import { manualClock } from "../../fixtures/manual-clock.ts";
import { temporaryFolder, testFolder } from "../../fixtures/temporary-folder.ts";

tableContract("SQLite", async () => {
  const folder = await temporaryFolder();
  const clock = manualClock();
  const table = await sqliteTable({ file: join(folder.path, "state.sqlite"), clock });
  return {
    table,
    clock,
    close: async () => {
      await table.close();
      await folder.remove();
    },
  };
});

const fixture = (name: string): string => join(import.meta.dirname, "../../fixtures", name);

async function opened(file: string, clock = manualClock()): Promise<SqliteTable> {
  const table = await sqliteTable({ file, clock });
  onTestFinished(() => table.close());
  return table;
}

test("three processes on one file: one winner for each place, no count lost, no update lost", async () => {
  const file = join(await testFolder(), "deep", "er", "state.sqlite");
  const run = promisify(execFile);

  const outputs = await Promise.all([1, 2, 3].map(() => run(execPath, [fixture("contending-writer.ts"), file, "60"])));

  const won = outputs.map(({ stdout }): number[] => JSON.parse(stdout));
  expect(won.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, place) => place));
  const table = await opened(file);
  expect(await table.get({ pk: "COUNT", sk: "n" })).toMatchObject({ n: 180 });
  expect(await table.get({ pk: "VERSION", sk: "v" })).toMatchObject({ version: 180 });
});

test("every write acknowledged before kill -9 is there after a restart", async () => {
  const file = join(await testFolder(), "state.sqlite");
  const writer = spawn(execPath, [fixture("tireless-writer.ts"), file], { stdio: ["ignore", "pipe", "inherit"] });
  const acknowledged: string[] = [];

  for await (const line of createInterface({ input: writer.stdout })) {
    if (acknowledged.push(line) === 700) writer.kill("SIGKILL");
  }

  const table = await opened(file);
  const found = await Promise.all(acknowledged.map((sk) => table.get({ pk: "WRITTEN", sk })));
  expect(acknowledged.length).toBeGreaterThanOrEqual(700);
  expect(found.filter((item) => item === undefined)).toEqual([]);
  expect(await table.put({ pk: "WRITTEN", sk: "after" })).toMatchObject({ ok: true });
});

test("a reader sees at once what another connection was told is written", async () => {
  const file = join(await testFolder(), "state.sqlite");
  const [one, other] = [await opened(file), await opened(file)];

  for (let n = 0; n < 50; n++) {
    await one.put({ pk: "p", sk: "s", n });
    expect(await other.get({ pk: "p", sk: "s" })).toMatchObject({ n });
  }
});

test("a write that fails its condition leaves its neighbours in the same commit alone", async () => {
  const table = await opened(join(await testFolder(), "state.sqlite"));
  await table.put({ pk: "p", sk: "taken" });

  const answers = await Promise.all([
    table.put({ pk: "p", sk: "before" }),
    table.put({ pk: "p", sk: "taken", mine: true }, { if: "absent" }),
    table.update({ pk: "p", sk: "taken" }, { set: { x: "text" } }),
    table.update({ pk: "p", sk: "taken" }, { add: { x: 1 } }).catch((fault: unknown) => fault),
    table.put({ pk: "p", sk: "behind" }),
  ]);

  expect(answers).toMatchObject([
    { ok: true },
    { ok: false },
    { ok: true },
    { code: "store_unavailable", cause: { message: expect.stringContaining("only a number can be added to") } },
    { ok: true },
  ]);
  const { items } = await table.query({ pk: "p", limit: 9 });
  expect(items.map(({ sk }) => sk)).toEqual(["before", "behind", "taken"]);
});

test("a nested attribute named __proto__ is kept and reaches no prototype", async () => {
  const table = await opened(join(await testFolder(), "state.sqlite"));
  const preferences = JSON.parse('{"__proto__":{"polluted":true}}');

  await table.put({ pk: "p", sk: "s", preferences });

  expect(JSON.stringify((await table.get({ pk: "p", sk: "s" }))?.preferences)).toBe(JSON.stringify(preferences));
  expect(Reflect.get({}, "polluted")).toBeUndefined();
});

test("closing finishes the writes accepted before, and refuses those after", async () => {
  const file = join(await testFolder(), "state.sqlite");
  const table = await sqliteTable({ file, clock: manualClock() });
  const accepted = Array.from({ length: 700 }, (_, n) => table.put({ pk: "p", sk: String(n) }));

  await table.close();

  await expect(table.put({ pk: "p", sk: "late" })).rejects.toMatchObject({ code: "store_unavailable" });
  await expect(table.get({ pk: "p", sk: "1" })).rejects.toMatchObject({ code: "store_unavailable" });
  expect((await Promise.all(accepted)).every(({ ok }) => ok)).toBe(true);
  const again = await opened(file);
  expect(await again.get({ pk: "p", sk: "699" })).toBeDefined();
});

test("a sweep deletes at most as many expired items as it is told, and nothing else", async () => {
  const clock = manualClock();
  const file = join(await testFolder(), "state.sqlite");
  const table = await opened(file, clock);
  const expiresAtEpochSeconds = Math.floor(clock.nowMs() / 1000) + 10;
  for (const sk of ["a", "b", "c"]) await table.put({ pk: "p", sk, expiresAtEpochSeconds });
  await table.put({ pk: "p", sk: "later", expiresAtEpochSeconds: expiresAtEpochSeconds + 1 });
  await table.put({ pk: "p", sk: "never" });

  const early = await table.sweep(10);
  clock.advance(10_000);
  const swept = [await table.sweep(2), await table.sweep(2), await table.sweep(2)];

  expect(early).toBe(0);
  expect(swept).toEqual([2, 1, 0]);
  const rows = new DatabaseSync(file, { readOnly: true }).prepare("SELECT sk FROM items ORDER BY sk").all();
  expect(rows.map(({ sk }) => sk)).toEqual(["later", "never"]);
});

test("a file of a newer version, of another kind, or that is no database is refused and left as it was", async () => {
  const folder = await testFolder();
  const newer = join(folder, "newer.sqlite");
  await (await sqliteTable({ file: newer, clock: manualClock() })).close();
  edit(newer, "PRAGMA user_version = 2");
  const foreign = join(folder, "foreign.sqlite");
  edit(foreign, "CREATE TABLE theirs (x)");
  const text = join(folder, "text.sqlite");
  await writeFile(text, "not a database, whatever its name says".repeat(99));
  const contents = () => Promise.all([newer, foreign, text].map((file) => readFile(file)));
  const before = await contents();

  const faults = await Promise.all(
    [newer, foreign, text].map((file) => sqliteTable({ file, clock: manualClock() }).catch((fault: unknown) => fault)),
  );

  expect(faults).toMatchObject([
    { code: "store_unavailable", operation: "open", cause: { code: "sqlite_format_unknown" } },
    { code: "store_unavailable", operation: "open", cause: { code: "sqlite_format_unknown" } },
    { code: "store_unavailable", operation: "open", cause: { code: "ERR_SQLITE_ERROR" } },
  ]);
  expect(String(Reflect.get(Object(faults[0]), "cause"))).toContain("schema version 2; this version reads");
  expect(await contents()).toEqual(before);
});

test("a table whose folder can't be made is a fault of the store", async () => {
  const folder = await testFolder();
  await writeFile(join(folder, "file"), "");

  const opening = sqliteTable({ file: join(folder, "file", "state.sqlite"), clock: manualClock() });

  await expect(opening).rejects.toMatchObject({ code: "store_unavailable", operation: "open" });
});

test("a warmed table has its writing thread before the first write", async () => {
  const folder = await testFolder();
  const marker = join(folder, "started");
  const writer = new URL(`file://${folder}/marking-writer.ts`);
  await writeFile(writer, `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(marker)}, "");`);
  const table = await sqliteTable({ file: join(folder, "state.sqlite"), clock: manualClock(), writer });
  onTestFinished(() => table.close());

  table.warm();

  await expect.poll(() => readdir(folder)).toContain("started");
});

test("when the writing thread can't start, writes fault, reads go on, and a later writer gets through", async () => {
  const folder = await testFolder();
  const file = join(folder, "state.sqlite");
  const writer = new URL(`file://${folder}/late-writer.ts`);
  const table = await sqliteTable({ file, clock: manualClock(), writer });
  onTestFinished(() => table.close());

  await expect(table.put({ pk: "p", sk: "s" })).rejects.toMatchObject({
    code: "store_unavailable",
    cause: { code: "writer_gone" },
  });
  expect(await table.get({ pk: "p", sk: "s" })).toBeUndefined();
  await writeFile(
    writer,
    `await import(${JSON.stringify(join(import.meta.dirname, "../../../layers/local/sqlite-writer.ts"))})`,
  );
  expect(await table.put({ pk: "p", sk: "s" })).toMatchObject({ ok: true });
});

test("a commit that the disk refuses faults every write in it and stores none", async () => {
  const file = join(await testFolder(), "state.sqlite");
  await (await opened(file)).put({ pk: "p", sk: "first" });
  edit(
    file,
    "CREATE TRIGGER full BEFORE INSERT ON items WHEN new.sk = 'bad' BEGIN SELECT RAISE(ROLLBACK, 'full'); END",
  );
  const table = await opened(file);

  const answers = await Promise.allSettled(["good", "bad", "fine"].map((sk) => table.put({ pk: "p", sk })));

  expect(answers.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect((await table.query({ pk: "p", limit: 9 })).items).toHaveLength(1);
  expect(await table.put({ pk: "p", sk: "good" })).toMatchObject({ ok: true });
});

test("a process that forgot to close its table ends all the same", async () => {
  const file = join(await testFolder(), "state.sqlite");
  const source = `
    import { sqliteTable } from ${JSON.stringify(join(import.meta.dirname, "../../../layers/local/sqlite-table.ts"))};
    import { systemClock } from ${JSON.stringify(join(import.meta.dirname, "../../../layers/node/system-clock.ts"))};
    const table = await sqliteTable({ file: ${JSON.stringify(file)}, clock: systemClock() });
    await table.put({ pk: "p", sk: "s" });
    console.log(JSON.stringify(await table.get({ pk: "p", sk: "s" })));`;
  const child = spawn(execPath, ["--input-type=module", "--eval", source], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });

  const [[line], [code]] = await Promise.all([once(lines, "line"), once(child, "exit")]);

  expect([JSON.parse(line), code]).toEqual([{ pk: "p", sk: "s" }, 0]);
  expect((await stat(file)).size).toBeGreaterThan(0);
});

function edit(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

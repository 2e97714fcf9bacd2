import { readdir, stat, truncate, utimes } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { type FileBlob, fileBlob } from "../../../layers/local/file-blob.ts";
import { systemChance } from "../../../layers/node/system-chance.ts";
import { systemClock } from "../../../layers/node/system-clock.ts";
import { blobContract, readAll } from "../../contracts/blob.contract.ts";
import { type ManualClock, manualClock } from "../../fixtures/manual-clock.ts";
import { temporaryFolder, testFolder } from "../../fixtures/temporary-folder.ts";

const HOSTILE_KEYS = [
  "!",
  "%2e%2e",
  "../../escape",
  "/",
  "//",
  "A",
  "CON",
  "a",
  "a\0b",
  "a b",
  "a\\b",
  "é",
  "\u{FFFD}",
  "😀",
];

blobContract("files", async () => {
  const folder = await temporaryFolder();
  const blob = fileBlob({ folder: join(folder.path, "inner"), clock: systemClock(), chance: systemChance() });
  return {
    blob,
    orderedKeys: HOSTILE_KEYS,
    close: async () => {
      await blob.close();
      expect(await readdir(folder.path)).toEqual(["inner"]);
      await folder.remove();
    },
  };
});

function opened(folder: string, clock: ManualClock = manualClock()): FileBlob {
  const blob = fileBlob({ folder, clock, chance: systemChance() });
  onTestFinished(() => blob.close());
  return blob;
}

async function contentFiles(folder: string): Promise<string[]> {
  const entries = await readdir(join(folder, "content"), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

const bytes = (text: string): Uint8Array => Buffer.from(text);

test("nothing is made on the disk before the first use", async () => {
  const folder = await testFolder();

  await opened(join(folder, "blobs")).close();

  expect(await readdir(folder)).toEqual([]);
});

test("what is made on the disk is its owner's alone", async () => {
  const folder = await testFolder();
  const umask = process.umask(0o022);
  onTestFinished(() => void process.umask(umask));
  const blob = opened(join(folder, "blobs"));

  await blob.put("key", bytes("secret"));

  const made = await readdir(folder, { recursive: true });
  const rights = await Promise.all(made.map(async (name) => (await stat(join(folder, name))).mode & 0o077));
  expect(made).toContain("blobs/index.sqlite");
  expect(rights).toEqual(made.map(() => 0));
});

test("what is replaced, deleted, refused or broken off leaves no file behind", async () => {
  const folder = await testFolder();
  const blob = opened(folder);
  await blob.put("k", bytes("one"));
  await blob.put("k", bytes("two"));
  await blob.put("k", bytes("refused"), { ifAbsent: true });
  await blob.put("gone", bytes("x"));
  await blob.delete("gone");
  await Promise.all(Array.from({ length: 8 }, (_, n) => blob.put("busy", bytes(String(n)))));
  const broken = async function* (): AsyncGenerator<Uint8Array> {
    yield bytes("begun");
    throw new RangeError("broken off");
  };
  await expect(blob.put("broken", broken())).rejects.toThrow("broken off");
  const upload = { key: "u", ...(await blob.startUpload("u")) };
  await blob.putPart(upload, { number: 1, body: bytes("x") });
  await blob.putPart(upload, { number: 1, body: bytes("y") });
  await blob.abortUpload(upload);

  expect(await contentFiles(folder)).toHaveLength(2);
});

test("two connections to one folder race for a key, and one wins", async () => {
  const folder = await testFolder();
  const [one, two] = [opened(folder), opened(folder)];

  for (let round = 0; round < 10; round++) {
    const answers = await Promise.all(
      [one, two].map((blob, n) => blob.put(`k${round}`, bytes(`caller ${n}`), { ifAbsent: true })),
    );

    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    const got = await two.get(`k${round}`);
    const winner = answers.findIndex(({ ok }) => ok);
    expect(got.ok && (await readAll(got.value))?.toString()).toBe(`caller ${winner}`);
  }
});

test("blobs are there after reopening", async () => {
  const folder = await testFolder();
  const before = opened(folder);
  await before.put("k", bytes("kept"));
  await before.close();

  const got = await opened(folder).get("k");

  expect(got.ok && (await readAll(got.value))?.toString()).toBe("kept");
});

test("a sweep removes what a crash left a day ago, and nothing that is in use or young", async () => {
  const folder = await testFolder();
  const clock = manualClock(Date.now());
  const blob = opened(folder, clock);
  const dayBefore = new Date(clock.nowMs() - 25 * 3_600_000);
  await blob.put("orphan", bytes("x"));
  const [orphan = ""] = await contentFiles(folder);
  const database = new DatabaseSync(join(folder, "index.sqlite"));
  database.exec("DELETE FROM items");
  database.close();
  await blob.put("kept", bytes("kept"));
  const upload = { key: "u", ...(await blob.startUpload("u")) };
  await blob.putPart(upload, { number: 1, body: bytes("part") });

  const young = await blob.sweep(100);
  for (const file of await contentFiles(folder)) await utimes(file, dayBefore, dayBefore);
  const old = [await blob.sweep(100), await blob.sweep(100)];

  expect([young, ...old]).toEqual([0, 1, 0]);
  const left = await contentFiles(folder);
  expect(left).not.toContain(orphan);
  expect(left).toHaveLength(2);
  const got = await blob.get("kept");
  expect(got.ok && (await readAll(got.value))?.toString()).toBe("kept");
});

test("an upload that nobody finishes is forgotten after a week, with its files", async () => {
  const folder = await testFolder();
  const clock = manualClock(Date.now());
  const blob = opened(folder, clock);
  const upload = { key: "u", ...(await blob.startUpload("u")) };
  await blob.putPart(upload, { number: 1, body: bytes("part") });

  clock.advance(7 * 86_400_000 + 1000);
  const late = await blob.putPart(upload, { number: 2, body: bytes("late") });
  const removed = await blob.sweep(100);

  expect(late).toEqual({ ok: false, problem: { reason: "upload_unknown" } });
  expect(removed).toBe(1);
  expect(await contentFiles(folder)).toEqual([]);
});

test("content that was cut short on the disk is a fault, not a shorter blob", async () => {
  const folder = await testFolder();
  const blob = opened(folder);
  await blob.put("k", Buffer.alloc(200_000));
  const [file = ""] = await contentFiles(folder);
  await truncate(file, 100_000);

  const got = await blob.get("k");

  await expect(got.ok ? readAll(got.value) : undefined).rejects.toMatchObject({ code: "content_cut" });
});

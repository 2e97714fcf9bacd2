import { link, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bytesBelow, outermost } from "../../../../layers/local/runner/disk-share.ts";
import { diskWatch } from "../../../../layers/local/runner/disk-watch.ts";
import { eventually } from "../../../fixtures/eventually.ts";
import { testFolder } from "../../../fixtures/temporary-folder.ts";

const KIB = 1024;
const ENOUGH = 1024 ** 4;

async function fileOf(path: string, kibibytes: number): Promise<void> {
  await writeFile(path, Buffer.alloc(kibibytes * KIB, 1));
}

test("files are counted at all depths, under all names once, and links are not followed", async () => {
  const [folder, elsewhere] = [await testFolder(), await testFolder()];
  await mkdir(join(folder, "a/b/c"), { recursive: true });
  const empty = await bytesBelow([folder], ENOUGH);
  await fileOf(join(folder, "a/b/c/one"), 64);
  await fileOf(join(folder, "two"), 128);
  await link(join(folder, "two"), join(folder, "a/two-again"));
  await fileOf(join(elsewhere, "big"), 512);
  await symlink(elsewhere, join(folder, "link"));
  await symlink(folder, join(folder, "a/circle"));

  const bytes = await bytesBelow([folder], ENOUGH);

  expect(bytes - empty).toBeGreaterThanOrEqual(192 * KIB);
  expect(bytes - empty).toBeLessThan(192 * KIB + 64 * KIB);
});

test("a count stops where it is past what may be", async () => {
  const folder = await testFolder();
  for (let index = 0; index < 50; index++) await fileOf(join(folder, `file${index}`), 64);

  const bytes = await bytesBelow([folder], 200 * KIB);

  expect(bytes).toBeGreaterThan(200 * KIB);
  expect(bytes).toBeLessThan(400 * KIB);
});

test("a folder that is not there holds nothing", async () => {
  expect(await bytesBelow([join(await testFolder(), "none")], ENOUGH)).toBe(0);
});

test("a folder within another is not counted twice", () => {
  expect(outermost(["/a/b", "/a", "/a/bc", "/ab", "/a"])).toEqual(["/a", "/ab"]);
});

test("a folder is counted anew when a second has passed, and not before", async () => {
  const folder = await testFolder();
  const watch = diskWatch([folder], ENOUGH);
  watch.look(0);
  await eventually(() => expect(watch.bytes).toBeDefined());
  const before = watch.bytes ?? Number.NaN;
  await fileOf(join(folder, "file"), 256);

  watch.look(500);
  const meanwhile = watch.bytes;
  watch.look(60_000);
  await eventually(() => expect(watch.bytes).toBeGreaterThan(before + 200 * KIB));

  expect(meanwhile).toBe(before);
});

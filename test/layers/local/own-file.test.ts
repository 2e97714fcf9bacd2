import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { expect, onTestFinished, test } from "vitest";
import { makeOwnFile } from "../../../layers/local/own-file.ts";
import { testFolder } from "../../fixtures/temporary-folder.ts";

test("a file is its owner's alone, whatever the process gives others by itself", async () => {
  const file = join(await testFolder(), "own");
  const umask = process.umask(0);
  onTestFinished(() => void process.umask(umask));

  makeOwnFile(file);

  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("a file is made with what it holds, and nothing else is left in its folder", async () => {
  const folder = await testFolder();

  const isMade = makeOwnFile(join(folder, "own"), "mine");

  expect(isMade).toBe(true);
  expect(readFileSync(join(folder, "own"), "utf8")).toBe("mine");
  expect(readdirSync(folder)).toEqual(["own"]);
});

test("a file that is there is left as it is, and nothing else is left in its folder", async () => {
  const folder = await testFolder();
  writeFileSync(join(folder, "own"), "first", { mode: 0o644 });

  const isMade = makeOwnFile(join(folder, "own"), "second");

  expect(isMade).toBe(false);
  expect(readFileSync(join(folder, "own"), "utf8")).toBe("first");
  expect(statSync(join(folder, "own")).mode & 0o777).toBe(0o644);
  expect(readdirSync(folder)).toEqual(["own"]);
});

test("a folder that is not there is told", async () => {
  const file = join(await testFolder(), "missing", "own");

  expect(() => makeOwnFile(file)).toThrow(expect.objectContaining({ code: "ENOENT" }));
  expect(existsSync(file)).toBe(false);
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sealKey } from "../../../layers/local/seal-key.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "skein-key-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("the first call makes a key for its owner alone, and later ones find it", () => {
  const file = join(folder, "seal.key");

  const made = sealKey(file);
  const found = sealKey(file);

  expect(made.secret).toHaveLength(32);
  expect(found).toEqual(made);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["seal.key"]);
});

test("two folders have two keys", () => {
  const one = sealKey(join(folder, "one"));
  const other = sealKey(join(folder, "other"));

  expect(one.secret).not.toEqual(other.secret);
});

test.each([
  ["nothing", ""],
  ["a short key", "YWJj"],
  ["a text", "correct horse battery staple, correct horse!"],
])("a file that holds %s is refused and left as it is", (_, content) => {
  const file = join(folder, "seal.key");
  writeFileSync(file, content);

  expect(() => sealKey(file)).toThrow(expect.objectContaining({ code: "seal_key_unreadable" }));
  expect(statSync(file).size).toBe(content.length);
});

test("processes that start at the same time agree on one key", async () => {
  const module = new URL("../../../layers/local/seal-key.ts", import.meta.url);
  const script = `import { sealKey } from ${JSON.stringify(module.href)};
    process.stdout.write(Buffer.from(sealKey(${JSON.stringify(join(folder, "seal.key"))}).secret).toString("hex"));`;
  const processes = Array.from({ length: 6 }, () =>
    spawn(process.execPath, ["--input-type=module-typescript", "-e", script], { stdio: ["ignore", "pipe", "inherit"] }),
  );

  const keys = await Promise.all(processes.map((child) => text(child.stdout)));
  await Promise.all(processes.map((child) => child.exitCode ?? once(child, "exit")));

  expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set(keys).size).toBe(1);
  expect(readdirSync(folder)).toEqual(["seal.key"]);
});

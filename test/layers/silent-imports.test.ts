import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { execPath } from "node:process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const importer = join(root, "test/fixtures/import-all.ts");

/**
 * What is run and never imported: a cell's process, its writing thread, a task's supervisor, the runner of projects, and what bakes, which is whole in its build alone.
 */
const PROGRAMS =
  /^layers\/(?:local\/(?:main|sqlite-writer|runner\/runner-main)\.ts|node\/supervisor\/main\.ts|cyberchef\/(?:kitchen|package)\/)/;

function modulesIn(top: string): readonly string[] {
  return readdirSync(join(root, top), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:ts|mjs)$/.test(entry.name) && !entry.name.endsWith(".d.ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !/node_modules|generated/.test(file) && !PROGRAMS.test(file));
}

const layers = readdirSync(join(root, "layers"));

/** In a process with no environment, which has to end by itself. */
const imported = (files: readonly string[]) =>
  promisify(execFile)(execPath, [importer, ...files], { cwd: root, env: {}, timeout: 60_000 });

describe("importing does nothing: no setting is read, nothing printed, nothing left open", () => {
  test.each(layers)("layers/%s", async (layer) => {
    const modules = modulesIn(join("layers", layer));

    expect(modules.length).toBeGreaterThan(0);
    expect(await imported(modules)).toEqual({ stdout: "", stderr: "" });
  });

  test("the handlers of all functions", async () => {
    const handlers = modulesIn("functions").filter((file) => !file.endsWith("/index.ts"));

    expect(handlers.length).toBeGreaterThan(0);
    expect(await imported(handlers)).toEqual({ stdout: "", stderr: "" });
  });
});

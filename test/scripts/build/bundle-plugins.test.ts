import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { build } from "esbuild";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lazyBuiltIns } from "../../../scripts/build/bundle-plugins.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "skein-bundle-"));
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What a bundled program prints. */
async function printed(source: string): Promise<unknown> {
  writeFileSync(join(folder, "source.js"), source);
  await build({
    absWorkingDir: folder,
    entryPoints: ["source.js"],
    outfile: join(folder, "out.js"),
    bundle: true,
    format: "esm",
    platform: "node",
    plugins: [lazyBuiltIns],
  });
  return JSON.parse(spawnSync(process.execPath, [join(folder, "out.js")], { encoding: "utf8" }).stdout);
}

const SHA_256_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

test("a module that most starts do without is loaded by the first use of one of its names", async () => {
  const isLoaded = 'process.moduleLoadList.includes("NativeModule crypto")';

  const found = await printed(`
    import { createHash } from "node:crypto";
    const before = ${isLoaded};
    const hash = createHash("sha256").digest("hex");
    console.log(JSON.stringify({ before, hash, after: ${isLoaded} }));
  `);

  expect(found).toEqual({ before: false, hash: SHA_256_OF_NOTHING, after: true });
});

test("node:http brings no client of the web along", async () => {
  const found = await printed(`
    import { createServer } from "node:http";
    console.log(JSON.stringify({
      server: typeof createServer(),
      undici: process.moduleLoadList.some((name) => name.includes("undici")),
    }));
  `);

  expect(found).toEqual({ server: "object", undici: false });
});

test("a client of both HTTP and HTTPS brings no TLS along before it is asked for some", async () => {
  const isLoaded = 'process.moduleLoadList.includes("NativeModule tls")';

  const found = await printed(`
    import * as http from "node:http";
    import * as https from "node:https";
    const agentFor = ({ protocol }) => new (protocol === "https:" ? https : http).Agent();
    agentFor(new URL("http://127.0.0.1"));
    const plain = ${isLoaded};
    agentFor(new URL("https://127.0.0.1"));
    console.log(JSON.stringify({ plain, secured: ${isLoaded} }));
  `);

  expect(found).toEqual({ plain: false, secured: true });
});

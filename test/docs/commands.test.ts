import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CellProcess, startCell } from "../fixtures/cell-process.ts";
import { endRunners } from "../fixtures/local-runner.ts";
import { guidePages, isShown, namesIn, shownCommands } from "./page.ts";

const root = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);
const SHOWN_ADDRESS = "http://127.0.0.1:3000";
/** The toolkits that the guide shows, which is how they are started. */
const EXAMPLES = ["docs/examples/greet.mjs", "docs/examples/count-primes.mjs"];

describe("what the README and the guides show is so", () => {
  let dataDir: string;
  let cell: CellProcess;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), "skein-docs-"));
    cell = await startCell({
      dataDir,
      args: ["--projects", ...EXAMPLES.flatMap((file) => ["--toolkit", join(root, file)])],
    });
  });

  afterAll(async () => {
    cell.kill("SIGKILL");
    await cell.exited;
    await endRunners(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
  });

  for (const page of guidePages()) {
    for (const { line, command, output } of shownCommands(page)) {
      test(`${page.file}:${line} runs and prints what the page says`, async () => {
        const script = command
          .replaceAll(SHOWN_ADDRESS, cell.url)
          .replaceAll(/npm run -s token(?: --)?/g, `npm run -s token -- --data ${dataDir}`);

        const { stdout } = await run("bash", ["-euo", "pipefail", "-c", script], { cwd: root });

        const printed = stdout.replaceAll(cell.url, SHOWN_ADDRESS);
        if (output !== undefined) expect(isShown(printed, output), `it printed:\n${printed}`).toBe(true);
        expect(printed).not.toBe("");
      });
    }

    test(`${page.file} names only scripts and files that are there`, () => {
      const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
      const names = namesIn(page);

      const missingScripts = names.scripts.filter((name) => scripts[name] === undefined);
      const missingFiles = names.files.filter((file) => !existsSync(resolve(root, dirname(page.file), file)));

      expect([...missingScripts, ...missingFiles]).toEqual([]);
    });
  }

  test.each(EXAMPLES)("the guide shows %s as it is", (file) => {
    const guide = readFileSync(join(root, "docs/tools.md"), "utf8");

    const example = readFileSync(join(root, file), "utf8");

    expect(guide).toContain(example);
  });
});

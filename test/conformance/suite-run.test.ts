import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runSuite } from "./suite-run.ts";

/** Port 9 is that of a service nobody runs any more (RFC 863). */
const NOBODY = "http://127.0.0.1:9/mcp";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "skein-suite-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const failuresOf = async (...args: string[]): Promise<string[]> => {
  const { scenarios } = await runSuite({ title: "a run", args }, NOBODY, folder);
  return scenarios
    .filter(({ checks }) => checks.some((check) => check.status === "FAILURE"))
    .map((one) => one.scenario);
};

test("a server that does not answer fails", async () => {
  expect(await failuresOf("--scenario", "ping", "--spec-version", "2025-11-25")).toEqual(["ping"]);
});

test("a scenario that leaves no record fails", async () => {
  expect(await failuresOf("--scenario", "no-such-scenario")).toEqual(["no-such-scenario"]);
});

test("a suite that runs nothing fails", async () => {
  expect(await failuresOf("--suite", "no-such-suite")).toEqual(["(the suite)"]);
});

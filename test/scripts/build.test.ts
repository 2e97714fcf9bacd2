import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { execPath } from "node:process";
import { expect, test } from "vitest";

const script = resolve(import.meta.dirname, "../../scripts/build.ts");
const run = (...args: readonly string[]) => spawnSync(execPath, [script, ...args], { encoding: "utf8" });

test("help is printed, with the names of all parts, and nothing is built", () => {
  const { status, stdout, stderr } = run("--help");

  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^Parts: .*\bcyberchef, cell, portal\b.*\bmcp, sessions\b/m);
});

test.each([
  ["--nope", /^Unknown option '--nope'/],
  ["nope", /^there is no part nope\n/],
])("%s is a wrong command, with 2 and what is allowed", (arg, told) => {
  const { status, stdout, stderr } = run(arg);

  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(told);
  expect(stderr).toContain("Parts: ");
});

test.each(["cyberchef", "build/cyberchef.stamp.json"])(
  "a part is named as %s, and is left alone where it is fresh",
  (name) => {
    run(name);
    const { status, stdout, stderr } = run(name);

    expect([status, stdout, stderr]).toEqual([0, "", ""]);
  },
);

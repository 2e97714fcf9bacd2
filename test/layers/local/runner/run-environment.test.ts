import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { ok, refused } from "../../../../layers/core/result.ts";
import { checkEnvironment, LOOPBACK_PRELOAD, runEnvironment } from "../../../../layers/local/runner/run-environment.ts";
import { testFolder } from "../../../fixtures/temporary-folder.ts";

const PLACES = { home: "/data/home", temporary: "/data/tmp", preload: '/data/it\'s "here"/loopback.cjs' };
const LAUNCHER = {
  PATH: "/bin:/usr/bin",
  LANG: "C",
  TZ: "UTC",
  AWS_SECRET_ACCESS_KEY: "secret",
  NODE_OPTIONS: "--cpu-prof",
};

const given = (more: Partial<Parameters<typeof runEnvironment>[0]> = {}) =>
  runEnvironment({
    launcher: LAUNCHER,
    node: "/opt/node/bin/node",
    marker: "mark/acme/run1",
    places: PLACES,
    port: 3000,
    ordered: {},
    ...more,
  });

test("a run is given where programs are, how to speak, its own places and its port, and nothing else", () => {
  expect(given()).toEqual({
    PATH: "/bin:/usr/bin:/opt/node/bin",
    LANG: "C",
    TZ: "UTC",
    NODE_OPTIONS: '--require="/data/it\'s \\"here\\"/loopback.cjs"',
    HOME: "/data/home",
    TMPDIR: "/data/tmp",
    HOST: "127.0.0.1",
    PORT: "3000",
    SKEIN_RUN: "mark/acme/run1",
  });
});

test("a run without a port is told none", () => {
  const environment = given({ port: undefined });

  expect(environment).not.toHaveProperty("PORT");
  expect(environment).not.toHaveProperty("HOST");
});

test("what is ordered counts before what is passed on, and options for Node come after the runner's own", () => {
  const environment = given({ ordered: { LANG: "de_DE.UTF-8", NODE_OPTIONS: "--enable-source-maps", EMPTY: "" } });

  expect(environment).toMatchObject({ LANG: "de_DE.UTF-8", EMPTY: "" });
  expect(environment.NODE_OPTIONS).toMatch(/^--require=.* --enable-source-maps$/);
});

test.each(["", "1A", "A B", "A=B", "Ä", "HOME", "TMPDIR", "HOST", "PORT", "SKEIN_RUN", "SKEIN_X"])(
  "the name %j is refused",
  (name) => {
    expect(checkEnvironment({ GOOD: "x", [name]: "x" })).toEqual(refused({ reason: "environment_refused", name }));
  },
);

test("a value that no program can be given is refused", () => {
  expect(checkEnvironment({ A: "x\0y" })).toEqual(refused({ reason: "environment_refused", name: "A" }));
});

test("other names are taken", () => {
  expect(checkEnvironment({ A: "", _: "=", lower_case9: "two\nlines", NODE_OPTIONS: "", PATH: "/x" })).toEqual(ok());
});

describe("a Node program", () => {
  async function addressOf(listen: string): Promise<string> {
    const preload = join(await testFolder(), "loopback.cjs");
    await writeFile(preload, LOOPBACK_PRELOAD);
    const program = `const { createServer } = require("node:http");
      const server = createServer();
      server.on("listening", () => {
        const at = server.address();
        console.log(typeof at === "string" ? at : at.address + " " + (at.port > 0));
        server.close();
      });
      ${listen}`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--require", preload, "-e", program], { env: {} });
    return stdout.trim();
  }

  test.each([
    "server.listen()",
    "server.listen(0)",
    'server.listen("0")',
    "server.listen(0, () => {})",
    "server.listen(() => {})",
    "server.listen(0, 511, () => {})",
    "server.listen(0, undefined, () => {})",
    'server.listen(0, "0.0.0.0")',
    'server.listen(0, "::", 511)',
    "server.listen({ port: 0 })",
    'server.listen({ port: 0, host: "::" }, () => {})',
    "server.listen(undefined, () => {})",
  ])("that says %s listens on loopback alone", async (listen) => {
    expect(await addressOf(listen)).toBe("127.0.0.1 true");
  });

  test("listens elsewhere where it says so, or on a path", async () => {
    const path = join(await testFolder(), "socket");

    expect(await addressOf('server.listen(0, "127.0.0.2")')).toBe("127.0.0.2 true");
    expect(await addressOf('server.listen({ port: 0, host: "localhost" })')).toMatch(/^(127\.0\.0\.1|::1) true$/);
    expect(await addressOf(`server.listen(${JSON.stringify(path)})`)).toBe(path);
    expect(await addressOf(`server.listen({ path: ${JSON.stringify(path)} })`)).toBe(path);
  });
});

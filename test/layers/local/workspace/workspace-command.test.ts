import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { join, resolve } from "node:path";
import { execPath } from "node:process";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ARCHIVE_ENTRIES_MAX } from "../../../../layers/core/workspace/limits.ts";
import { readArchive } from "../../../../layers/core/workspace/read-archive.ts";
import { packFolder } from "../../../../layers/local/workspace/pack-folder.ts";
import { runWorkspaceCommand } from "../../../../layers/local/workspace/workspace-command.ts";
import { inPieces, MEANS } from "../../../fixtures/archives.ts";
import { freePort } from "../../../fixtures/free-port.ts";
import { type ProjectCell, projectCell } from "../../../fixtures/project-cell.ts";
import { silentService } from "../../../fixtures/silent-service.ts";
import { testFolder } from "../../../fixtures/temporary-folder.ts";

let cell: ProjectCell;
beforeAll(async () => {
  cell = await projectCell();
});
afterAll(() => cell.close());

async function aFolder(): Promise<string> {
  const folder = await testFolder();
  mkdirSync(join(folder, "src"));
  mkdirSync(join(folder, ".git"));
  mkdirSync(join(folder, "src/node_modules"));
  writeFileSync(join(folder, "server.js"), "x".repeat(100_000));
  writeFileSync(join(folder, "src/run.sh"), "#!/bin/sh");
  chmodSync(join(folder, "src/run.sh"), 0o755);
  for (const name of [".git/config", "src/node_modules/a.js"]) writeFileSync(join(folder, name), "left out");
  return folder;
}

async function run(args: readonly string[], { token = cell.owner, isWatched = false, replyMsMax = 60_000 } = {}) {
  const printed: string[] = [];
  const complained: string[] = [];
  const exitCode = await runWorkspaceCommand(["--url", cell.url, ...args], {
    workingDir: await testFolder(),
    token,
    print: (line) => void printed.push(line),
    printError: (line) => void complained.push(line),
    isWatched,
    replyMsMax,
  });
  return { exitCode, printed: printed.join(""), complained: complained.join("") };
}

test("a folder becomes the project's workspace, without what is left out", async () => {
  const folder = await aFolder();

  const { exitCode, printed, complained } = await run(["--project", "sent", "--exclude", "node_modules", folder]);

  expect([exitCode, complained]).toEqual([0, ""]);
  expect(printed).toMatch(/^sent: 3 files and folders, 100009 bytes, sent as \d+\n$/);
  expect((await cell.ask("GET", "/api/projects/sent", { token: cell.owner })).json).toMatchObject({
    techStack: ["nodejs"],
  });
});

test("whoever watches is told how far it is", async () => {
  const { complained } = await run(["--project", "watched", await aFolder()], { isWatched: true });

  expect(complained).toMatch(/\rsent 100 % of \d+ bytes\n$/);
});

test("the script tells what it did, and takes the token from the environment", async () => {
  const script = resolve(import.meta.dirname, "../../../../scripts/workspace.ts");
  const child = spawn(execPath, [script, "--url", cell.url, "--project", "scripted", await aFolder()], {
    env: { PATH: process.env.PATH, SKEIN_TOKEN: cell.owner },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [printed, complained, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);

  expect([exitCode, complained]).toEqual([0, ""]);
  expect(printed).toMatch(/^scripted: 5 files and folders/);
});

test.each<[string, (folder: string) => readonly string[], RegExp]>([
  ["no folder", () => ["--project", "x", "/nowhere/at/all"], /\/nowhere\/at\/all is no folder/],
  ["a project's id that is none", (folder) => ["--project", "../x", folder], /refused with 400: The path has no id/],
])("%s is told, with 1", async (_what, args, told) => {
  const { exitCode, complained } = await run(args(await aFolder()));

  expect([exitCode, complained]).toEqual([1, expect.stringMatching(told)]);
});

test("that nobody answers is told", async () => {
  const url = `http://127.0.0.1:${await freePort()}`;

  const { exitCode, complained } = await run(["--url", url, "--project", "x", await aFolder()]);

  expect([exitCode, complained.startsWith(`${url} does not answer`)]).toEqual([1, true]);
});

test("that an address can't be called is told with the reason", async () => {
  // `fetch` calls no port of those that other protocols have.
  const { exitCode, complained } = await run(["--url", "http://127.0.0.1:1", "--project", "x", await aFolder()]);

  expect([exitCode, complained]).toEqual([1, "http://127.0.0.1:1 can't be called: bad port\n"]);
});

test.each(["<p>It works</p>", "{}"])("that a server answers %s, which is no answer of ours, is told", async (body) => {
  const server = createHttpServer((_, reply) => reply.end(body)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${Object(server.address()).port}`;

  const { exitCode, complained } = await run(["--url", url, "--project", "x", await aFolder()]);
  server.close();

  expect([exitCode, complained]).toEqual([1, `${url} answered what such a server does not; --url names another\n`]);
});

test("a token that no header can hold is refused before anything is sent, and not shown", async () => {
  const { exitCode, complained } = await run(["--project", "x", await aFolder()], { token: "secret\nsecret" });

  expect([exitCode, complained]).toEqual([2, "SKEIN_TOKEN is no token: it takes printable characters and no spaces\n"]);
});

test("that a server does not come to an answer is told", async () => {
  const { settings } = await silentService();
  const url = String(settings.endpoint);

  const args = ["--url", url, "--project", "x", await aFolder()];
  const { exitCode, complained } = await run(args, { replyMsMax: 200 });

  expect([exitCode, complained]).toEqual([
    1,
    `${url} did not answer in time; whether the call took effect is unknown\n`,
  ]);
});

test("who has no right to it is told so", async () => {
  const { exitCode, complained } = await run(["--project", "x", await aFolder()], { token: "none" });

  expect([exitCode, complained]).toEqual([1, expect.stringMatching(/refused with 401: /)]);
});

test("a link is not packed, and which one is told", async () => {
  const folder = await aFolder();
  symlinkSync("/etc/passwd", join(folder, "src", "users"));

  const { exitCode, complained } = await run(["--project", "x", folder]);

  expect([exitCode, complained]).toEqual([
    1,
    "src/users is a link, which no workspace has; leave it out: --exclude users\n",
  ]);
});

test("too many files are told before anything is sent", async () => {
  const folder = await testFolder();
  for (let index = 0; index <= ARCHIVE_ENTRIES_MAX; index++) writeFileSync(join(folder, String(index)), "");

  await expect(packFolder(folder, new Set())).rejects.toThrow(/more than 20000 files and folders.*--exclude/);
}, 30_000);

test("the same files are packed into the same bytes, whenever that is, and are what is taken for a workspace", async () => {
  const [one, other] = [await aFolder(), await aFolder()];
  utimesSync(join(other, "server.js"), 1, 1);

  const [first, second] = [await packFolder(one, new Set()), await packFolder(other, new Set())];

  expect(second.sha256).toBe(first.sha256);
  expect(await readArchive(inPieces(first.archive), { said: first, means: MEANS })).toMatchObject({
    ok: true,
    value: { entryCount: first.entryCount },
  });
});

test.each([
  [[], "it takes one folder\n--project is missing: whose workspace is it to be?\n"],
  [["--project", "x", "a", "b"], "it takes one folder\n"],
  [["--project", "x", "--url", "ftp://x", "a"], "--url ftp://x is no address of a server\n"],
  [["--port", "1"], "Unknown option '--port'"],
])("%j is a wrong command, with 2", async (args, told) => {
  const { exitCode, complained } = await run(args);

  expect([exitCode, complained.startsWith(told)]).toEqual([2, true]);
  expect(complained).toContain("npm run -s workspace --");
});

test("help is printed", async () => {
  expect(await run(["--help"])).toMatchObject({ exitCode: 0, printed: expect.stringContaining("--exclude NAME") });
});

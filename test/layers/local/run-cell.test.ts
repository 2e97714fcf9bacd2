import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { type CellProcess, type CellStart, spawnCell, startCell } from "../../fixtures/cell-process.ts";
import { socketDoor, wholeText } from "../../fixtures/http-exchange.ts";
import { modernRequest } from "../../fixtures/mcp-messages.ts";
import { testFolder } from "../../fixtures/temporary-folder.ts";

const started: CellProcess[] = [];
afterEach(async () => {
  for (const cell of started) cell.kill("SIGKILL");
  await Promise.all(started.splice(0).map((cell) => cell.exited));
});

async function start(options: CellStart): Promise<CellProcess> {
  const cell = await startCell(options);
  started.push(cell);
  return cell;
}

async function get(url: string): Promise<{ status: number; text: string }> {
  const reply = await socketDoor(url)({ method: "GET", headers: {} });
  return { status: reply.status, text: await wholeText(reply) };
}

test("a cell on port 0 picks a free one, tells where everything is, and serves it", async () => {
  const dataDir = join(await testFolder(), "made", "by", "the", "cell");
  const cell = await start({ dataDir });

  const printed = cell.stdout();
  const list = await socketDoor(`${cell.url}/mcp`)(modernRequest("tools/list"));

  expect(cell.url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d+$/);
  expect(printed.endsWith(`\nready ${cell.url}\n`)).toBe(true);
  for (const told of [`${cell.url}/mcp`, dataDir, "claude mcp add", "inspector", "curl"]) {
    expect(printed).toContain(told);
  }
  expect(cell.stderr()).toBe("");
  expect(list.status).toBe(200);
  expect(await wholeText(list)).toContain("cyberchef_bake");
  expect(await get(`${cell.url}/`)).toMatchObject({ status: 200, text: expect.stringContaining('"mcp": "/mcp"') });
  expect(await get(`${cell.url}/health/ready`)).toEqual({ status: 200, text: '{"status":"ready"}' });
});

test("the curl command that a cell prints works as it stands", async () => {
  const cell = await start({ dataDir: await testFolder() });
  const command = /curl -s (\S+) ((?:.|\n)*?)\n\n/.exec(cell.stdout());
  const headers = [...(command?.[2]?.matchAll(/-H '([^:]+): ([^']*)'/g) ?? [])].map(([, name, value]) => [name, value]);
  const body = /-d '(.*)'/.exec(command?.[2] ?? "")?.[1] ?? "";

  const reply = await socketDoor(command?.[1] ?? "")({ method: "POST", headers: Object.fromEntries(headers), body });

  expect(reply.status).toBe(200);
  expect(await wholeText(reply)).toContain("cyberchef_bake");
});

test("each surface lists the tools of its own", async () => {
  const counts: Record<string, number> = {};
  for (const surface of ["index", "curated", "all"]) {
    const cell = await start({ dataDir: await testFolder(), args: ["--surface", surface] });
    counts[surface] = await toolCount(`${cell.url}/mcp`);
  }

  expect(counts.index).toBeLessThan(50);
  expect(counts.curated).toBeGreaterThan(counts.index ?? 0);
  expect(counts.all).toBeGreaterThan(400);
});

async function toolCount(url: string): Promise<number> {
  let count = 0;
  let cursor: string | undefined;
  do {
    const reply = await socketDoor(url)(modernRequest("tools/list", cursor === undefined ? {} : { cursor }));
    const { result } = JSON.parse(await wholeText(reply));
    count += result.tools.length;
    cursor = result.nextCursor;
  } while (cursor !== undefined);
  return count;
}

test("each call leaves one line, without what was said in it", async () => {
  const dataDir = await testFolder();
  const cell = await start({ dataDir });
  const bake = { input: "a secret", recipe: [{ op: "To Hex" }] };
  const request = modernRequest("tools/call", { name: "cyberchef_bake", arguments: bake });

  const reply = await socketDoor(`${cell.url}/mcp`)(request);
  await wholeText(reply);
  await get(`${cell.url}/nowhere?token=secret`);
  cell.kill("SIGINT");
  await cell.exited;

  const log = readFileSync(join(dataDir, "log", "calls.ndjson"), "utf8");
  const lines = log.trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({
      tenantId: "local",
      requestId: reply.headers["x-request-id"],
      operation: "tools/call",
      tool: "cyberchef_bake",
      outcome: "ok",
      status: 200,
    }),
    expect.objectContaining({ operation: "GET", outcome: "path_unknown", status: 404 }),
  ]);
  expect(log).not.toContain("secret");
});

test("help is printed and nothing is started", async () => {
  const cell = spawnCell(["--help"]);

  expect(await cell.exited).toEqual({ code: 0, signal: null });
  expect(cell.stdout()).toContain("--port N");
  expect(cell.stderr()).toBe("");
});

test.each([
  [["--port", "abc"], "--port abc is no port; it is a whole number from 0 to 65535"],
  [["--host", "0.0.0.0"], "--host 0.0.0.0 needs --url"],
  [["--surface", "some"], "--surface some is unknown; it is one of index, curated, all"],
  [["--verbose"], "--verbose"],
])("%j is refused with what is allowed, and nothing is made", async (args, message) => {
  const dataDir = join(await testFolder(), "data");
  const cell = spawnCell(["--data", dataDir, ...args]);

  expect(await cell.exited).toEqual({ code: 2, signal: null });
  expect(cell.stderr()).toContain(message);
  expect(cell.stderr()).toContain("--port N");
  expect(cell.stdout()).toBe("");
  expect(existsSync(dataDir)).toBe(false);
});

test("a port that is taken is told", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => taken.once("listening", resolve));
  const address = taken.address();
  const port = typeof address === "object" ? address?.port : undefined;

  const cell = spawnCell(["--data", await testFolder(), "--port", String(port)]);

  expect(await cell.exited).toEqual({ code: 1, signal: null });
  expect(cell.stderr()).toBe(
    `port ${port} on 127.0.0.1 is taken by another process; choose another with --port, or 0 for a free one\n`,
  );
  taken.close();
});

test("a data folder that is no folder is told", async () => {
  const dataDir = join(await testFolder(), "file");
  writeFileSync(dataDir, "");

  const cell = spawnCell(["--data", dataDir, "--port", "0"]);

  expect(await cell.exited).toEqual({ code: 1, signal: null });
  expect(cell.stderr()).toContain(dataDir);
  expect(cell.stderr()).not.toContain("    at ");
});

test.each([
  ["a key that is none", (dataDir: string) => writeFileSync(join(dataDir, "seal.key"), "x"), "seal.key holds no key"],
  ["another program's table", (dataDir: string) => foreignTable(join(dataDir, "state.sqlite")), "can't be used"],
])("a data folder with %s is refused and left as it is", async (_, spoil, message) => {
  const dataDir = await testFolder();
  spoil(dataDir);

  const cell = spawnCell(["--data", dataDir, "--port", "0"]);

  expect(await cell.exited).toEqual({ code: 1, signal: null });
  expect(cell.stderr()).toContain(message);
  expect(cell.stderr()).not.toContain("    at ");
});

function foreignTable(file: string): void {
  const foreign = new DatabaseSync(file);
  foreign.exec("CREATE TABLE theirs (a); PRAGMA user_version = 987654; PRAGMA application_id = 12345");
  foreign.close();
}

test("two cells on one data folder have one key, and see each other's sessions", async () => {
  const dataDir = await testFolder();
  const [one, other] = await Promise.all([start({ dataDir }), start({ dataDir })]);

  const made = JSON.parse((await get(`${one.url}/api/sessions`)).text);
  const found = await get(`${other.url}/api/sessions?sessionId=${made.sessionId}`);

  expect(found.status).toBe(200);
  expect(readFileSync(join(dataDir, "seal.key"), "utf8")).toMatch(/^[\w-]{43}\n$/);
});

test("what a killed cell has acknowledged is there when it starts again", async () => {
  const dataDir = await testFolder();
  const killed = await start({ dataDir });
  const sessions: string[] = [];
  for (let n = 0; n < 20; n++) sessions.push(JSON.parse((await get(`${killed.url}/api/sessions`)).text).sessionId);

  killed.kill("SIGKILL");
  expect(await killed.exited).toEqual({ code: null, signal: "SIGKILL" });
  const again = await start({ dataDir });
  const found = await Promise.all(sessions.map((id) => get(`${again.url}/api/sessions?sessionId=${id}`)));

  expect(found.map(({ status }) => status)).toEqual(sessions.map(() => 200));
});

test("a cell may listen on IPv6, and its own name is then its host", async () => {
  const cell = await start({ dataDir: await testFolder(), args: ["--host", "::1"] });

  const reply = await get(`${cell.url}/health/live`);

  expect(cell.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
  expect(reply.status).toBe(200);
});

test("a page that points its own name here is refused", async () => {
  const cell = await start({ dataDir: await testFolder() });

  const reply = await socketDoor(`${cell.url}/mcp`)({ method: "POST", headers: { host: "evil.example.com" } });

  expect(reply.status).toBe(403);
  await wholeText(reply);
});

test("a data folder made by hand is used", async () => {
  const dataDir = join(await testFolder(), "mine");
  mkdirSync(dataDir);

  const cell = await start({ dataDir });

  expect(existsSync(join(dataDir, "seal.key"))).toBe(true);
  expect(cell.stderr()).toBe("");
});

test("in a data folder that others may enter, they may read nothing", async () => {
  const dataDir = join(await testFolder(), "mine");
  const umask = process.umask(0o022);
  onTestFinished(() => void process.umask(umask));
  mkdirSync(dataDir);

  const cell = await start({ dataDir });
  await wholeText(await socketDoor(`${cell.url}/mcp`)(modernRequest("tools/list")));

  const made = readdirSync(dataDir, { recursive: true, encoding: "utf8" });
  expect(made).toContain("state.sqlite-wal");
  expect(made.filter((name) => (statSync(join(dataDir, name)).mode & 0o077) !== 0)).toEqual([]);
  expect(statSync(dataDir).mode & 0o777).toBe(0o755);
});

test("an owner's token that was told opens the cell though the process dies right then", async () => {
  const dataDir = await testFolder();
  const first = await start({ dataDir, access: "asked" });
  first.kill("SIGKILL");
  const token = /^TOKEN=(\S+)$/m.exec(first.stdout())?.[1] ?? "";
  await first.exited;

  const second = await start({ dataDir, access: "asked" });
  const headers = { authorization: `Bearer ${token}` };
  const self = await socketDoor(`${second.url}/api/tenants/self`)({ method: "GET", headers });

  expect(second.stdout()).not.toContain("\nTOKEN=");
  expect(self.status).toBe(200);
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline/promises";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { drainServer } from "../../../layers/local/drain.ts";
import { DRAIN } from "../../../layers/local/limits.ts";
import { apiCell } from "../../fixtures/api-cell.ts";
import { type CellProcess, startCell } from "../../fixtures/cell-process.ts";
import { eventually } from "../../fixtures/eventually.ts";
import { type RawReply, socketDoor, wholeText } from "../../fixtures/http-exchange.ts";
import { manualClock } from "../../fixtures/manual-clock.ts";
import { modernCall, modernRequest } from "../../fixtures/mcp-messages.ts";
import { rawSocket } from "../../fixtures/raw-socket.ts";
import { testFolder } from "../../fixtures/temporary-folder.ts";
import { openDoor } from "../../fixtures/test-door.ts";

const SIGNALLED_CELL = resolve(import.meta.dirname, "../../fixtures/signalled-cell.ts");
const HELD_TOOLS = resolve(import.meta.dirname, "../../fixtures/held-tools.ts");

const started: CellProcess[] = [];
afterEach(async () => {
  for (const cell of started) cell.kill("SIGKILL");
  await Promise.all(started.splice(0).map((cell) => cell.exited));
});

async function start(): Promise<CellProcess> {
  const cell = await startCell({ dataDir: await testFolder(), args: ["--toolkit", HELD_TOOLS] });
  started.push(cell);
  return cell;
}

interface HeldCall {
  readonly folder: string;
  readonly reply: Promise<RawReply>;
}

/** A call that runs, and goes on until its test lets it go. */
async function heldCall(cell: CellProcess, tool: string): Promise<HeldCall> {
  const folder = await testFolder();
  const reply = socketDoor(`${cell.url}/mcp`)(modernCall(tool, { folder }));
  await eventually(() => expect(existsSync(join(folder, "running"))).toBe(true));
  return { folder, reply };
}

async function get(cell: CellProcess, path: string): Promise<{ status: number; text: string }> {
  const reply = await socketDoor(`${cell.url}${path}`)({ method: "GET", headers: {} });
  return { status: reply.status, text: await wholeText(reply) };
}

test("after SIGTERM a cell is live and not ready, finishes what it has begun, and ends with 0", async () => {
  const cell = await start();
  const { folder, reply } = await heldCall(cell, "wait_for_release");

  cell.kill("SIGTERM");
  await eventually(async () =>
    expect(await get(cell, "/health/ready")).toEqual({ status: 503, text: '{"status":"draining"}' }),
  );
  const live = await get(cell, "/health/live");
  writeFileSync(join(folder, "release"), "");

  expect(live.status).toBe(200);
  expect(await wholeText(await reply)).toContain("released");
  expect(await cell.exited).toEqual({ code: 0, signal: null });
});

test("calls are taken until the notice to load balancers is over", async () => {
  const clock = manualClock();
  const { url, server } = await openDoor(async () => ({ status: 200, headers: {}, body: "taken" }), {});
  const refuseCalls = vi.fn();

  const drained = drainServer(server, { clock, steps: DRAIN, refuseCalls });
  clock.advance(DRAIN.noticeMs - 1);
  const early = await fetch(url, { headers: { connection: "close" } });
  const refusedEarly = refuseCalls.mock.calls.length;
  clock.advance(1);
  await drained;

  expect(await early.text()).toBe("taken");
  expect(refusedEarly).toBe(0);
  expect(refuseCalls).toHaveBeenCalledOnce();
});

test("a cell that has been told to end says that it is not ready, and still takes calls", async () => {
  const cell = await apiCell();

  const closed = cell.close({ noticeMs: 3_000, dismissMs: 4_000, stopMs: 100, endMs: 5_000 });
  const [probe, call] = [await cell.ask("GET", "/health/ready"), await cell.ask("GET", "/")];
  await closed;

  expect([probe.status, call.status]).toEqual([503, 200]);
});

test("calls are refused after that, with those that have begun still going on", async () => {
  const cell = await start();
  const { folder, reply } = await heldCall(cell, "wait_for_release");

  cell.kill("SIGTERM");
  await eventually(async () => expect((await get(cell, "/")).status).toBe(503));
  const late = await get(cell, "/");
  const probe = await get(cell, "/health/ready");
  writeFileSync(join(folder, "release"), "");

  expect(late.text).toContain("server_draining");
  expect(probe.text).toBe('{"status":"draining"}');
  expect(await wholeText(await reply)).toContain("released");
  expect((await cell.exited).code).toBe(0);
});

test.each([
  ["a manager that routes calls, which are still taken while it learns of it", "SIGTERM", DRAIN.noticeMs],
  ["a person, who does not wait for that", "SIGINT", 0],
] as const)("a cell is ended by %s", async (_whom, signal, noticeMs) => {
  const cell = spawn(process.execPath, [SIGNALLED_CELL], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void cell.kill("SIGKILL"));
  const lines = createInterface(cell.stdout)[Symbol.asyncIterator]();
  expect(await lines.next()).toMatchObject({ value: "ready" });
  const ended = once(cell, "exit");

  cell.kill(signal);

  expect(JSON.parse(String((await lines.next()).value))).toEqual({ ...DRAIN, noticeMs });
  expect(await ended).toEqual([0, null]);
});

test("a server that does nothing is closed without a wait, whoever keeps a connection to it", async () => {
  const { server } = await openDoor(async () => ({ status: 200, headers: {}, body: "taken" }));
  const idle = await rawSocket(server.port, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await idle.receives("taken");

  await drainServer(server, { clock: manualClock(), steps: { ...DRAIN, noticeMs: 0 }, refuseCalls: () => {} });

  await expect(fetch(`http://127.0.0.1:${server.port}`)).rejects.toThrow("fetch failed");
});

test("calls that do not end are answered for and told to stop, and the cell ends with 0 in its time", async () => {
  const cell = await start();
  const heeding = await heldCall(cell, "wait_for_abort");
  const deaf = await heldCall(cell, "wait_for_release");

  cell.kill("SIGINT");
  const replies = await Promise.all([heeding.reply, deaf.reply]);
  const texts = await Promise.all(replies.map(wholeText));
  const exit = await cell.exited;

  expect(replies.map(({ status }) => status)).toEqual([503, 503]);
  expect(texts.map((text) => JSON.parse(text).code)).toEqual(["server_draining", "server_draining"]);
  expect(existsSync(join(heeding.folder, "aborted"))).toBe(true);
  expect(exit).toEqual({ code: 0, signal: null });
});

test("a stream that listens is ended in good order", async () => {
  const cell = await start();
  const listen = modernRequest("subscriptions/listen", { notifications: { toolsListChanged: true } });
  const reply = await socketDoor(`${cell.url}/mcp`)(listen);
  const text = wholeText(reply);

  cell.kill("SIGTERM");

  expect(reply.status).toBe(200);
  expect(await text).toContain('"result"');
  expect(await cell.exited).toEqual({ code: 0, signal: null });
});

test("a second signal ends the cell at once", async () => {
  const cell = await start();
  const { reply } = await heldCall(cell, "wait_for_release");
  const broken = reply.then(wholeText).catch(() => "broken");

  cell.kill("SIGINT");
  await eventually(async () => expect((await get(cell, "/health/ready")).status).toBe(503));
  cell.kill("SIGINT");

  expect(await cell.exited).toEqual({ code: 1, signal: null });
  expect(await broken).toBe("broken");
});

test("SIGTERM to `npm start` reaches the cell, and npm ends as the cell does", async () => {
  const root = resolve(import.meta.dirname, "../../..");
  const npm = spawn("npm", ["start", "--", "--open", "--port", "0", "--data", await testFolder()], { cwd: root });
  const ended = once(npm, "exit");
  onTestFinished(() => void npm.kill("SIGTERM"));
  let printed = "";
  npm.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  await vi.waitFor(() => expect(printed).toMatch(/^ready /m), { timeout: 20_000 });

  npm.kill("SIGTERM");

  expect(await ended).toEqual([0, null]);
});

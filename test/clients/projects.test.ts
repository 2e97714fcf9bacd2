import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { type CellProcess, startCell } from "../fixtures/cell-process.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { REAL_CLIENTS, type RealClient } from "./real-client.ts";

/** What a person does with projects: an official client of MCP, a real cell, and a program that outlives it. */

const SERVER =
  'exec node -e \'console.log("ready"); require("http").createServer((_q, s) => s.end("still here")).listen(process.env.PORT)\'';
const TRIES_MAX = 200;
const PAUSE_MS = 50;

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function cellOn(dataDir: string): Promise<CellProcess> {
  const cell = await startCell({ dataDir, args: ["--projects"] });
  ends.push(() => killed(cell));
  return cell;
}

async function killed(cell: CellProcess): Promise<void> {
  cell.kill("SIGKILL");
  await cell.exited;
}

async function told(client: RealClient, name: string, args: Record<string, unknown>) {
  const { structured, text, isError } = await client.call(name, args);
  if (isError) throw new TypeError(text);
  expect(JSON.parse(text)).toEqual(structured);
  return structured as Readonly<Record<string, unknown>>;
}

async function answered(cell: CellProcess, path: string): Promise<string> {
  for (let attempt = 0; attempt < TRIES_MAX; attempt++) {
    const reply = await fetch(`${cell.url}${path}`);
    if (reply.status === 200) return reply.text();
    await sleep(PAUSE_MS);
  }
  throw new TypeError(`${path} does not answer`);
}

describe.each(REAL_CLIENTS)("$name", ({ connect }) => {
  test("starts a server that answers, goes on through a kill of the cell, and ends when it is told to", async () => {
    const folder = await temporaryFolder();
    ends.push(() => folder.remove());
    const first = await cellOn(folder.path);
    const client = await connect(`${first.url}/mcp`);
    expect(await client.tools()).toContain("host.start");

    const started = await told(client, "host.start", { projectId: "web", command: SERVER });
    expect(started).toMatchObject({ success: true, status: "running" });
    expect(await answered(first, "/p/web/")).toBe("still here");
    await killed(first);
    const second = await cellOn(folder.path);
    const again = await connect(`${second.url}/mcp`);

    expect(await answered(second, "/p/web/")).toBe("still here");
    expect(await told(again, "host.status", { projectId: "web" })).toMatchObject({
      ...{ status: "running", containerId: started.containerId, ports: started.ports },
    });
    expect(await told(again, "host.logs", { containerName: "web" })).toMatchObject({ logs: [{ message: "ready" }] });
    expect(await told(again, "host.stop", { projectId: "web" })).toMatchObject({
      ...{ status: "stopped", exit: { reason: "stopped", exitCode: 143, signal: "SIGTERM" } },
    });
    expect((await fetch(`${second.url}/p/web/`)).status).toBe(502);
    const refusal = await again.call("host.start", { projectId: "web", command: "x", port: 2601 });
    expect(refusal).toMatchObject({
      isError: true,
      structured: { success: false, error: { code: "SYSTEM_RESERVED" } },
    });
    await again.close();
  }, 90_000);
});

test("without --projects there is no such tool and no such path", async () => {
  const folder = await temporaryFolder();
  ends.push(() => folder.remove());
  const cell = await startCell({ dataDir: folder.path });
  ends.push(() => killed(cell));
  const client = await REAL_CLIENTS[0]?.connect(`${cell.url}/mcp`);

  const names = (await client?.tools()) ?? [];
  expect(names).not.toEqual([]);
  expect(names.filter((name) => name.startsWith("host."))).toEqual([]);
  for (const path of ["/p/web/", "/api/projects", "/mcp/initialize"]) {
    expect((await fetch(`${cell.url}${path}`)).status).toBe(404);
  }
  await client?.close();
}, 60_000);

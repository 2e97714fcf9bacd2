import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { startFlags } from "./start-flags.ts";

const START_TIMEOUT_MS = 30_000;

/**
 * Leaves the compiled code of a first start and a first call in `build/cell/compiled`, where every later start finds it.
 * A cell writes it at its end, so one is started and ended. Without it all works the same, a little later.
 */
export async function compileAhead(root: string): Promise<void> {
  rmSync(join(root, "build/cell/compiled"), { recursive: true, force: true });
  const dataDir = mkdtempSync(join(tmpdir(), "skein-build-"));
  const command = [...startFlags(root), join(root, "build/cell/main.js"), "--port", "0", "--data", dataDir];
  const cell = spawn(process.execPath, command, {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: START_TIMEOUT_MS,
  });
  const ended = once(cell, "exit");
  try {
    await listTools(await Promise.race([told(cell), ended.then(() => undefined)]));
  } finally {
    cell.kill("SIGINT");
    await ended;
    rmSync(dataDir, { recursive: true, force: true });
  }
}

interface Told {
  readonly address: string;
  readonly token: string;
}

/** What a first start prints for its caller. */
async function told(cell: ChildProcess): Promise<Told | undefined> {
  let printed = "";
  for await (const text of cell.stdout ?? []) {
    printed += String(text);
    const address = /^ready (\S+)$/m.exec(printed)?.[1];
    const token = /^TOKEN=(\S+)$/m.exec(printed)?.[1];
    if (address !== undefined && token !== undefined) return { address, token };
  }
  return undefined;
}

async function listTools(cell: Told | undefined): Promise<void> {
  if (cell === undefined) throw new TypeError("the cell that was just built does not start");
  const version = "2026-07-28";
  const meta = {
    "io.modelcontextprotocol/protocolVersion": version,
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const headers = {
    authorization: `Bearer ${cell.token}`,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": version,
    "mcp-method": "tools/list",
  };
  const listing = request(`${cell.address}/mcp`, { method: "POST", headers, agent: false });
  listing.end(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: { _meta: meta } }));
  const [reply] = await once(listing, "response");
  await once(reply.resume(), "end");
}

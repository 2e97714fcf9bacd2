import { join } from "node:path";
import { mcpHandler } from "../../functions/mcp/handler.ts";
import { sessionsHandler } from "../../functions/sessions/handler.ts";
import type { HttpHandler, HttpReply, HttpRequest } from "../../layers/core/http/http-message.ts";
import type { Cache } from "../../layers/core/ports/cache.ts";
import type { Chance } from "../../layers/core/ports/chance.ts";
import type { Clock } from "../../layers/core/ports/clock.ts";
import type { Table } from "../../layers/core/ports/table.ts";
import { Quotas } from "../../layers/core/quota/quotas.ts";
import { parseTenantId } from "../../layers/core/tenant/tenant-id.ts";
import { processBaker } from "../../layers/cyberchef/baker.ts";
import { operationIndex } from "../../layers/cyberchef/operation-index.ts";
import { cyberchefToolkit } from "../../layers/cyberchef/tools/cyberchef-toolkit.ts";
import { BAKE_TIMEOUT_MS_MAX } from "../../layers/cyberchef/tools/limits.ts";
import { fileBlob } from "../../layers/local/file-blob.ts";
import { BAKE_MEMORY_BYTES_MAX, BAKE_QUEUE_MAX } from "../../layers/local/limits.ts";
import { sqliteTable } from "../../layers/local/sqlite-table.ts";
import { hmacSeal } from "../../layers/node/hmac-seal.ts";
import { lruCache } from "../../layers/node/lru-cache.ts";
import { systemChance } from "../../layers/node/system-chance.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { soleTenant } from "../sole-tenant.ts";
import { ROOT } from "../subjects.ts";
import { meteredBlob, meteredTable, StoreMeter } from "./metered-stores.ts";
import { askingTools } from "./tools.ts";

export interface Exchange {
  readonly status: number;
  readonly headers: HttpReply["headers"];
  /** All of the reply, also where it was a stream. */
  readonly text: string;
}

export type Caller = (request: Pick<HttpRequest, "method" | "headers"> & Partial<HttpRequest>) => Promise<Exchange>;

/** The handlers of the functions, on embedded stores that are metered. */
export interface MeteredCell {
  readonly meter: StoreMeter;
  readonly mcp: Caller;
  readonly sessions: Caller;
  close(): Promise<void>;
}

const CALL_TIMEOUT_MS = 29_000;
/** As one environment of a function has it. */
const CACHE = { entriesMax: 20_000, bytesMax: 32 * 1024 * 1024 };

export async function meteredCell(dataDir: string): Promise<MeteredCell> {
  const [clock, chance, meter] = [systemClock(), systemChance(), new StoreMeter()];
  const stored = await sqliteTable({ file: join(dataDir, "state.sqlite"), clock });
  const blobs = fileBlob({ folder: join(dataDir, "blobs"), clock, chance });
  const table = meteredTable(stored, meter);
  const cache = lruCache({ clock, ...CACHE });
  const quotas = new Quotas({ table, clock });
  const chef = chefTools({ table, cache, quotas, clock, chance });
  const mcp = mcpHandler({
    toolkits: { cyberchef: chef.toolkit, asking: askingTools() },
    server: { name: "skein", version: "1.0.0" },
    table,
    blob: meteredBlob(blobs, meter),
    seal: hmacSeal([{ id: "bench", secret: new Uint8Array(32) }]),
    clock,
    chance,
    pollIntervalMs: 100,
    // As deployed: nobody pays for waiting.
    holdMs: 0,
    report: (fault) => {
      throw fault;
    },
  });
  return {
    meter,
    mcp: callerOf(mcp, "/mcp", clock),
    sessions: callerOf(sessionsHandler({ table, cache, quotas, clock, chance }), "/api/sessions", clock),
    async close() {
      await chef.close();
      await Promise.all([stored.close(), blobs.close()]);
    },
  };
}

interface ChefPorts {
  readonly table: Table;
  readonly cache: Cache;
  readonly quotas: Quotas;
  readonly clock: Clock;
  readonly chance: Chance;
}

function chefTools(ports: ChefPorts) {
  const buildDir = join(ROOT, "build/cyberchef");
  const index = operationIndex(buildDir);
  const baker = processBaker({
    buildDir,
    index,
    processesMax: 1,
    memoryBytesMax: BAKE_MEMORY_BYTES_MAX,
    queueMax: BAKE_QUEUE_MAX,
    operationTimeoutMs: BAKE_TIMEOUT_MS_MAX,
    clock: ports.clock,
  });
  const toolkit = cyberchefToolkit({ ...ports, surface: "index", baker, index });
  return { toolkit, close: () => baker.close() };
}

function callerOf(handler: HttpHandler, path: string, clock: Clock): Caller {
  const tenantId = parseTenantId("bench");
  if (!tenantId.ok) throw new TypeError("bench is a tenant's name");
  const sole = soleTenant(tenantId.value, "bench");
  const { signal } = new AbortController();
  let calls = 0;
  return async (request) => {
    calls++;
    const whole = { path, query: "", body: new Uint8Array(), remoteAddress: "127.0.0.1", tls: true, ...request };
    const deadlineEpochMs = clock.nowMs() + CALL_TIMEOUT_MS;
    const { status, headers, body } = await handler(whole, {
      ...sole,
      requestId: `bench-${calls}`,
      deadlineEpochMs,
      signal,
    });
    return { status, headers, text: await textOf(body) };
  };
}

async function textOf(body: HttpReply["body"]): Promise<string> {
  if (typeof body === "string") return body;
  if (body instanceof Uint8Array) return Buffer.from(body).toString();
  let text = "";
  for await (const chunk of body) text += chunk;
  return text;
}

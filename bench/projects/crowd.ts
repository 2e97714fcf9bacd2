import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { nowEpochSeconds } from "../../layers/core/ports/clock.ts";
import { SCOPES } from "../../layers/core/tenant/scope.ts";
import { parseTenantId } from "../../layers/core/tenant/tenant-id.ts";
import { cellSecrets } from "../../layers/local/cell-secrets.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import type { CellProcess } from "../sessions/cell-process.ts";

export interface Told {
  readonly status: number;
  readonly json: { readonly error: { readonly code: string } | null; readonly result: unknown };
  readonly ms: number;
}

/** Tenants of a cell, each with a token of its owner's. */
export interface Crowd {
  readonly tokens: readonly string[];
  call(token: string, name: string, args: object): Promise<Told>;
  get(token: string, path: string): Promise<number>;
  close(): void;
}

/** The fleet has a rate too. */
const MAKE_ATTEMPTS_MAX = 10;
const TOKEN_LIFETIME_SECONDS = 3_600;
/** Less than a door takes, so that the quiet tenant has a connection too. */
const CONNECTIONS = 960;

export async function peopledCell(cell: CellProcess, tenants: number): Promise<Crowd> {
  const { issuer } = cellSecrets(`${cell.dataDir}/seal.key`);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const token = (name: string, role: "owner" | "operator"): string => {
    const tenantId = parseTenantId(name);
    if (!tenantId.ok) throw new TypeError(`${name} names no tenant`);
    const grant = { tenantId: tenantId.value, role, subject: role, scopes: SCOPES };
    return issuer.issue({ ...grant, lifetimeSeconds: TOKEN_LIFETIME_SECONDS }, nowEpochSeconds(systemClock()));
  };
  const asked = (method: string, path: string, { credential, json }: { credential: string; json?: object }) =>
    ask(agent, { port: cell.port, method, path, credential, json });
  const names = Array.from({ length: tenants }, (_, tenant) => `crowd-${tenant}`);
  const operator = token("fleet", "operator");
  const make = (tenantId: string) =>
    asked("POST", "/api/tenants", { credential: operator, json: { tenantId, name: "Crowd", plan: "team" } });
  for (const tenantId of names) {
    let made = await make(tenantId);
    for (let attempt = 1; made.status === 429 && attempt <= MAKE_ATTEMPTS_MAX; attempt++) {
      await sleep(1_000);
      made = await make(tenantId);
    }
    if (made.status !== 201) throw new TypeError(`${made.status} ${made.text}`);
  }
  return {
    tokens: names.map((name) => token(name, "owner")),
    async call(credential, name, args) {
      const startedMs = performance.now();
      const { status, text } = await asked("POST", "/mcp/tools/call", { credential, json: { name, arguments: args } });
      return { status, json: JSON.parse(text), ms: performance.now() - startedMs };
    },
    async get(credential, path) {
      const startedMs = performance.now();
      const { status, text } = await asked("GET", path, { credential });
      if (status !== 200) throw new TypeError(`${path}: ${status} ${text}`);
      return performance.now() - startedMs;
    },
    close: () => agent.destroy(),
  };
}

interface Asking {
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly credential: string;
  readonly json: object | undefined;
}

function ask(
  agent: Agent,
  { port, method, path, credential, json }: Asking,
): Promise<{ readonly status: number; readonly text: string }> {
  const headers = { authorization: `Bearer ${credential}`, "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const asking = request({ agent, host: "127.0.0.1", port, method, path, headers }, (reply) => {
      let text = "";
      reply.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
      });
      reply.on("end", () => resolve({ status: reply.statusCode ?? 0, text }));
      reply.on("error", reject);
    });
    asking.on("error", reject).end(json === undefined ? undefined : JSON.stringify(json));
  });
}

import { mcpHandler } from "../../functions/mcp/handler.ts";
import type { Blob } from "../../layers/core/ports/blob.ts";
import type { Table } from "../../layers/core/ports/table.ts";
import { parseTenantId } from "../../layers/core/tenant/tenant-id.ts";
import { hmacSeal } from "../../layers/node/hmac-seal.ts";
import { systemChance } from "../../layers/node/system-chance.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { echoTools } from "../echo/echo-tools.js";
import { soleTenant } from "../sole-tenant.ts";
import type { Answerer } from "./answerer.ts";
import { runSubject } from "./subject.ts";

const CALL_TIMEOUT_MS = 29_000;

/** The MCP function's handler with everything it has in production, but for the stores, which such calls never touch. */
function skein(toolCount: number): Answerer {
  const [clock, chance] = [systemClock(), systemChance()];
  const handler = mcpHandler({
    toolkits: { echo: echoTools(toolCount) },
    server: { name: "skein", version: "1.0.0" },
    table: untouched<Table>("table"),
    blob: untouched<Blob>("blob"),
    seal: hmacSeal([{ id: "bench", secret: new Uint8Array(32) }]),
    clock,
    chance,
    pollIntervalMs: 1_000,
    holdMs: 0,
    report: (fault) => {
      throw fault;
    },
  });
  const tenantId = parseTenantId("bench");
  if (!tenantId.ok) throw new TypeError("bench is a tenant's name");
  const sole = soleTenant(tenantId.value, "bench");
  const { signal } = new AbortController();
  return async ({ headers, body }) => {
    const reply = await handler(
      { method: "POST", path: "/mcp", query: "", headers, body: Buffer.from(body), remoteAddress: "", tls: true },
      { ...sole, requestId: chance.uuid(), deadlineEpochMs: clock.nowMs() + CALL_TIMEOUT_MS, signal },
    );
    return typeof reply.body === "string" ? reply.body : "";
  };
}

function untouched<Port extends object>(port: string): Port {
  return new Proxy(Object.create(null), {
    get() {
      throw new TypeError(`the call touched the ${port}`);
    },
  });
}

runSubject(skein);

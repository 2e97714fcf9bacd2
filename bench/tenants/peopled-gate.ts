import { join } from "node:path";
import { Tenancy } from "../../functions/tenancy.ts";
import type { DoorCall, HttpHandler, HttpRequest } from "../../layers/core/http/http-message.ts";
import { type Clock, nowEpochSeconds } from "../../layers/core/ports/clock.ts";
import type { Table } from "../../layers/core/ports/table.ts";
import { ok } from "../../layers/core/result.ts";
import { apiKeyItem, apiKeyPrefix } from "../../layers/core/tenant/api-key.ts";
import { SCOPES } from "../../layers/core/tenant/scope.ts";
import { parseTenantId, type TenantId } from "../../layers/core/tenant/tenant-id.ts";
import { Meter } from "../../layers/core/usage/meter.ts";
import { gate } from "../../layers/http/gate.ts";
import { SelfIssuer } from "../../layers/identity/self-issuer.ts";
import { sqliteTable } from "../../layers/local/sqlite-table.ts";
import { keyedHash } from "../../layers/node/keyed-hash.ts";
import { systemChance } from "../../layers/node/system-chance.ts";
import { systemClock } from "../../layers/node/system-clock.ts";

/** What a call brings, and its tenant. */
export interface Credential {
  readonly tenantId: TenantId;
  readonly authorization: string;
}

/** A gate before a handler that answers at once, with tenants and keys on a real table. */
export interface PeopledGate {
  readonly apiKeys: readonly Credential[];
  readonly tokens: readonly Credential[];
  /** Operations on the table so far. */
  operations(): number;
  /** One call through the gate, metered, to its status. */
  call(credential: Credential): Promise<number>;
  /** The same handler without a gate. */
  bare(): Promise<number>;
  close(): Promise<void>;
}

const clock = systemClock();
const chance = systemChance();

export async function peopledGate(
  dataDir: string,
  people: { readonly tenants: number; readonly keysEach: number; readonly requestsPerSecond: number },
): Promise<PeopledGate> {
  const stored = await sqliteTable({ file: join(dataDir, "state.sqlite"), clock });
  const counted = { operations: 0 };
  const table = countedTable(stored, counted);
  const issuer = new SelfIssuer(new Uint8Array(32).fill(1));
  const tenancy = tenancyOf({ table, clock, issuer });
  const limits = { requestsPerSecond: people.requestsPerSecond, requestBurst: 2 * people.requestsPerSecond };
  const apiKeys: Credential[] = [];
  const tokens: Credential[] = [];
  for (let index = 0; index < people.tenants; index++) {
    const tenantId = tenantNamed(`tenant-${index}`);
    await tenancy.tenants.ensure({ tenantId, name: tenantId, plan: "scale", limits });
    const grant = { tenantId, subject: "ann", role: "owner", scopes: SCOPES, lifetimeSeconds: 86_400 } as const;
    tokens.push({ tenantId, authorization: `Bearer ${issuer.issue(grant, nowEpochSeconds(clock))}` });
    const texts = Array.from({ length: people.keysEach }, () => chance.token(32));
    await Promise.all(
      texts.map(async (secret, number) => {
        const keyId = number.toString(16).padStart(16, "0");
        const nowMs = clock.nowMs();
        const key = { tenantId, keyId, name: "k", role: "owner", scopes: SCOPES, hash: HASH.of(secret) } as const;
        await stored.put(apiKeyItem({ ...key, createdAtEpochMs: nowMs, createdBy: "b", lastUsedAtEpochMs: nowMs }));
        apiKeys.push({ tenantId, authorization: `Bearer ${apiKeyPrefix({ tenantId, keyId })}_${secret}` });
      }),
    );
  }
  const queue = { send: async () => ok({ id: "sent" }) };
  const meter = new Meter({ queue, clock, chance, cpuMicroseconds: () => 0, report });
  const gated = gateOf(tenancy);
  return {
    apiKeys,
    tokens,
    operations: () => counted.operations,
    async call({ authorization }) {
      const { status, call } = await gated(authorization);
      if (call.admitted && call.tenantId !== undefined) meter.record(call.tenantId, { calls: 1, busyMicroseconds: 10 });
      return status;
    },
    bare: async () => (await ungated({ ...REQUEST, headers: { authorization: "" } }, doorCall())).status,
    close: () => stored.close(),
  };
}

const HASH = keyedHash(["p".repeat(64)]);

function report(fault: unknown): never {
  throw fault;
}

/** What a process knows of tenants, with one table for all. */
export function tenancyOf(parts: {
  readonly table: Table;
  readonly clock: Clock;
  readonly issuer: SelfIssuer;
}): Tenancy {
  const { table, issuer } = parts;
  return new Tenancy({
    state: table,
    control: table,
    clock: parts.clock,
    chance,
    hash: HASH,
    region: "bench",
    regions: new Set(["bench"]),
    toolkits: new Set(),
    issuers: [issuer.trusted],
    report,
  });
}

/** A call through the gate with that header, to its status and what the door knows of it then. */
export function gateOf(tenancy: Tenancy) {
  const gated = gate(tenancy.gateParts({ resourceMetadataUrl: () => "https://bench.example" }), answering);
  return async (authorization: string): Promise<{ readonly status: number; readonly call: DoorCall }> => {
    const call = doorCall();
    const { status } = await gated({ ...REQUEST, headers: { authorization } }, call);
    return { status, call };
  };
}

const answering: HttpHandler = async () => ({
  status: 200,
  headers: { "content-type": "application/json" },
  body: "{}",
});
const ungated: HttpHandler<DoorCall> = async () => ({
  status: 200,
  headers: { "content-type": "application/json" },
  body: "{}",
});

const REQUEST: Omit<HttpRequest, "headers"> = {
  method: "POST",
  path: "/mcp",
  query: "",
  body: new Uint8Array(),
  remoteAddress: "127.0.0.1",
  tls: false,
};

const { signal } = new AbortController();

function doorCall(): DoorCall {
  return { requestId: "r", deadlineEpochMs: Number.MAX_SAFE_INTEGER, signal, tenantId: undefined, admitted: false };
}

export function tenantNamed(name: string): TenantId {
  const parsed = parseTenantId(name);
  if (!parsed.ok) throw new TypeError(`${name} is a tenant's name`);
  return parsed.value;
}

/** Counts what is asked of it. */
export function countedTable(table: Table, counted: { operations: number }): Table {
  const count = <T>(operation: Promise<T>): Promise<T> => {
    counted.operations++;
    return operation;
  };
  return {
    get: (...given) => count(table.get(...given)),
    put: (...given) => count(table.put(...given)),
    update: (...given) => count(table.update(...given)),
    delete: (...given) => count(table.delete(...given)),
    query: (range) => count(table.query(range)),
  };
}

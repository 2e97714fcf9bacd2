import { once } from "node:events";
import { join } from "node:path";
import { nowEpochSeconds } from "../../layers/core/ports/clock.ts";
import type { Role } from "../../layers/core/tenant/role.ts";
import { SCOPES } from "../../layers/core/tenant/scope.ts";
import { cellSecrets } from "../../layers/local/cell-secrets.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { cellCommand, type Served, serve } from "../http/served.ts";
import { tenantNamed } from "../jobs/tenant-named.ts";
import { asked } from "../measure/asked.ts";
import { LOAD_CPU, type PinnedProcess, spawnPinned } from "../measure/pinned-process.ts";
import { entryOf } from "../subjects.ts";
import { CONNECTIONS_A_MEMBER, type CrowdQuestion, subjectOf } from "./questions.ts";

export const SERVERS = ["skein", "plain ws"] as const;
export type ServerName = (typeof SERVERS)[number];

/** A server that people connect to, and the credentials with which they do. */
export interface PeopleServer extends Served {
  readonly tokens: readonly string[];
}

const TOKEN_LIFETIME_SECONDS = 3_600;
/** More than a core can open: what a tenant may do in a second is not what is measured. */
const RATE = { requestsPerSecond: 20_000, requestBurst: 20_000 };

/** On the core of subjects. @param connections as many as are let in. */
export async function servePeople(
  name: ServerName,
  { dataDir, connections }: { readonly dataDir: string; readonly connections: number },
): Promise<PeopleServer> {
  if (name === "plain ws") return { ...(await serve([entryOf("router-floor")])), tokens: [] };
  const served = await serve(cellCommand(dataDir, "one-tool.js"));
  try {
    await allow(served.port, { connections, credential: tokenOf(dataDir, "fleet", "operator") });
  } catch (fault) {
    await served.process.end();
    throw fault;
  }
  const members = Math.ceil(connections / CONNECTIONS_A_MEMBER);
  const tokens = Array.from({ length: members }, (_, member) =>
    tokenOf(dataDir, "local", "developer", subjectOf(member)),
  );
  return { ...served, tokens };
}

export function tokenOf(dataDir: string, tenant: string, role: Role, subject: string = role): string {
  const { issuer } = cellSecrets(join(dataDir, "seal.key"));
  const grant = { tenantId: tenantNamed(tenant), role, subject, scopes: SCOPES };
  return issuer.issue({ ...grant, lifetimeSeconds: TOKEN_LIFETIME_SECONDS }, nowEpochSeconds(systemClock()));
}

async function allow(
  port: number,
  { connections, credential }: { readonly connections: number; readonly credential: string },
): Promise<void> {
  const url = `http://127.0.0.1:${port}/api/tenants/local/limits`;
  const headers = { authorization: `Bearer ${credential}`, "content-type": "application/json" };
  const limited = await fetch(url, { method: "PUT", headers, body: JSON.stringify({ connections, ...RATE }) });
  if (!limited.ok) throw new TypeError(`${limited.status} ${await limited.text()}`);
}

export interface Crowd {
  readonly process: PinnedProcess;
  ask<Answer>(question: CrowdQuestion): Promise<Answer>;
}

/** The clients' process, on the core of the load. */
export async function startCrowd(): Promise<Crowd> {
  const process = spawnPinned(LOAD_CPU, [entryOf("router-crowd")], { stdio: "ipc" });
  await once(process.child, "message"); // it is ready
  return { process, ask: (question) => asked(process.child, question) };
}

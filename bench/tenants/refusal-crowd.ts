import type { Actor } from "../../layers/core/audit/audit-entry.ts";
import type { Clock } from "../../layers/core/ports/clock.ts";
import { nowEpochSeconds } from "../../layers/core/ports/clock.ts";
import type { Table } from "../../layers/core/ports/table.ts";
import { SCOPES } from "../../layers/core/tenant/scope.ts";
import type { TenantId } from "../../layers/core/tenant/tenant-id.ts";
import { SelfIssuer } from "../../layers/identity/self-issuer.ts";
import { sqliteTable } from "../../layers/local/sqlite-table.ts";
import { systemChance } from "../../layers/node/system-chance.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { countedTable, gateOf, tenancyOf, tenantNamed } from "./peopled-gate.ts";

/** Between two calls: ten refusals a second, of which a process reads for twenty. */
const STEP_MS = 100;

/** A process of a cell, which has answered nobody yet. */
export interface RefusingProcess {
  /** One call at the moment after the last one's, to its status. */
  call(authorization: string): Promise<number>;
  operations(): number;
  close(): Promise<void>;
}

/** A tenant with keys, and credentials that open nothing. */
export interface RefusalCrowd {
  readonly good: string;
  /** By its number; of keys that are or were there, as many as were asked for. */
  readonly bad: Readonly<Record<"wrong" | "absent" | "revoked" | "elsewhere" | "forged" | "foreign", ByNumber>>;
  newProcess(): RefusingProcess;
  close(): Promise<void>;
}

type ByNumber = (number: number) => string;

const chance = systemChance();

export async function refusalCrowd(file: string, keysEach: number): Promise<RefusalCrowd> {
  const clock = steppedClock();
  const table = await sqliteTable({ file, clock });
  const issuer = new SelfIssuer(new Uint8Array(32).fill(1));
  const tenantId = tenantNamed("tenant-0");
  const [good = "", ...made] = await madeKeys(table, { tenantId, clock, issuer, count: 1 + 2 * keysEach });
  const present = made.slice(0, keysEach);
  const revoked = made.slice(keysEach);
  const tenancy = tenancyOf({ table, clock, issuer });
  for (const text of revoked) {
    const gone = await tenancy.apiKeys.revoke(tenantId, partsOf(text).keyId, { actor: actorOf(tenantId) });
    if (!gone.ok) throw new TypeError(gone.problem.reason);
  }
  const secret = (): string => chance.token(32);
  const keyId = (): string => chance.uuid().replaceAll("-", "").slice(-16);
  return {
    good: `Bearer ${good}`,
    bad: {
      wrong: (number) => `Bearer sk_${tenantId}_${partsOf(present[number]).keyId}_${secret()}`,
      absent: () => `Bearer sk_${tenantId}_${keyId()}_${secret()}`,
      revoked: (number) => `Bearer ${revoked[number]}`,
      elsewhere: () => `Bearer sk_tenant-${keyId()}_${keyId()}_${secret()}`,
      ...badTokens(tenantId, { issuer, clock }),
    },
    newProcess: () => processOn(table, { clock, issuer }),
    close: () => table.close(),
  };
}

interface Surroundings {
  readonly clock: SteppedClock;
  readonly issuer: SelfIssuer;
}

async function madeKeys(
  table: Table,
  { tenantId, count, ...surroundings }: Surroundings & { readonly tenantId: TenantId; readonly count: number },
): Promise<readonly string[]> {
  const tenancy = tenancyOf({ table, ...surroundings });
  const limits = { requestsPerSecond: 999_999, requestBurst: 999_999 };
  await tenancy.tenants.ensure({ tenantId, name: tenantId, plan: "scale", limits });
  const by = { actor: actorOf(tenantId), scopes: SCOPES, keysMax: count };
  const texts: string[] = [];
  for (let number = 0; number < count; number++) {
    const made = await tenancy.apiKeys.create(tenantId, { name: "k", role: "owner" }, by);
    if (!made.ok) throw new TypeError(made.problem.reason);
    texts.push(made.value.text);
  }
  return texts;
}

/** Its token with the signature of another one, and one of a key that nobody has published. */
function badTokens(tenantId: TenantId, { issuer, clock }: Surroundings): { forged: ByNumber; foreign: ByNumber } {
  const grant = { tenantId, role: "owner", scopes: SCOPES, lifetimeSeconds: 30 * 86_400 } as const;
  const nowSeconds = nowEpochSeconds(clock);
  const issue = (by: SelfIssuer, subject: string): string => by.issue({ ...grant, subject }, nowSeconds);
  const stranger = new SelfIssuer(new Uint8Array(32).fill(2));
  const signature = issue(issuer, "bob").split(".")[2];
  return {
    forged: (number) => `Bearer ${issue(issuer, `ann${number}`).replace(/[^.]*$/, signature ?? "")}`,
    foreign: (number) => `Bearer ${issue(stranger, `ann${number}`)}`,
  };
}

function processOn(stored: Table, { clock, issuer }: Surroundings): RefusingProcess {
  const counted = { operations: 0 };
  const tenancy = tenancyOf({ table: countedTable(stored, counted), clock, issuer });
  const gate = gateOf(tenancy);
  return {
    async call(authorization) {
      clock.step();
      return (await gate(authorization)).status;
    },
    operations: () => counted.operations,
    close: () => tenancy.close(),
  };
}

function partsOf(text: string | undefined): { readonly keyId: string } {
  const keyId = text?.split("_")[2];
  if (keyId === undefined) throw new TypeError("there are as many keys as are asked for");
  return { keyId };
}

function actorOf(tenantId: TenantId): Actor {
  const nobody = { remoteAddress: "", requestId: "r" };
  return { tenantId, subject: "ann", role: "owner", credential: "token", ...nobody };
}

interface SteppedClock extends Clock {
  step(): void;
}

/** Moves with each call, so that the calls of a round are spread over minutes whatever they take. */
function steppedClock(): SteppedClock {
  const real = systemClock();
  let nowMs = real.nowMs();
  return {
    nowMs: () => nowMs,
    sleep: (durationMs, signal) => real.sleep(durationMs, signal),
    step() {
      nowMs += STEP_MS;
    },
  };
}

import { existsSync } from "node:fs";
import { join } from "node:path";
import { type AuditRecord, listAudit } from "../core/audit/audit-list.ts";
import { verifyAudit } from "../core/audit/verify-audit.ts";
import { StoreFault } from "../core/ports/store-fault.ts";
import type { Table } from "../core/ports/table.ts";
import { FLEET_TENANT, type TenantId } from "../core/tenant/tenant-id.ts";
import { TenantStore } from "../core/tenant/tenant-store.ts";
import { sha256 } from "../node/sha256.ts";
import { systemClock } from "../node/system-clock.ts";
import { AUDIT_HELP, type AuditCommand, readAuditOptions } from "./audit-options.ts";
import { sqliteTable } from "./sqlite-table.ts";

/** How a command ended, as shells count it. */
const EXIT_WELL = 0;
const EXIT_BROKEN = 1;
const EXIT_WRONG_COMMAND = 2;

/** Pages of tenants, or of entries, that one command reads. */
const PAGES_MAX = 100_000;

export interface AuditCommandPorts {
  readonly workingDir: string;
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
}

/** `npm run audit`, from its command line to its exit code. */
export async function runAuditCommand(args: readonly string[], ports: AuditCommandPorts): Promise<number> {
  const options = readAuditOptions(args, ports.workingDir);
  if (!options.ok) return wrong(ports, `${options.problem.messages.join("\n")}\n\n${AUDIT_HELP}`);
  const command = options.value;
  if (command === "help") {
    ports.print(AUDIT_HELP);
    return EXIT_WELL;
  }
  const file = join(command.dataDir, "state.sqlite");
  if (!existsSync(file)) return wrong(ports, `--data ${command.dataDir} holds no cell\n`);
  try {
    const table = await sqliteTable({ file, clock: systemClock() });
    try {
      return command.name === "verify" ? await verify(table, command, ports) : await list(table, command, ports);
    } finally {
      await table.close();
    }
  } catch (fault) {
    if (!(fault instanceof StoreFault)) throw fault;
    const cause = fault.cause instanceof Error ? `: ${fault.cause.message}` : "";
    return wrong(ports, `--data ${command.dataDir} can't be read: ${fault.message}${cause}\n`);
  }
}

function wrong({ printError }: AuditCommandPorts, message: string): number {
  printError(message);
  return EXIT_WRONG_COMMAND;
}

async function verify(
  table: Table,
  { tenantId, marks }: Extract<AuditCommand, { name: "verify" }>,
  { print, printError }: AuditCommandPorts,
): Promise<number> {
  let exitCode = EXIT_WELL;
  for await (const each of tenantId === undefined ? everyTenant(table) : [tenantId]) {
    const verified = await verifyAudit({ table, digest: sha256 }, each, marks);
    if (verified.ok) {
      const { seq, hash } = verified.value;
      print(seq === 0 ? `${each}: no entries\n` : `${each}: ${seq} entries, whole; the end is ${seq}:${hash}\n`);
    } else {
      printError(`${each}: broken at entry ${verified.problem.seq}: ${verified.problem.reason}\n`);
      exitCode = EXIT_BROKEN;
    }
  }
  return exitCode;
}

async function* everyTenant(table: Table): AsyncGenerator<TenantId> {
  yield FLEET_TENANT;
  const store = new TenantStore(table);
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const listed = await store.list({ cursor });
    for (const { tenantId } of listed.tenants) yield tenantId;
    cursor = listed.cursor;
    if (cursor === undefined) return;
  }
}

async function list(
  table: Table,
  { tenantId, filter }: Extract<AuditCommand, { name: "list" }>,
  { print }: AuditCommandPorts,
): Promise<number> {
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const listed = await listAudit(table, tenantId, { ...filter, cursor });
    if (!listed.ok) return EXIT_BROKEN;
    for (const record of listed.value.records) print(`${lineOf(record)}\n`);
    cursor = listed.value.cursor;
    if (cursor === undefined) break;
  }
  return EXIT_WELL;
}

/** When, how it ended, what was done, on what, who did it and from where, and what is another than before. */
function lineOf({ atEpochMs, outcome, reason, count, action, target, actor, before, after }: AuditRecord): string {
  const ended = [outcome, reason, count === undefined ? undefined : `${count} times`].filter(
    (part) => part !== undefined,
  );
  const on = target.id === "" ? target.kind : `${target.kind} ${target.id}`;
  const who = `${actor.subject} (${actor.role}, ${actor.credential})`;
  const from = actor.remoteAddress === "" ? "" : ` from ${actor.remoteAddress}`;
  const was = before === undefined || Object.keys(before).length === 0 ? "" : ` was ${JSON.stringify(before)}`;
  const is = after === undefined || Object.keys(after).length === 0 ? "" : ` is ${JSON.stringify(after)}`;
  return `${new Date(atEpochMs).toISOString()} ${ended.join(", ")}: ${action} on ${on} by ${who}${from}${was}${is}`;
}

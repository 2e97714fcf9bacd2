import { existsSync } from "node:fs";
import { join } from "node:path";
import { type AuditRecord, listAudit } from "../core/audit/audit-list.ts";
import { verifyAudit } from "../core/audit/verify-audit.ts";
import { StoreFault } from "../core/ports/store-fault.ts";
import type { Table } from "../core/ports/table.ts";
import { ok, type Result, refused } from "../core/result.ts";
import { FLEET_TENANT, type TenantId } from "../core/tenant/tenant-id.ts";
import { TenantStore } from "../core/tenant/tenant-store.ts";
import { sha256 } from "../node/sha256.ts";
import { systemClock } from "../node/system-clock.ts";
import { AUDIT_HELP, type AuditCommand, type AuditPlace, type NamedStage, readAuditOptions } from "./audit-options.ts";
import { type CommandPorts, EXIT_WELL, EXIT_WRONG_COMMAND, wrongCommand } from "./command.ts";
import { sqliteTable } from "./sqlite-table.ts";

/** A log is not whole, or can't be told. */
const EXIT_BROKEN = 1;

/** Pages of tenants, or of entries, that one command reads. */
const PAGES_MAX = 100_000;

/** The table with the tenants and their logs, for as long as the command reads it. */
export interface OpenedLog {
  readonly table: Table;
  close(): void | Promise<void>;
}

/** Why a log can't be read, for who gave the command. */
export interface LogUnopened {
  readonly reason: "log_unopened";
  readonly message: string;
}

export interface AuditCommandPorts extends CommandPorts {
  /** Finds what is deployed, which this machine's own cell knows nothing of. */
  readonly openStage: (named: NamedStage) => Promise<Result<OpenedLog, LogUnopened>>;
}

/** `npm run audit`, from its command line to its exit code. */
export async function runAuditCommand(args: readonly string[], ports: AuditCommandPorts): Promise<number> {
  const options = readAuditOptions(args, ports.workingDir);
  if (!options.ok) return wrongCommand(ports, `${options.problem.messages.join("\n")}\n\n${AUDIT_HELP}`);
  const command = options.value;
  if (command === "help") {
    ports.print(AUDIT_HELP);
    return EXIT_WELL;
  }
  const name = nameOf(command.place);
  try {
    const opened = await open(command.place, ports);
    if (!opened.ok) return wrongCommand(ports, `${name} ${opened.problem.message}\n`);
    const { table } = opened.value;
    try {
      return command.name === "verify" ? await verify(table, command, ports) : await list(table, command, ports);
    } finally {
      await opened.value.close();
    }
  } catch (fault) {
    if (!(fault instanceof StoreFault)) throw fault;
    const cause = fault.cause instanceof Error ? `: ${fault.cause.message}` : "";
    return wrongCommand(ports, `${name} can't be read: ${fault.message}${cause}\n`);
  }
}

async function open(place: AuditPlace, ports: AuditCommandPorts): Promise<Result<OpenedLog, LogUnopened>> {
  if ("stage" in place) return ports.openStage(place);
  const file = join(place.dataDir, "state.sqlite");
  if (!existsSync(file)) return refused({ reason: "log_unopened", message: "holds no cell" });
  const table = await sqliteTable({ file, clock: systemClock() });
  return ok({ table, close: () => table.close() });
}

/** As whoever gave the command named it. */
function nameOf(place: AuditPlace): string {
  return "stage" in place ? `--stage ${place.stage}` : `--data ${place.dataDir}`;
}

async function verify(
  table: Table,
  { tenantId, marks }: Extract<AuditCommand, { name: "verify" }>,
  { print, printError }: CommandPorts,
): Promise<number> {
  let exitCode = EXIT_WELL;
  for await (const each of tenantId === undefined ? everyTenant(table) : [tenantId]) {
    const verified = await verifyAudit({ table, digest: sha256 }, each, marks);
    if (verified.ok && verified.value.seq === 0) {
      exitCode = Math.max(exitCode, await tellEmpty(table, each, { print, printError }));
    } else if (verified.ok) {
      const { seq, hash } = verified.value;
      print(`${each}: ${seq} entries, whole; the end is ${seq}:${hash}\n`);
    } else {
      printError(`${each}: broken at entry ${verified.problem.seq}: ${verified.problem.reason}\n`);
      exitCode = EXIT_BROKEN;
    }
  }
  return exitCode;
}

/** A tenant has a log from its making on, until it is erased: where all of it is gone, its head too, somebody took it. */
async function tellEmpty(
  table: Table,
  tenantId: TenantId,
  { print, printError }: Pick<CommandPorts, "print" | "printError">,
): Promise<number> {
  const tenant = tenantId === FLEET_TENANT ? "fleet" : await new TenantStore(table).get(tenantId);
  if (tenant === undefined) {
    printError(`there is no tenant ${tenantId}, and no log of it\n`);
    return EXIT_WRONG_COMMAND;
  }
  if (tenant !== "fleet" && tenant.erasing === undefined) {
    printError(`${tenantId}: broken at entry 1: entry_missing\n`);
    return EXIT_BROKEN;
  }
  print(`${tenantId}: no entries\n`);
  return EXIT_WELL;
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
  { print }: CommandPorts,
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

import { existsSync } from "node:fs";
import { join } from "node:path";
import { nowEpochSeconds } from "../core/ports/clock.ts";
import { StoreFault } from "../core/ports/store-fault.ts";
import { FLEET_TENANT } from "../core/tenant/tenant-id.ts";
import { TenantStore } from "../core/tenant/tenant-store.ts";
import { systemClock } from "../node/system-clock.ts";
import type { AuditCommandPorts } from "./audit-command.ts";
import { cellSecrets } from "./cell-secrets.ts";
import { SealKeyUnreadable } from "./seal-key.ts";
import { sqliteTable } from "./sqlite-table.ts";
import { readTokenOptions, TOKEN_HELP, type TokenCommand } from "./token-options.ts";

const EXIT_WELL = 0;
const EXIT_WRONG_COMMAND = 2;

/** `npm run token`, from its command line to its exit code. */
export async function runTokenCommand(args: readonly string[], ports: AuditCommandPorts): Promise<number> {
  const options = readTokenOptions(args, ports.workingDir);
  if (!options.ok) return wrong(ports, `${options.problem.messages.join("\n")}\n\n${TOKEN_HELP}`);
  if (options.value === "help") {
    ports.print(TOKEN_HELP);
    return EXIT_WELL;
  }
  const { dataDir } = options.value;
  if (!existsSync(join(dataDir, "state.sqlite"))) {
    return wrong(ports, `--data ${dataDir} holds no cell; npm start makes one\n`);
  }
  try {
    return await printToken(options.value, ports);
  } catch (fault) {
    if (!(fault instanceof StoreFault || fault instanceof SealKeyUnreadable)) throw fault;
    return wrong(ports, `--data ${dataDir} can't be read: ${fault.message}\n`);
  }
}

async function printToken({ dataDir, tenantId, ...grant }: TokenCommand, ports: AuditCommandPorts): Promise<number> {
  const clock = systemClock();
  const table = await sqliteTable({ file: join(dataDir, "state.sqlite"), clock });
  try {
    const isThere = tenantId === FLEET_TENANT || (await new TenantStore(table).get(tenantId)) !== undefined;
    if (!isThere) return wrong(ports, `there is no tenant ${tenantId} in ${dataDir}\n`);
  } finally {
    await table.close();
  }
  const { issuer } = cellSecrets(join(dataDir, "seal.key"));
  ports.print(`${issuer.issue({ tenantId, ...grant }, nowEpochSeconds(clock))}\n`);
  return EXIT_WELL;
}

function wrong({ printError }: AuditCommandPorts, message: string): number {
  printError(message);
  return EXIT_WRONG_COMMAND;
}

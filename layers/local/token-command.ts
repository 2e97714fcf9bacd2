import { existsSync } from "node:fs";
import { join } from "node:path";
import { nowEpochSeconds } from "../core/ports/clock.ts";
import { StoreFault } from "../core/ports/store-fault.ts";
import { FLEET_TENANT } from "../core/tenant/tenant-id.ts";
import { TenantStore } from "../core/tenant/tenant-store.ts";
import { systemClock } from "../node/system-clock.ts";
import { cellSecrets } from "./cell-secrets.ts";
import { type CommandPorts, EXIT_WELL, wrongCommand } from "./command.ts";
import { SealKeyUnreadable } from "./seal-key.ts";
import { sqliteTable } from "./sqlite-table.ts";
import { readTokenOptions, TOKEN_HELP, type TokenCommand } from "./token-options.ts";

/** `npm run token`, from its command line to its exit code. */
export async function runTokenCommand(args: readonly string[], ports: CommandPorts): Promise<number> {
  const options = readTokenOptions(args, ports.workingDir);
  if (!options.ok) return wrongCommand(ports, `${options.problem.messages.join("\n")}\n\n${TOKEN_HELP}`);
  if (options.value === "help") {
    ports.print(TOKEN_HELP);
    return EXIT_WELL;
  }
  const { dataDir } = options.value;
  if (!existsSync(join(dataDir, "state.sqlite"))) {
    return wrongCommand(ports, `--data ${dataDir} holds no cell; npm start makes one\n`);
  }
  try {
    return await printToken(options.value, ports);
  } catch (fault) {
    if (!(fault instanceof StoreFault || fault instanceof SealKeyUnreadable)) throw fault;
    return wrongCommand(ports, `--data ${dataDir} can't be read: ${fault.message}\n`);
  }
}

async function printToken({ dataDir, tenantId, ...grant }: TokenCommand, ports: CommandPorts): Promise<number> {
  const clock = systemClock();
  const table = await sqliteTable({ file: join(dataDir, "state.sqlite"), clock });
  try {
    const isThere = tenantId === FLEET_TENANT || (await new TenantStore(table).get(tenantId)) !== undefined;
    if (!isThere) return wrongCommand(ports, `there is no tenant ${tenantId} in ${dataDir}\n`);
  } finally {
    await table.close();
  }
  const { issuer } = cellSecrets(join(dataDir, "seal.key"));
  ports.print(`${issuer.issue({ tenantId, ...grant }, nowEpochSeconds(clock))}\n`);
  return EXIT_WELL;
}

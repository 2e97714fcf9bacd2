import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

const HERE = import.meta.dirname;

/** Installs the peers where they are missing, or older than their lock file. Their own scripts never run. */
export function installPeers(): void {
  if (changedAtMs("node_modules/.package-lock.json") >= changedAtMs("package-lock.json")) return;
  process.stderr.write("installing the peers\n");
  const { status } = spawnSync("npm", ["ci", "--prefix", HERE, "--ignore-scripts", "--no-audit", "--no-fund"], {
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) throw new PeersNotInstalled();
}

function changedAtMs(file: string): number {
  return statSync(join(HERE, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

export class PeersNotInstalled extends Error {
  readonly code = "peers_not_installed";
  constructor() {
    super("npm could not install the peers; see above");
    this.name = "PeersNotInstalled";
  }
}

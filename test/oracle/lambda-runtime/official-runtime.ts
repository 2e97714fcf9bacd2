import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { env, execPath } from "node:process";

const HERE = import.meta.dirname;
const CLIENT = join(HERE, "node_modules/aws-lambda-ric/index.mjs");
const INSTALLED = join(HERE, "node_modules/.package-lock.json");
export const INSTALL_TIMEOUT_MS = 300_000;

/** Installs AWS's runtime interface client beside its own lock file, once, and again only when that has changed. */
export function installOfficialRuntime(): void {
  const isCurrent =
    existsSync(INSTALLED) && statSync(INSTALLED).mtimeMs >= statSync(join(HERE, "package-lock.json")).mtimeMs;
  if (isCurrent) return;
  const args = ["ci", "--no-audit", "--no-fund"];
  const { status, stderr } = spawnSync("npm", args, { cwd: HERE, encoding: "utf8", timeout: INSTALL_TIMEOUT_MS });
  if (status !== 0) throw new OfficialRuntimeMissing(stderr);
}

/** Runs a function's code by it. */
export function startOfficialRuntime(codeDir: string, variables: Readonly<Record<string, string>>): ChildProcess {
  return spawn(execPath, [CLIENT, "index.handler"], {
    cwd: codeDir,
    env: { ...variables, PATH: env.PATH },
    stdio: "ignore",
  });
}

class OfficialRuntimeMissing extends Error {
  readonly code = "official_runtime_missing";
  constructor(told: string) {
    super(`aws-lambda-ric could not be installed: ${told}`);
    this.name = "OfficialRuntimeMissing";
  }
}

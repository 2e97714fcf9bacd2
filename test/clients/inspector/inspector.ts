import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env, execPath } from "node:process";

const HERE = import.meta.dirname;
const LAUNCHER = join(HERE, "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js");
const INSTALLED = join(HERE, "node_modules/.package-lock.json");
const INSTALL_TIMEOUT_MS = 120_000;
const RUN_TIMEOUT_MS = 20_000;

/** Installs the Inspector beside its own lock file, once, and again only when that has changed. */
export async function installInspector(): Promise<void> {
  const isCurrent =
    existsSync(INSTALLED) && statSync(INSTALLED).mtimeMs >= statSync(join(HERE, "package-lock.json")).mtimeMs;
  if (isCurrent) return;
  const { exitCode, stderr } = await run("npm", ["ci", "--no-audit", "--no-fund"], { timeoutMs: INSTALL_TIMEOUT_MS });
  if (exitCode !== 0) throw new InspectorMissing(stderr);
}

export interface Inspection {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One run of its command line against a server, in a home folder of its own. */
export async function inspect(url: string, era: "legacy" | "modern", args: readonly string[]): Promise<Inspection> {
  const home = mkdtempSync(join(tmpdir(), "skein-inspector-"));
  try {
    const target = ["--cli", new URL("/mcp", url).href, "--transport", "http", "--protocol-era", era];
    return await run(execPath, [LAUNCHER, ...target, "--format", "json", ...args], {
      timeoutMs: RUN_TIMEOUT_MS,
      home,
    });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function run(
  command: string,
  args: readonly string[],
  { timeoutMs, home }: { timeoutMs: number; home?: string },
): Promise<Inspection> {
  const child = spawn(command, args, {
    cwd: HERE,
    env: home === undefined ? env : { ...env, HOME: home },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: timeoutMs,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (part) => {
    stdout += part;
  });
  child.stderr.setEncoding("utf8").on("data", (part) => {
    stderr += part;
  });
  const [exitCode] = await once(child, "close");
  return { exitCode, stdout, stderr };
}

class InspectorMissing extends Error {
  readonly code = "inspector_missing";
  constructor(told: string) {
    super(`the MCP Inspector could not be installed: ${told}`);
    this.name = "InspectorMissing";
  }
}

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline/promises";
import { startFlags } from "../../scripts/build/start-flags.ts";
import { ROOT } from "../subjects.ts";

const START = join(ROOT, "scripts/start.js");

export interface CellProcess {
  readonly port: number;
  readonly pid: number;
  readonly dataDir: string;
  end(): Promise<void>;
}

/**
 * The product as `npm start` runs it, on a data folder of its own, and on all cores: the thread that writes shall not
 * hold up the one that serves.
 */
export async function startCell(options: readonly string[] = []): Promise<CellProcess> {
  const folder = await mkdtemp(join(tmpdir(), "skein-bench-"));
  const args = [...startFlags(ROOT), START, "--open", "--port", "0", "--data", folder, ...options];
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_ENV: "production" },
  });
  const exited = new Promise<void>((done) => child.once("exit", () => done()));
  for await (const line of createInterface(child.stdout)) {
    const [, port] = /^ready http:\/\/127\.0\.0\.1:(\d+)$/.exec(line) ?? [];
    if (port === undefined || child.pid === undefined) continue;
    child.stdout.resume();
    const end = async (): Promise<void> => {
      child.kill("SIGKILL");
      await exited;
      await rm(folder, { recursive: true, maxRetries: 3 });
    };
    return { port: Number(port), pid: child.pid, dataDir: folder, end };
  }
  throw new CellNotReady();
}

export class CellNotReady extends Error {
  readonly code = "cell_not_ready";
  constructor() {
    super("the cell ended before it said that it was ready");
    this.name = "CellNotReady";
  }
}

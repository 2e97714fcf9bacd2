import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { startFlags } from "../../scripts/build/start-flags.ts";
import { ProcessEnded } from "../measure/asked.ts";
import { type PinnedProcess, SUBJECT_CPU, spawnPinned } from "../measure/pinned-process.ts";
import { entryOf, ROOT } from "../subjects.ts";

/** What is started for a person who wants one server: the file, and its arguments. */
export type ServerCommand = readonly string[];

export interface Served {
  readonly process: PinnedProcess;
  readonly port: number;
}

/** A whole cell as `npm start` starts it, with its log, on a data folder of its own. */
export function cellCommand(dataDir: string, toolkit: "one-tool.js" | "500-tools.js"): ServerCommand {
  const toolkitFile = resolve(ROOT, "bench/echo", toolkit);
  const start = [...startFlags(ROOT), resolve(ROOT, "scripts/start.js")];
  return [...start, "--open", "--port", "0", "--data", dataDir, "--toolkit", toolkitFile];
}

export const PEER_COMMANDS: Readonly<Record<string, ServerCommand>> = {
  tmcp: [entryOf("tmcp-server")],
  "official SDK v2": [entryOf("official-sdk-server")],
  floor: [entryOf("floor-server")],
};

/** Resolves when the server says that it serves. */
export async function serve(command: ServerCommand): Promise<Served> {
  const process = spawnPinned(SUBJECT_CPU, command, { stdio: "stdout" });
  return { process, port: await readyPort(process.child) };
}

function readyPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let printed = "";
    child.once("exit", (code) => reject(new ProcessEnded(code)));
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      const [, port] = /^ready http:\/\/[^\s:]+:(\d+)$/m.exec(printed) ?? [];
      if (port !== undefined) resolve(Number(port));
    });
  });
}

/** A data folder that is gone afterwards. */
export async function withDataDir<T>(work: (dataDir: string) => Promise<T>): Promise<T> {
  const dataDir = mkdtempSync(join(tmpdir(), "skein-bench-"));
  try {
    return await work(dataDir);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

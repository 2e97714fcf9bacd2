import { spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { type Comparison, columnOf } from "../comparison.ts";
import type { Settings } from "../group.ts";
import { withDataDir } from "../http/served.ts";
import { residentMemoryMib } from "../measure/processor-time.ts";
import type { Measured } from "../measure/quiet.ts";
import { SERVERS, type ServerName, servePeople, startCrowd } from "./people-server.ts";

const PACE = { full: { connections: 10_000, settleMs: 15_000 }, quick: { connections: 500, settleMs: 1_000 } };
/** Files that a process has open besides its sockets, and some to spare. */
const OTHER_FILES = 500;
const THOUSAND = 1_000;

/** What a server holds in memory for people who are connected and say nothing. */
export async function idle({ quick, progress }: Settings): Promise<Comparison> {
  const { connections: wanted, settleMs } = quick ? PACE.quick : PACE.full;
  const connections = Math.min(wanted, filesMax() - OTHER_FILES);
  const column = async (name: ServerName) => {
    progress(`${connections} idle connections to ${name}`);
    const value = await mibAThousand(name, { connections, settleMs });
    const measured: Measured<number> = { value, noisy: false };
    return columnOf(name, [measured]);
  };
  const [ours, floor] = [await column(SERVERS[0]), await column(SERVERS[1])];
  return {
    what: `resident memory of a thousand idle connections, of ${connections}`,
    unit: "MiB",
    better: "less",
    goal: { atMost: 10 },
    columns: [ours, floor],
  };
}

/** From the first connection to the last: the server's code is loaded before, and what it has to do for each is done after. */
function mibAThousand(
  name: ServerName,
  { connections, settleMs }: { readonly connections: number; readonly settleMs: number },
): Promise<number> {
  return withDataDir(async (dataDir) => {
    const server = await servePeople(name, { dataDir, connections });
    const crowd = await startCrowd();
    const { port, tokens } = server;
    try {
      await crowd.ask({ ask: "connect", port, tokens, count: 1 });
      await sleep(settleMs);
      const beforeMib = residentMemoryMib(server.process.pid);
      await crowd.ask({ ask: "connect", port, tokens, count: connections - 1 });
      await sleep(settleMs);
      return ((residentMemoryMib(server.process.pid) - beforeMib) / (connections - 1)) * THOUSAND;
    } finally {
      await Promise.all([crowd.process.end(), server.process.end()]);
    }
  });
}

/** How many files a process may have open here. Node takes as many as it may by itself. */
function filesMax(): number {
  const told = spawnSync("sh", ["-c", "ulimit -Hn"], { encoding: "utf8" }).stdout.trim();
  return told === "unlimited" ? Number.MAX_SAFE_INTEGER : Number(told);
}

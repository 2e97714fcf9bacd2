import { setTimeout as sleep } from "node:timers/promises";
import type { Settings } from "../group.ts";
import { cellCommand, serve, withDataDir } from "../http/served.ts";
import { spreadOf } from "../measure/spread.ts";
import type { Row } from "../row.ts";
import { servePeople, startCrowd, tokenOf } from "./people-server.ts";

const PACE = { full: { connections: 200, rounds: 3 }, quick: { connections: 20, rounds: 1 } };
const ASKED_EVERY_MS = 50;
/** Longer than any goal: where it is not right by then it never will be. */
const WRONG_MS_MAX = 60_000;

/** How long another process of the folder tells of people as present whose process was killed. */
export async function presence({ quick, progress }: Settings): Promise<readonly Row[]> {
  const { connections, rounds } = quick ? PACE.quick : PACE.full;
  const lateMs: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    progress(`round ${round} of ${rounds}, ${connections} people whose process is killed`);
    lateMs.push(await lateAfterKillMs(connections));
  }
  const { median, min, max } = spreadOf(lateMs);
  const name = `presence right after kill -9 of the process that held ${connections} connections`;
  return [{ name, value: median / 1_000, range: [min / 1_000, max / 1_000], unit: "s", goal: { atMost: 10 } }];
}

function lateAfterKillMs(connections: number): Promise<number> {
  return withDataDir(async (dataDir) => {
    const holder = await servePeople("skein", { dataDir, connections });
    const other = await serve(cellCommand(dataDir, "one-tool.js"));
    const crowd = await startCrowd();
    try {
      const { port, tokens } = holder;
      await crowd.ask({ ask: "connect", port, tokens, count: connections });
      const credential = tokenOf(dataDir, "local", "owner");
      const present = await countPresent(other.port, credential);
      if (present !== connections) throw new TypeError(`of ${connections} people ${present} are present`);
      await holder.process.end();
      return await untilNobody(other.port, credential);
    } finally {
      await Promise.all([holder, other, crowd].map(({ process }) => process.end()));
    }
  });
}

async function untilNobody(port: number, credential: string): Promise<number> {
  const startedMs = performance.now();
  while ((await countPresent(port, credential)) > 0) {
    if (performance.now() - startedMs > WRONG_MS_MAX) throw new TypeError("people whose process is gone stay present");
    await sleep(ASKED_EVERY_MS);
  }
  return performance.now() - startedMs;
}

async function countPresent(port: number, credential: string): Promise<number> {
  const url = `http://127.0.0.1:${port}/api/people/presence`;
  const reply = await fetch(url, { headers: { authorization: `Bearer ${credential}` } });
  const told = await reply.text();
  if (!reply.ok) throw new TypeError(`${reply.status} ${told}`);
  const { members }: { readonly members: readonly { readonly connections: number }[] } = JSON.parse(told);
  return members.reduce((sum, member) => sum + member.connections, 0);
}

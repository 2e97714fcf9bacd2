import process from "node:process";
import { itemBytes } from "../layers/core/store/item-size.ts";
import { parseTenantId, type TenantId } from "../layers/core/tenant/tenant-id.ts";
import { storedUserSession } from "../layers/core/user-session/stored-user-session.ts";
import { startUserSession, visitorContent } from "../layers/core/user-session/user-session.ts";
import { newUserSessionId } from "../layers/core/user-session/user-session-id.ts";
import { systemChance } from "../layers/node/system-chance.ts";
import type { Group } from "./group.ts";
import { HttpConnection, type RawReply } from "./http/http-client.ts";
import { type Measured, quietly } from "./measure/quiet.ts";
import { inRounds, type Progress } from "./measure/rounds.ts";
import { percentile, spreadOf } from "./measure/spread.ts";
import { printed } from "./print.ts";
import type { Row } from "./row.ts";
import { type CellProcess, startCell } from "./sessions/cell-process.ts";
import { BROWSER, fillStore } from "./sessions/filled-store.ts";
import { type OfferedCall, openLoop, type TimesMs } from "./sessions/open-loop.ts";

const CALLS_PER_SECOND = 1_000;
/** One call in five writes. */
const WRITE_EVERY = 5;
const SESSIONS_IN_USE = 1_000;
const STORED_COUNTS = [1_000, 100_000] as const;
const PACE = {
  full: { rounds: 5, warmUpMs: 3_000, windowMs: 5_000, readsARound: 20_000 },
  quick: { rounds: 2, warmUpMs: 500, windowMs: 500, readsARound: 1_000 },
};
/** Two measurements of the same store differ by this much on a machine that others use too. */
const SAME_COST_RATIO_MAX = 1.2;

type Pace = (typeof PACE)["full" | "quick"];

export const sessions: Group = {
  about:
    "/api/sessions of a whole cell over loopback HTTP, offered at a fixed rate, and what a session costs its store",
  async measure({ quick, progress }) {
    const pace = quick ? PACE.quick : PACE.full;
    const underLoad = await rowsUnderLoad(pace, progress);
    return { comparisons: [], rows: [...underLoad, bytesRow(), ...(await rowsByStoredCount(pace, progress))] };
  },
};

async function rowsUnderLoad(pace: Pace, progress: Progress): Promise<readonly Row[]> {
  const cell = await startCell();
  try {
    const ids = await beginSessions(cell);
    const offer = (durationMs: number, call: (index: number) => OfferedCall): Promise<TimesMs> =>
      openLoop({ port: cell.port, perSecond: CALLS_PER_SECOND, durationMs, call, check });
    await offer(pace.warmUpMs, callOf(ids));
    const windows: Measured<TimesMs>[] = [];
    const floors: Measured<TimesMs>[] = [];
    for (let round = 1; round <= pace.rounds; round++) {
      progress(`round ${round} of ${pace.rounds}, ${CALLS_PER_SECOND} calls a second`);
      windows.push(await quietly([cell.pid], () => offer(pace.windowMs, callOf(ids))));
      floors.push(await quietly([cell.pid], () => offer(pace.windowMs, healthCall)));
    }
    return [
      timeRow(floors, "floor", 50),
      timeRow(floors, "floor", 99),
      timeRow(windows, "read", 50),
      { ...timeRow(windows, "read", 99), goal: { atMost: 1 } },
      timeRow(windows, "write", 50),
      { ...timeRow(windows, "write", 99), goal: { atMost: 10 } },
    ];
  } finally {
    await cell.end();
  }
}

/** The median over the windows of one percentile in each. */
function timeRow(windows: readonly Measured<TimesMs>[], kind: OfferedCall["kind"], percent: number): Row {
  const { median, min, max } = spreadOf(windows.map(({ value }) => percentile(value.get(kind) ?? [], percent)));
  return {
    name: `${kind === "floor" ? "/health/live, the floor," : `/api/sessions ${kind}`} p${percent} at ${CALLS_PER_SECOND}/s`,
    value: median,
    unit: "ms",
    range: [min, max],
    noisyRounds: windows.filter((window) => window.noisy).length,
  };
}

async function beginSessions({ port }: CellProcess): Promise<readonly string[]> {
  const connection = new HttpConnection(port);
  const ids: string[] = [];
  while (ids.length < SESSIONS_IN_USE) {
    const reply = await connection.send({ method: "GET", path: "/api/sessions", headers: {}, body: "" });
    if (reply.status !== 200) throw new WrongReply(reply);
    ids.push(JSON.parse(reply.body).sessionId);
  }
  connection.close();
  return ids;
}

/** Every write changes something, so none is coalesced. */
function callOf(ids: readonly string[]): (index: number) => OfferedCall {
  return (index) => {
    const path = `/api/sessions?sessionId=${ids[(index * 7) % ids.length]}`;
    if (index % WRITE_EVERY !== 0) return { kind: "read", request: { method: "GET", path, headers: {}, body: "" } };
    const body = JSON.stringify({ preferences: { refreshInterval: Math.floor(Math.random() * 1e9) } });
    const headers = { "content-type": "application/json" };
    return { kind: "write", request: { method: "PATCH", path, headers, body } };
  };
}

/** The same load on what asks no store: this is what the machine and the server cost whatever is called. */
function healthCall(): OfferedCall {
  return { kind: "floor", request: { method: "GET", path: "/health/live", headers: {}, body: "" } };
}

const EXPECTED = {
  read: '"timezone":"UTC"',
  write: '"message":"Session updated successfully"',
  floor: '"status":"ok"',
};

function check({ kind }: OfferedCall, reply: RawReply): void {
  const expected = EXPECTED[kind];
  if (reply.status !== 200 || !reply.body.includes(expected)) throw new WrongReply(reply);
}

function bytesRow(): Row {
  const id = newUserSessionId(systemChance());
  const session = startUserSession(id, { content: visitorContent(BROWSER), nowMs: Date.now() });
  const value = itemBytes(storedUserSession(localTenant(), session));
  return { name: "default session as stored", value, unit: "bytes", goal: { atMost: 1_024 } };
}

async function rowsByStoredCount(pace: Pace, progress: Progress): Promise<readonly Row[]> {
  progress(`storing ${STORED_COUNTS.join(" and ")} sessions`);
  const stores = await Promise.all(STORED_COUNTS.map((count) => fillStore(localTenant(), count)));
  const measured = await inRounds({
    subjects: stores,
    count: pace.rounds,
    nameOf: (store) => `reads among ${store.sessionCount} sessions`,
    measure: (store) => store.readCpuUs(pace.readsARound),
    pids: [],
    progress,
  });
  await Promise.all(stores.map((store) => store.close()));
  const [few = [], many = []] = stores.map((store) => measured.get(store) ?? []);
  const timesUs = (rounds: readonly Measured<number>[]) => spreadOf(rounds.map((round) => round.value));
  const noisyRounds = [...few, ...many].filter((round) => round.noisy).length;
  const row = (rounds: readonly Measured<number>[], count: number): Row => {
    const { median, min, max } = timesUs(rounds);
    return { name: `read in process among ${count} sessions`, value: median, unit: "µs CPU", range: [min, max] };
  };
  const [fewCount, manyCount] = STORED_COUNTS;
  const value = timesUs(many).median / timesUs(few).median;
  const ratio: Row = { name: `read among ${manyCount} sessions / among ${fewCount}`, value, unit: "×", noisyRounds };
  return [row(few, fewCount), row(many, manyCount), { ...ratio, goal: { atMost: SAME_COST_RATIO_MAX } }];
}

function localTenant(): TenantId {
  const parsed = parseTenantId("local");
  if (!parsed.ok) throw new TypeError(parsed.problem.reason);
  return parsed.value;
}

export class WrongReply extends Error {
  readonly code = "wrong_reply";
  constructor({ status, body }: RawReply) {
    super(`a reply of status ${status} that is not the right one: ${body.slice(0, 200)}`);
    this.name = "WrongReply";
  }
}

if (import.meta.main) {
  const progress = (doing: string) => process.stderr.write(`${doing}\n`);
  process.stdout.write(printed(sessions.about, await sessions.measure({ quick: false, progress })));
}

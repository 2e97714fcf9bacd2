import { type Comparison, columnOf } from "../comparison.ts";
import type { Settings } from "../group.ts";
import { withDataDir } from "../http/served.ts";
import { processCpuMs } from "../measure/processor-time.ts";
import type { Measured } from "../measure/quiet.ts";
import { inRounds } from "../measure/rounds.ts";
import { percentile } from "../measure/spread.ts";
import { type Crowd, type PeopleServer, SERVERS, type ServerName, servePeople, startCrowd } from "./people-server.ts";
import { type Audience, CONNECTIONS_A_MEMBER, type Heard } from "./questions.ts";

const CONNECTIONS = 1_000;
const PACE = {
  full: { rounds: 3, messages: 200, windowSeconds: 3 },
  quick: { rounds: 1, messages: 40, windowSeconds: 1 },
};
/** Messages that are on their way at once where as many as possible are. */
const AT_ONCE = 32;
/** Deliveries a second where it is measured how late they are. */
const OFFERED_PER_SECOND = 5_000;
/** Of the messages that go to the ten connections of one member: each reads these alone. */
const MEMBER_MESSAGES_PER_SECOND = 50;

interface Window {
  readonly perSecond: number;
  readonly perCpuSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What is measured: how many go through where there is always more to do, and how late they are at a fixed rate. */
interface Load {
  readonly name: string;
  readonly ask: (crowd: Crowd, pace: Pace) => Promise<Heard>;
}

type Pace = (typeof PACE)["full" | "quick"];

interface Subject {
  readonly name: ServerName;
  readonly load: Load;
}

const EVERYONE: Audience = { to: "everyone" };
const MEMBER: Audience = { to: "one member" };

const FULL: Load = {
  name: `1 to ${CONNECTIONS}, as many as go`,
  ask: (crowd, { messages }) => crowd.ask<Heard>({ ask: "publish all", messages, atOnce: AT_ONCE, ...EVERYONE }),
};
const OFFERED: Load = {
  name: `1 to ${CONNECTIONS}, ${OFFERED_PER_SECOND} deliveries a second`,
  ask: atRate(EVERYONE, OFFERED_PER_SECOND / CONNECTIONS),
};
const SINGLE: Load = {
  name: `1 to ${CONNECTIONS_A_MEMBER} of ${CONNECTIONS}, ${MEMBER_MESSAGES_PER_SECOND} messages a second`,
  ask: atRate(MEMBER, MEMBER_MESSAGES_PER_SECOND),
};
const LOADS = [FULL, OFFERED, SINGLE];

function atRate(audience: Audience, perSecond: number): Load["ask"] {
  return (crowd, { windowSeconds }) =>
    crowd.ask<Heard>({ ask: "publish at a rate", messages: perSecond * windowSeconds, perSecond, ...audience });
}

/** Messages published by clients, stored, and delivered to all who are connected to one process; beside `ws` that only sends. */
export async function fanOut(settings: Settings): Promise<readonly Comparison[]> {
  const measured = new Map<Subject, readonly Measured<Window>[]>();
  await withServers(settings, async (servers, crowds) => {
    const pace = settings.quick ? PACE.quick : PACE.full;
    const rounds = await inRounds<Subject, Window>({
      subjects: LOADS.flatMap((load) => SERVERS.map((name) => ({ name, load }))),
      count: pace.rounds,
      nameOf: ({ name, load }) => `${load.name}, ${name}`,
      measure: ({ name, load }) => windowOf(of(servers, name), of(crowds, name), { load, pace }),
      pids: [...servers.values(), ...crowds.values()].map(({ process }) => process.pid),
      progress: settings.progress,
    });
    for (const [subject, windows] of rounds) measured.set(subject, windows);
  });
  return comparisonsOf(measured);
}

function comparisonsOf(measured: ReadonlyMap<Subject, readonly Measured<Window>[]>): readonly Comparison[] {
  const compared = (
    load: Load,
    amountOf: (window: Window) => number,
    about: Omit<Comparison, "columns">,
  ): Comparison => {
    const column = (name: ServerName) => {
      const subject = [...measured.keys()].find((one) => one.name === name && one.load === load);
      const windows = (subject === undefined ? undefined : measured.get(subject)) ?? [];
      return columnOf(
        name,
        windows.map(({ value, noisy }) => ({ value: amountOf(value), noisy })),
      );
    };
    return { ...about, what: `${about.what}, ${load.name}`, columns: [column(SERVERS[0]), column(SERVERS[1])] };
  };
  const rate = { unit: "1/s", better: "more" } as const;
  const late = { unit: "ms", better: "less" } as const;
  return [
    compared(FULL, (of) => of.perCpuSecond, {
      what: "delivered in a second of one core",
      ...rate,
      goal: { atLeast: 20_000 },
    }),
    compared(FULL, (of) => of.perSecond, { what: "delivered a second, the machine as it was", ...rate }),
    compared(OFFERED, (of) => of.p50Ms, { what: "published to heard p50", ...late, goal: { atMost: 50 } }),
    compared(OFFERED, (of) => of.p99Ms, { what: "published to heard p99", ...late, goal: { atMost: 200 } }),
    compared(SINGLE, (of) => of.p50Ms, { what: "published to heard p50", ...late }),
    compared(SINGLE, (of) => of.p99Ms, { what: "published to heard p99", ...late }),
    compared(SINGLE, (of) => of.perCpuSecond, { what: "delivered in a second of one core", ...rate }),
  ];
}

async function windowOf(
  { process }: PeopleServer,
  crowd: Crowd,
  { load, pace }: { readonly load: Load; readonly pace: Pace },
): Promise<Window> {
  const beforeMs = processCpuMs(process.pid);
  const { seconds, deliveries, latenciesMs } = await load.ask(crowd, pace);
  const cpuSeconds = (processCpuMs(process.pid) - beforeMs) / 1_000;
  return {
    perSecond: deliveries / seconds,
    perCpuSecond: deliveries / cpuSeconds,
    p50Ms: percentile(latenciesMs, 50),
    p99Ms: percentile(latenciesMs, 99),
  };
}

/** Each server with its own clients, all connected, and each load carried once before it is measured. */
async function withServers(
  { quick, progress }: Settings,
  work: (servers: ReadonlyMap<ServerName, PeopleServer>, crowds: ReadonlyMap<ServerName, Crowd>) => Promise<void>,
): Promise<void> {
  await withDataDir(async (dataDir) => {
    const servers = new Map<ServerName, PeopleServer>();
    const crowds = new Map<ServerName, Crowd>();
    try {
      for (const name of SERVERS) {
        progress(`${CONNECTIONS} connections to ${name}`);
        const server = await servePeople(name, { dataDir, connections: CONNECTIONS });
        servers.set(name, server);
        const crowd = await startCrowd();
        crowds.set(name, crowd);
        const { port, tokens } = server;
        await crowd.ask({ ask: "connect", port, tokens, count: CONNECTIONS });
        for (const load of LOADS) await load.ask(crowd, quick ? PACE.quick : PACE.full);
      }
      await work(servers, crowds);
    } finally {
      await Promise.all([...servers.values(), ...crowds.values()].map(({ process }) => process.end()));
    }
  });
}

function of<Value>(values: ReadonlyMap<ServerName, Value>, name: ServerName): Value {
  const value = values.get(name);
  if (value === undefined) throw new TypeError(`${name} was not started`);
  return value;
}

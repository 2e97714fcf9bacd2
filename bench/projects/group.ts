import { setTimeout as sleep } from "node:timers/promises";
import type { Group, Measurements, Settings } from "../group.ts";
import { percentile } from "../measure/spread.ts";
import type { Row } from "../row.ts";
import { startCell } from "../sessions/cell-process.ts";
import { type Crowd, peopledCell, type Told } from "./crowd.ts";

const PACE = {
  full: { tenants: 100, startsEach: 10, idleStarts: 50, passed: 500 },
  quick: { tenants: 10, startsEach: 3, idleStarts: 5, passed: 20 },
};
/** How often the quiet tenant asks, all through the storm. */
const QUIET_PAUSE_MS = 25;
/** A tenant of this plan may make a hundred calls a second. */
const RATE_PAUSE_MS = 12;
const LISTEN_TRIES_MAX = 200;

export const projects: Group = {
  about: "projects of a whole cell: a thousand starts at once, a quiet tenant meanwhile, and the way to a project",
  measure,
};

async function measure({ quick, progress }: Settings): Promise<Measurements> {
  const pace = quick ? PACE.quick : PACE.full;
  const cell = await startCell(["--projects"]);
  try {
    progress(`making ${pace.tenants} tenants`);
    const crowd = await peopledCell(cell, pace.tenants + 1);
    const idle = await idleRows(crowd, pace.idleStarts);
    progress(`${pace.tenants * pace.startsEach} starts at once`);
    const storm = await stormRows(crowd, pace);
    progress("asking a project");
    const passed = await passedRows(crowd, pace.passed);
    crowd.close();
    return { comparisons: [], rows: [...idle, ...storm, ...passed] };
  } finally {
    await cell.end();
  }
}

/** The last of the tenants is the quiet one. */
const quietToken = ({ tokens }: Crowd): string => tokens.at(-1) ?? "";

async function idleRows(crowd: Crowd, count: number): Promise<readonly Row[]> {
  const times: number[] = [];
  const token = quietToken(crowd);
  for (let start = 0; start < count; start++) {
    const told = await crowd.call(token, "host.start", { projectId: "idle", command: "true" });
    if (told.status !== 200) throw new TypeError(JSON.stringify(told.json));
    times.push(told.ms);
    await crowd.call(token, "host.stop", { projectId: "idle", force: true });
  }
  return [{ name: "host.start on an idle cell, p50", value: percentile(sorted(times), 50), unit: "ms" }];
}

async function stormRows(crowd: Crowd, { tenants, startsEach }: (typeof PACE)["full"]): Promise<readonly Row[]> {
  const quietTimes: number[] = [];
  let isOver = false;
  const quiet = (async () => {
    while (!isOver) {
      const told = await crowd.call(quietToken(crowd), "host.status", { projectId: "idle" });
      if (told.status !== 200) throw new TypeError(JSON.stringify(told.json));
      quietTimes.push(told.ms);
      await sleep(QUIET_PAUSE_MS);
    }
  })();
  const startedMs = performance.now();
  const starts = Array.from({ length: tenants * startsEach }, (_, index) =>
    crowd.call(crowd.tokens[index % tenants] ?? "", "host.start", {
      projectId: `load-test-${index}`,
      command: 'echo "test"',
    }),
  );
  const told = await Promise.all(starts);
  const tookMs = performance.now() - startedMs;
  isOver = true;
  await quiet;
  const name = `${starts.length} starts at once over ${tenants} tenants`;
  return [
    {
      name: `${name}: done or refused by a quota`,
      value: told.filter(isDoneOrQuota).length,
      unit: "",
      goal: { atLeast: starts.length },
    },
    {
      name: `${name}: started`,
      value: told.filter(({ status }) => status === 200).length,
      unit: "",
      goal: { atLeast: 0.95 * starts.length },
    },
    { name: `${name}: until the last is answered`, value: tookMs / 1_000, unit: "s" },
    {
      name: `${name}: p50 of one`,
      value: percentile(sorted(told.map(({ ms }) => ms)), 50) / 1_000,
      unit: "s",
    },
    { name: "host.status of a quiet tenant meanwhile, p50", value: percentile(sorted(quietTimes), 50), unit: "ms" },
    {
      name: "host.status of a quiet tenant meanwhile, p99",
      value: percentile(sorted(quietTimes), 99),
      unit: "ms",
      goal: { atMost: 1_000 },
    },
  ];
}

const sorted = (times: readonly number[]): readonly number[] => times.toSorted((left, right) => left - right);

function isDoneOrQuota({ status, json }: Told): boolean {
  return status === 200 || json.error?.code === "QUOTA_EXCEEDED";
}

const SERVER = "require('http').createServer((q, s) => s.end('hello')).listen(process.env.PORT)";

async function passedRows(crowd: Crowd, count: number): Promise<readonly Row[]> {
  const token = quietToken(crowd);
  const started = await crowd.call(token, "host.start", { projectId: "web", command: `node -e "${SERVER}"` });
  if (started.status !== 200) throw new TypeError(JSON.stringify(started.json));
  try {
    const times = sorted(await passedTimes(crowd, count));
    return [
      { name: "GET /p/<project>/ of a small page, p50", value: percentile(times, 50), unit: "ms" },
      { name: "GET /p/<project>/ of a small page, p99", value: percentile(times, 99), unit: "ms" },
    ];
  } finally {
    await crowd.call(token, "host.stop", { projectId: "web", force: true });
  }
}

async function passedTimes(crowd: Crowd, count: number): Promise<readonly number[]> {
  const get = () => crowd.get(quietToken(crowd), "/p/web/");
  await listening(get);
  const times: number[] = [];
  for (let call = 0; call < count; call++) {
    times.push(await get());
    await sleep(RATE_PAUSE_MS);
  }
  return times;
}

async function listening(get: () => Promise<number>): Promise<void> {
  for (let attempt = 1; attempt <= LISTEN_TRIES_MAX; attempt++) {
    const answered = await get().then(
      () => true,
      () => false,
    );
    if (answered) return;
    await sleep(QUIET_PAUSE_MS);
  }
}

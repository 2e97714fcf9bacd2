import type { Settings } from "../group.ts";
import { type Measured, quietly } from "../measure/quiet.ts";
import { percentile, spreadOf } from "../measure/spread.ts";
import type { Row } from "../row.ts";
import { type JobSubject, withJobProcesses } from "./job-process.ts";
import type { Waits } from "./questions.ts";

const PACE = {
  full: { rounds: 3, idleJobs: 200, singles: 10, waiting: 10_000 },
  quick: { rounds: 1, idleJobs: 50, singles: 3, waiting: 2_000 },
};
/** Long enough for each to find nothing to do. */
const IDLE_MS = 10;

const WORKER: JobSubject = { entry: "jobs-skein", told: "works" };
const SUBMITTER: JobSubject = { entry: "jobs-skein", told: "submits", core: "load" };

type Pace = (typeof PACE)["full" | "quick"];

/** From the call that submits a job to the start of its handler. */
export async function waits({ quick, progress }: Settings): Promise<readonly Row[]> {
  const pace = quick ? PACE.quick : PACE.full;
  const [own, others, crowded]: [Measured<number>[], Measured<number>[], Measured<number>[]] = [[], [], []];
  for (let round = 1; round <= pace.rounds; round++) {
    progress(`round ${round} of ${pace.rounds}, an idle queue`);
    own.push(await quietly([], () => idleP99Ms([WORKER], pace)));
    others.push(await quietly([], () => idleP99Ms([WORKER, SUBMITTER], pace)));
    progress(`round ${round} of ${pace.rounds}, a crowd`);
    crowded.push(await quietly([], () => crowdedMs(pace)));
  }
  return [
    waitRow("submit to start when idle, p99, in one process", own, 50),
    waitRow("submit to start when idle, p99, from another process", others, 50),
    waitRow(`submit to start beside ${pace.waiting} waiting jobs of another tenant, the slowest`, crowded, 250),
  ];
}

function waitRow(name: string, rounds: readonly Measured<number>[], atMost: number): Row {
  const { median, min, max } = spreadOf(rounds.map(({ value }) => value));
  const noisyRounds = rounds.filter(({ noisy }) => noisy).length;
  return { name, value: median, unit: "ms", range: [min, max], noisyRounds, goal: { atMost } };
}

/** The last of the processes submits. */
function idleP99Ms(subjects: readonly JobSubject[], { idleJobs }: Pace): Promise<number> {
  return withJobProcesses(subjects, async (processes) => {
    const submitter = processes.at(-1);
    await submitter?.ask({ ask: "submit now and then", jobs: 20, pauseMs: IDLE_MS });
    await processes[0]?.ask({ ask: "waited" });
    await submitter?.ask({ ask: "submit now and then", jobs: idleJobs, pauseMs: IDLE_MS });
    const waited = await processes[0]?.ask<Waits>({ ask: "waited" });
    return percentile(sorted(waited), 99);
  });
}

function crowdedMs({ waiting, singles }: Pace): Promise<number> {
  return withJobProcesses([{ entry: "jobs-skein", told: "submits" }], async ([process]) => {
    return percentile(sorted(await process?.ask<Waits>({ ask: "crowd", waiting, singles })), 100);
  });
}

function sorted(waits: Waits | undefined): readonly number[] {
  return (waits?.ms ?? []).toSorted((left, right) => left - right);
}

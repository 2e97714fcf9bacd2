import { type Comparison, columnOf } from "../comparison.ts";
import type { Settings } from "../group.ts";
import { processCpuMs } from "../measure/processor-time.ts";
import type { Measured } from "../measure/quiet.ts";
import { inRounds } from "../measure/rounds.ts";
import { type JobSubject, withJobProcesses } from "./job-process.ts";
import type { WorkedOff } from "./questions.ts";

const PACE = { full: { rounds: 3, shareOfJobs: 1 }, quick: { rounds: 1, shareOfJobs: 0.05 } };
/** Of what is counted, done before it, so that nobody is measured while their code is compiled. */
const WARM_UP_SHARE = 0.2;

type Name = keyof typeof SUBJECTS;

/** Ours first; each does as many jobs as take it some seconds. */
const SUBJECTS = {
  skein: { entry: "jobs-skein", told: "works", jobs: 10_000 },
  "plainjob, each commit on the disk": { entry: "jobs-plainjob", told: "FULL", jobs: 1_000 },
  "plainjob as it comes": { entry: "jobs-plainjob", told: "NORMAL", jobs: 10_000 },
  "bare SQLite, a commit for each step": { entry: "jobs-floor", told: "1", jobs: 1_000 },
  "bare SQLite, a commit for 100": { entry: "jobs-floor", told: "100", jobs: 50_000 },
} as const satisfies Record<string, JobSubject & { readonly jobs: number }>;

interface Worked {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

/** Jobs submitted, claimed and ended, each on the disk, by one process on one core; and what of the core they take. */
export async function throughput({ quick, progress }: Settings): Promise<readonly Comparison[]> {
  const { rounds: count, shareOfJobs } = quick ? PACE.quick : PACE.full;
  const measured = await inRounds<Name, Worked>({
    subjects: Object.keys(SUBJECTS) as Name[],
    count,
    nameOf: (name) => `jobs through ${name}`,
    measure: (name) => worked(SUBJECTS[name], SUBJECTS[name].jobs * shareOfJobs),
    pids: [],
    progress,
  });
  const columns = (amountOf: (of: Worked) => number): Comparison["columns"] => {
    const column = (name: Name) => {
      const rounds = measured.get(name) ?? [];
      const values = rounds.map(({ value, noisy }): Measured<number> => ({ value: amountOf(value), noisy }));
      return columnOf(name, values);
    };
    return [
      column("skein"),
      column("plainjob, each commit on the disk"),
      column("plainjob as it comes"),
      column("bare SQLite, a commit for each step"),
      column("bare SQLite, a commit for 100"),
    ];
  };
  const what = "jobs submitted, claimed and ended on one core";
  return [
    { what, unit: "a second", better: "more", goal: { atLeast: 3_000 }, columns: columns((of) => of.perSecond) },
    { what: "CPU of a job", unit: "µs", better: "less", goal: { atMost: 333 }, columns: columns((of) => of.cpuMicros) },
  ];
}

function worked(subject: JobSubject, jobs: number): Promise<Worked> {
  return withJobProcesses([subject], async ([process]) => {
    if (process === undefined) throw new TypeError("one process was asked for");
    await process.ask({ ask: "work off", jobs: Math.ceil(jobs * WARM_UP_SHARE) });
    const before = processCpuMs(process.pid);
    const { seconds } = await process.ask<WorkedOff>({ ask: "work off", jobs });
    return { perSecond: jobs / seconds, cpuMicros: (1_000 * (processCpuMs(process.pid) - before)) / jobs };
  });
}

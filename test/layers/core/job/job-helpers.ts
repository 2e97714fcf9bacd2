import type { Job } from "../../../../layers/core/job/job.ts";
import { failed, type JobHandler, type JobRun, succeeded } from "../../../../layers/core/job/job-run.ts";
import type { JobWorker } from "../../../../layers/core/job/job-worker.ts";
import { Jobs } from "../../../../layers/core/job/jobs.ts";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import type { Result } from "../../../../layers/core/result.ts";
import { acme, anOrder, type JobBench } from "../../../fixtures/job-bench.ts";
import { elapse } from "../../../fixtures/virtual-time.ts";

export function value<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new TypeError(`refused: ${JSON.stringify(result.problem)}`);
  return result.value;
}

export const submitted = async (bench: JobBench, given: Parameters<typeof anOrder>[0] = {}): Promise<Job> =>
  value(await bench.jobs.submit(acme, anOrder(given))).job;

export const jobOf = (bench: JobBench, { jobId }: Pick<Job, "jobId">): Promise<Job | undefined> =>
  bench.jobs.get(acme, jobId);

/** Submits a job of a handler and lets it run once. */
export async function ran(bench: JobBench, handler: JobHandler): Promise<Job> {
  const submittedJob = await submitted(bench);
  await bench.takeNext(bench.worker({ echo: handler }));
  const job = await jobOf(bench, submittedJob);
  if (job === undefined) throw new TypeError("the job is gone");
  return job;
}

/** The oldest message, left where it is. */
export const firstMessage = (bench: JobBench) => ({ tenantId: acme, body: bench.sent[0]?.body ?? "", attempt: 1 });

export const ENDLESS = { deadlineEpochMs: Number.MAX_SAFE_INTEGER };

export const doomed: JobHandler = async () => failed({ code: "doomed", message: "Never works." }, { isFinal: true });

export const asking: JobHandler = async ({ ask }) => ask({ name: "Who?", age: "How old?" });

/** Until it is told to stop, as most handlers do. */
export const obedient: JobHandler = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

/** A handler that tells when it was begun and what it was given, and goes on when it is let. */
export function heldHandler() {
  const runs: JobRun[] = [];
  const letGo: (() => void)[] = [];
  const handler: JobHandler = async (run) => {
    runs.push(run);
    await new Promise<void>((resolve) => letGo.push(resolve));
    return succeeded(`of term ${run.job.term}`);
  };
  return { runs, letGo: (index: number) => letGo[index]?.(), handler };
}

/** A way to the table that can be cut. */
export function cutOff() {
  const state = { isCut: false, answersLost: 0, wrap };
  async function through<T>(work: () => Promise<T>): Promise<T> {
    if (state.isCut) throw new StoreFault("table", "answer", { cause: "cut" });
    const answer = await work();
    if (state.answersLost === 0) return answer;
    state.answersLost--;
    throw new StoreFault("table", "answer", { cause: "lost" });
  }
  function wrap(table: Table): Table {
    return {
      ...table,
      get: (...of) => through(() => table.get(...of)),
      put: (...of) => through(() => table.put(...of)),
      update: (...of) => through(() => table.update(...of)),
      delete: (...of) => through(() => table.delete(...of)),
    };
  }
  return state;
}

/** A worker that dies with its first claim: nothing in it goes on, not even its clock. */
export function dyingWorker(bench: JobBench): JobWorker {
  const never = () => new Promise<never>(() => {});
  return bench.workerOn({ clock: { nowMs: () => bench.clock.nowMs(), sleep: never } }, { echo: never });
}

/** Submits with jobs whose table answers no more after the nth write. */
export async function diesAtWrite(bench: JobBench, nth: number, work: (jobs: Jobs) => Promise<unknown>): Promise<void> {
  let writes = 0;
  const write = <T>(call: () => Promise<T>): Promise<T> => {
    writes++;
    return writes > nth ? new Promise<T>(() => {}) : call();
  };
  const { table } = bench.deps;
  const dying = new Jobs({
    ...bench.deps,
    table: {
      ...table,
      put: (...of) => write(() => table.put(...of)),
      update: (...of) => write(() => table.update(...of)),
      delete: (...of) => write(() => table.delete(...of)),
    },
  });
  void work(dying);
  await elapse(bench.clock, 10);
}

/** Sweeps each minute, and tells at which minutes messages were sent. */
export async function minutesOfSends(bench: JobBench, minutes: number): Promise<readonly number[]> {
  const sends: number[] = [];
  for (let minute = 1; minute <= minutes; minute++) {
    bench.clock.advance(60_000);
    const { sent } = await bench.sweep();
    if (sent > 0) sends.push(minute);
  }
  return sends;
}

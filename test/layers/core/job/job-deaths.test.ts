import { expect, test } from "vitest";
import type { Job } from "../../../../layers/core/job/job.ts";
import { isEnd } from "../../../../layers/core/job/job.ts";
import type { JobDeps } from "../../../../layers/core/job/job-parts.ts";
import { failed, type JobHandler, succeeded } from "../../../../layers/core/job/job-run.ts";
import { JobSweep } from "../../../../layers/core/job/job-sweep.ts";
import { Jobs } from "../../../../layers/core/job/jobs.ts";
import { JOB_LEASE_MS } from "../../../../layers/core/job/limits.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { CALL_DURATION_MS_MAX } from "../../../../layers/core/quota/limits.ts";
import { Quotas } from "../../../../layers/core/quota/quotas.ts";
import { acme, anOrder, type JobBench, jobBench } from "../../../fixtures/job-bench.ts";
import { elapse } from "../../../fixtures/virtual-time.ts";
import { type JobHistory, jobHistory } from "./job-history.ts";

/** Asks, then fails for good, and succeeds when it is driven again. */
const eventful: JobHandler = async ({ job, ask }) => {
  if (job.answers.name === undefined) return ask({ name: "Who?" });
  return job.drive === 1 ? failed({ code: "no", message: "No." }, { isFinal: true }) : succeeded(job.answers.name);
};

/** A client who goes on until its job has come to where it wants it, whatever it was told before. */
type Client = (jobs: Jobs) => Promise<Job | undefined>;

async function submitted(jobs: Jobs): Promise<Job | undefined> {
  const answer = await jobs.submit(acme, anOrder({ idempotencyKey: "k" }));
  return answer.ok ? answer.value.job : undefined;
}

const persistent: Client = async (jobs) => {
  const job = await submitted(jobs);
  if (job?.state === "waiting") await jobs.answer(acme, job.jobId, { name: "Ann" });
  if (job?.state === "failed") await jobs.redrive(acme, job.jobId);
  return job;
};

const cancelling: Client = async (jobs) => {
  const job = await submitted(jobs);
  if (job !== undefined && !isEnd(job.state)) await jobs.cancel(acme, job.jobId);
  return job;
};

/** Where the nth operation is the last, and whether it takes effect. */
interface Death {
  readonly atOperation: number;
  readonly takesEffect: boolean;
}

function dying(bench: JobBench, { atOperation, takesEffect }: Death): { readonly deps: JobDeps; operations: number } {
  const state = { operations: 0 };
  const through = async <T>(work: () => Promise<T>): Promise<T> => {
    state.operations++;
    if (state.operations < atOperation) return work();
    if (state.operations === atOperation && takesEffect) await work();
    return new Promise<never>(() => {});
  };
  const dyingTable = (table: Table): Table => ({
    get: (...of) => through(() => table.get(...of)),
    put: (...of) => through(() => table.put(...of)),
    update: (...of) => through(() => table.update(...of)),
    delete: (...of) => through(() => table.delete(...of)),
    query: (range) => through(() => table.query(range)),
  });
  const { high, normal } = bench.deps.queues;
  const quotas = new Quotas({ table: dyingTable(bench.control), clock: bench.clock });
  const queues = {
    high: { send: (...of: Parameters<typeof high.send>) => through(() => high.send(...of)) },
    normal: { send: (...of: Parameters<typeof normal.send>) => through(() => normal.send(...of)) },
  };
  const deps = { ...bench.deps, table: dyingTable(bench.deps.table), quotas, queues };
  return Object.assign(state, { deps });
}

/** One process does everything, one thing after the other. */
async function liveOn(bench: JobBench, deps: JobDeps, client: Client, rounds: number): Promise<Job | undefined> {
  const jobs = new Jobs(deps);
  const worker = bench.workerOn(deps, { echo: eventful });
  const sweep = new JobSweep(deps);
  let job: Job | undefined;
  for (let round = 1; round <= rounds; round++) {
    job = await client(jobs);
    while (bench.sent.some(({ visibleAtMs }) => visibleAtMs <= bench.clock.nowMs())) await bench.takeNext(worker);
    await sweep.run({ untilEpochMs: Number.POSITIVE_INFINITY });
    bench.clock.advance(JOB_LEASE_MS + 1);
  }
  return job;
}

async function livedThrough(client: Client, death: Death) {
  let history: JobHistory | undefined;
  const wrap = (table: Table): Table => {
    history = jobHistory(table, { jobsInFlight: 3 });
    return history.table;
  };
  const bench = jobBench({ wrap });
  const mortal = dying(bench, death);
  void liveOn(bench, mortal.deps, client, 5);
  for (let turn = 1; turn <= 20; turn++) await elapse(bench.clock, 1);
  const isSurvived = mortal.operations < death.atOperation;
  const job = await liveOn(bench, bench.deps, client, 45);
  const counters = { jobsInFlight: (of: typeof acme) => bench.jobs.openJobs(of) };
  for (let count = 1; count <= 3; count++) {
    await bench.deps.quotas.reconcile(acme, counters);
    bench.clock.advance(CALL_DURATION_MS_MAX);
  }
  return { job, history, isSurvived, used: await bench.quotaUsed(acme), reports: bench.reports };
}

test.each([
  ["is submitted, asks, is answered, fails, is driven again and succeeds", persistent, "succeeded"],
  ["is submitted and cancelled", cancelling, "cancelled"],
] as const)(
  "a job that %s does so, at whatever operation on a store the process dies that was at it",
  async (_, client, state) => {
    let deaths = 0;
    for (const takesEffect of [true, false]) {
      for (let atOperation = 1; atOperation <= 200; atOperation++) {
        const { job, history, isSurvived, used, reports } = await livedThrough(client, { atOperation, takesEffect });
        const at = `${atOperation} ${takesEffect}`;
        expect([at, job?.state, history?.violations, history?.openEntries(), used, reports]).toEqual([
          at,
          state,
          [],
          0,
          0,
          [],
        ]);
        expect([at, history?.endings.get(job?.jobId ?? "")]).toEqual([at, state === "cancelled" ? 1 : 2]);
        if (isSurvived) break;
        deaths++;
      }
    }
    expect(deaths).toBeGreaterThan(80);
  },
);

/** The jobs of a cell on a data folder: submitted, queued, claimed and ended by the parts that `npm start` has. */
import { join } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import type { JobDeps } from "../../layers/core/job/job-parts.ts";
import { type JobHandler, succeeded } from "../../layers/core/job/job-run.ts";
import { JobWorker } from "../../layers/core/job/job-worker.ts";
import { Jobs } from "../../layers/core/job/jobs.ts";
import { Quotas } from "../../layers/core/quota/quotas.ts";
import { TENANT_LIMITS } from "../../layers/core/quota/tenant-limits.ts";
import type { TenantId } from "../../layers/core/tenant/tenant-id.ts";
import { fileBlob } from "../../layers/local/file-blob.ts";
import { JOB_RECEIVES_MAX, JOBS_AT_ONCE_MAX } from "../../layers/local/limits.ts";
import { openLocalWorker } from "../../layers/local/local-worker.ts";
import { sqliteQueue } from "../../layers/local/sqlite-queue.ts";
import { sqliteTable } from "../../layers/local/sqlite-table.ts";
import { systemChance } from "../../layers/node/system-chance.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { answering, NotAsked } from "../measure/answering.ts";
import { soleTenant } from "../sole-tenant.ts";
import type { JobQuestion, Waits, WorkedOff } from "./questions.ts";
import { tenantNamed } from "./tenant-named.ts";

const [, , dataDir = "", role = ""] = process.argv;
const [clock, chance] = [systemClock(), systemChance()];
/** As many callers as a busy cell has at once. */
const SUBMITTERS = 256;
/** How long a job of the crowd takes. */
const CROWD_WORK_MS = 20;

const tenants = Array.from({ length: 10 }, (_, index) => tenantNamed(`tenant-${index}`));
const [loud, quiet] = [tenantNamed("loud"), tenantNamed("quiet")];
const report = (fault: unknown): never => {
  throw fault;
};

const table = await sqliteTable({ file: join(dataDir, "state.sqlite"), clock });
const queue = await sqliteQueue({
  file: join(dataDir, "jobs.sqlite"),
  clock,
  chance,
  receivesMax: JOB_RECEIVES_MAX,
  committed: "to system",
});
const limits = { ...TENANT_LIMITS, jobsInFlight: 1_000_000 };
const deps: JobDeps = {
  table,
  blob: fileBlob({ folder: join(dataDir, "blobs"), clock, chance }),
  queues: { high: queue, normal: queue },
  quotas: new Quotas({ table, clock }),
  policies: {
    policyOf: async (tenantId) => ({ ...soleTenant(tenantId, "bench").policy, limits }),
  },
  clock,
  chance,
  region: "bench",
  report,
};
const jobs = new Jobs(deps);

const waitedMs: number[] = [];
let endedCount = 0;
let ended: () => void = () => {};

/** The same moment in all processes of the machine. */
const nowMs = (): number => performance.timeOrigin + performance.now();

const work: JobHandler = async ({ job, input }) => {
  if (job.tenantId !== loud) waitedMs.push(nowMs() - Number(input));
  else await pause(CROWD_WORK_MS);
  return succeeded(input);
};

const worker = new JobWorker({ ...deps, handlers: new Map([["work", work]]) });
const take: JobWorker["take"] = async (message, bounds) => {
  const taking = await worker.take(message, bounds);
  endedCount++;
  ended();
  return taking;
};
const startWork = () => openLocalWorker({ queue, take, atOnceMax: JOBS_AT_ONCE_MAX.normal, clock, report });

async function submit(tenantId: TenantId): Promise<void> {
  const submitter = soleTenant(tenantId, "bench").principal;
  const submitted = await jobs.submit(tenantId, { kind: "work", title: "Work", input: nowMs(), submitter });
  if (!submitted.ok) throw new TypeError(submitted.problem.reason);
}

async function submitMany(count: number, tenantAt: (index: number) => TenantId): Promise<void> {
  let next = 0;
  const submitter = async (): Promise<void> => {
    while (next < count) await submit(tenantAt(next++));
  };
  await Promise.all(Array.from({ length: SUBMITTERS }, submitter));
}

function untilEnded(count: number): Promise<void> {
  return new Promise((resolve) => {
    ended = () => {
      if (endedCount >= count) resolve();
    };
    ended();
  });
}

async function workOff(count: number): Promise<WorkedOff> {
  const [startedMs, untilCount] = [performance.now(), endedCount + count];
  await submitMany(count, (index) => tenants[index % tenants.length] ?? quiet);
  await untilEnded(untilCount);
  return { seconds: (performance.now() - startedMs) / 1_000 };
}

async function submitNowAndThen(count: number, pauseMs: number): Promise<object> {
  for (let index = 0; index < count; index++) {
    await submit(quiet);
    await pause(pauseMs);
  }
  return {};
}

async function crowd(waiting: number, singles: number): Promise<Waits> {
  await submitMany(waiting, () => loud);
  startWork();
  await untilEnded(endedCount + JOBS_AT_ONCE_MAX.normal);
  waitedMs.length = 0;
  for (let single = 1; single <= singles; single++) {
    await submit(quiet);
    while (waitedMs.length < single) await pause(1);
    if (endedCount >= waiting) throw new TypeError("the crowd was gone too soon");
  }
  return { ms: waitedMs };
}

answering(async (question: JobQuestion) => {
  switch (question.ask) {
    case "work off":
      return workOff(question.jobs);
    case "submit now and then":
      return submitNowAndThen(question.jobs, question.pauseMs);
    case "waited":
      return { ms: waitedMs.splice(0) };
    case "crowd":
      return crowd(question.waiting, question.singles);
    default:
      throw new NotAsked(question satisfies never);
  }
});
if (role === "works") startWork();

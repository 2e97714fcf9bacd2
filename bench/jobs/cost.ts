import { join } from "node:path";
import type { JobDeps } from "../../layers/core/job/job-parts.ts";
import { succeeded } from "../../layers/core/job/job-run.ts";
import { JobWorker } from "../../layers/core/job/job-worker.ts";
import { Jobs } from "../../layers/core/job/jobs.ts";
import { Quotas } from "../../layers/core/quota/quotas.ts";
import { ok } from "../../layers/core/result.ts";
import { fileBlob } from "../../layers/local/file-blob.ts";
import { sqliteTable } from "../../layers/local/sqlite-table.ts";
import { systemChance } from "../../layers/node/system-chance.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import type { Settings } from "../group.ts";
import { withDataDir } from "../http/served.ts";
import { meteredBlob, meteredTable, StoreMeter, type StoreUse } from "../io/metered-stores.ts";
import { storePrice } from "../io.ts";
import { PRICE_PER_MILLION } from "../prices.ts";
import type { Row } from "../row.ts";
import { soleTenant } from "../sole-tenant.ts";
import { tenantNamed } from "./tenant-named.ts";

const JOBS = { full: 200, quick: 20 };
/** A sender's request, and those of Lambda, which receives and deletes: the function takes one message at a time. */
const QUEUE_REQUESTS = 3;

const JOB_MS_MAX = 60_000;

/** What a job asks of the stores that is submitted, and succeeds in its first run with a result that its item holds. */
export function cost({ quick, progress }: Settings): Promise<readonly Row[]> {
  progress("counting what a job asks of the stores");
  return withDataDir(async (dataDir) => {
    const count = quick ? JOBS.quick : JOBS.full;
    const total = await useOf(dataDir, count);
    const use = (name: keyof StoreUse): number => total[name] / count;
    const requests = QUEUE_REQUESTS * PRICE_PER_MILLION.queueRequest + PRICE_PER_MILLION.lambdaRequest;
    const price = (regions: number): number => storePrice(total, regions) / count + requests;
    return [
      { name: "a job: table reads", value: use("tableReads"), unit: "a job" },
      { name: "a job: table writes", value: use("tableWrites"), unit: "a job" },
      { name: "a job: queue requests", value: QUEUE_REQUESTS, unit: "a job" },
      { name: "a job: stores, queue and Lambda's requests, one region", value: price(1), unit: "$ a million" },
      { name: "a job: stores, queue and Lambda's requests, two regions", value: price(2), unit: "$ a million" },
    ];
  });
}

async function useOf(dataDir: string, count: number): Promise<StoreUse> {
  const [clock, chance, meter] = [systemClock(), systemChance(), new StoreMeter()];
  const stored = await sqliteTable({ file: join(dataDir, "state.sqlite"), clock });
  const table = meteredTable(stored, meter);
  const sent: string[] = [];
  const send: JobDeps["queues"]["normal"]["send"] = async (_tenantId, { body }) => ok({ id: String(sent.push(body)) });
  const tenantId = tenantNamed("acme");
  const { policy, principal } = soleTenant(tenantId, "bench");
  const deps: JobDeps = {
    table,
    blob: meteredBlob(fileBlob({ folder: join(dataDir, "blobs"), clock, chance }), meter),
    queues: { high: { send }, normal: { send } },
    quotas: new Quotas({ table, clock }),
    policies: { policyOf: async () => policy },
    clock,
    chance,
    region: "bench",
    report(fault) {
      throw fault;
    },
  };
  const jobs = new Jobs(deps);
  const worker = new JobWorker({ ...deps, handlers: new Map([["work", async ({ input }) => succeeded(input)]]) });
  const once = async (index: number): Promise<void> => {
    await jobs.submit(tenantId, { kind: "work", title: "Work", input: { index }, submitter: principal });
    const message = { tenantId, body: sent.pop() ?? "", attempt: 1 };
    const taking = await worker.take(message, { deadlineEpochMs: clock.nowMs() + JOB_MS_MAX });
    if (taking.message !== "complete" || taking.job?.state !== "succeeded")
      throw new TypeError("a job did not succeed");
  };
  await once(0); // marks the tenant, which later ones find marked
  meter.reset();
  for (let index = 1; index <= count; index++) await once(index);
  await stored.close();
  return meter.reset();
}

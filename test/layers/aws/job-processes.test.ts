import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { parseJobId } from "../../../layers/core/job/job-id.ts";
import { Jobs } from "../../../layers/core/job/jobs.ts";
import { JOB_RECEIVES_MAX } from "../../../layers/local/limits.ts";
import { systemChance } from "../../../layers/node/system-chance.ts";
import { fastClock } from "../../fixtures/fast-clock.ts";
import { localJobCloud, openJobCloud } from "../../fixtures/job-cloud.ts";
import { JobProcess } from "../../fixtures/job-fleet.ts";
import { effectKey } from "../../fixtures/job-trail.ts";
import { seededChance } from "../../fixtures/seeded-chance.ts";
import { tenant } from "../../fixtures/tenants.ts";

const acme = tenant("acme");
const ORDERS = 200;
/** A lease of 30 s lasts five, and the sweeper comes every ten. */
const TIMES = 6;
const POLL_MS = 20;
/** The emulators are one process, and this one. */
const SUBMITTED_AT_ONCE = 8;
const SUBMITTED_WITHIN_MS = 10_000;

async function cloud() {
  const place = await localJobCloud(JOB_RECEIVES_MAX);
  onTestFinished(place.close);
  const time = { startMs: Date.now(), times: TIMES };
  const report = (fault: unknown): never => expect.unreachable(String(fault));
  const { deps, close } = await openJobCloud(place, { clock: fastClock(time), chance: systemChance(), report });
  onTestFinished(close);
  const acknowledged = new Map<number, string>();
  const chance = seededChance(3);
  return {
    deps,
    jobs: new Jobs(deps),
    acknowledged,
    async start(): Promise<JobProcess> {
      const process = new JobProcess({ place, time, seed: chance.integer(1e9), acknowledged });
      onTestFinished(() => process.kill());
      await process.ready;
      return process;
    },
  };
}

test("of 200 jobs on DynamoDB, SQS and S3, one of whose workers is killed, each ends once and has its effect once", async () => {
  const { deps, jobs, acknowledged, start } = await cloud();
  const [first, second] = [await start(), await start()];

  await submitAll(first, ORDERS / 2);
  await until(() => first.running.length > 0);
  await first.kill();
  await submitAll(second, ORDERS);
  await until(async () => (await jobs.openJobs(acme)) === 0);

  const outcomes = await Promise.all([...acknowledged].map(([order, jobId]) => outcomeOf(order, jobId)));
  expect(outcomes.toSorted(([one], [other]) => one - other)).toEqual(
    Array.from({ length: ORDERS }, (_, order) => [order, "succeeded", "whole effect"]),
  );
  expect(await countJobs(jobs)).toBe(ORDERS);
  expect(first.running.length).toBeGreaterThan(0);

  /** All up to `count` that were not acknowledged yet, some at a time; once more where that takes long. */
  async function submitAll(to: JobProcess, count: number): Promise<void> {
    const open = () => Array.from({ length: count }, (_, order) => order).filter((order) => !acknowledged.has(order));
    while (open().length > 0) {
      const some = open().slice(0, SUBMITTED_AT_ONCE);
      for (const order of some) to.submit(acme, order);
      const againAtMs = performance.now() + SUBMITTED_WITHIN_MS;
      await until(() => some.every((order) => acknowledged.has(order)) || performance.now() > againAtMs);
    }
  }

  async function outcomeOf(order: number, raw: string): Promise<readonly [number, string | undefined, string]> {
    const jobId = parseJobId(raw);
    const job = jobId.ok ? await jobs.get(acme, jobId.value) : undefined;
    const effect = await deps.table.get(effectKey(acme, raw));
    const isWhole = effect?.order === order && effect.step === 2 && effect.writtenInTerm === job?.term;
    return [order, job?.state, isWhole ? "whole effect" : JSON.stringify(effect)];
  }
}, 240_000);

/** All there are, by pages. */
async function countJobs(jobs: Jobs): Promise<number> {
  let [count, cursor]: [number, string | undefined] = [0, undefined];
  do {
    const page = await jobs.list(acme, { limit: 100, ...(cursor !== undefined && { cursor }) });
    if (!page.ok) return expect.unreachable(page.problem.reason);
    count += page.value.jobs.length;
    cursor = page.value.cursor;
  } while (cursor !== undefined);
  return count;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAtMs = performance.now() + 120_000;
  while (!(await holds())) {
    if (performance.now() > giveUpAtMs) expect.unreachable("waited in vain");
    await pause(POLL_MS);
  }
}

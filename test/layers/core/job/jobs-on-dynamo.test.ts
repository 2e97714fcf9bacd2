import { afterAll, beforeAll, expect, test } from "vitest";
import { failed, succeeded } from "../../../../layers/core/job/job-run.ts";
import { JobSchedules } from "../../../../layers/core/job/job-schedules.ts";
import { JobSweep } from "../../../../layers/core/job/job-sweep.ts";
import { JobWorker } from "../../../../layers/core/job/job-worker.ts";
import { Jobs } from "../../../../layers/core/job/jobs.ts";
import { JOB_LEASE_MS, RESEND_MS } from "../../../../layers/core/job/limits.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { Quotas } from "../../../../layers/core/quota/quotas.ts";
import { TENANT_LIMITS } from "../../../../layers/core/quota/tenant-limits.ts";
import { systemClock } from "../../../../layers/node/system-clock.ts";
import { type LocalDynamoTable, localDynamoTable } from "../../../fixtures/dynamo-table.ts";
import { acme, anOrder, jobBench } from "../../../fixtures/job-bench.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";

const manual = manualClock();
const clock = { ...manual, sleep: systemClock().sleep };

let dynamo: LocalDynamoTable;
let table: Table;
beforeAll(async () => {
  dynamo = await localDynamoTable(clock);
  table = dynamo.table;
});
afterAll(() => dynamo.close());

test("on DynamoDB a job fails, is driven again, is lost, asks, is answered and succeeds; its schedule runs; nothing is left", async () => {
  const { deps: memory, sent } = jobBench();
  const quotas = new Quotas({ table, clock });
  const deps = { ...memory, table, quotas, clock };
  const jobs = new Jobs(deps);
  const order = anOrder({ idempotencyKey: "k", attemptsMax: 2, input: { deep: [1e300, ""] } });
  const never = () => new Promise<never>(() => {});
  const take = async (echo: ConstructorParameters<typeof JobWorker>[0]["handlers"]) => {
    const message = sent.shift();
    if (message === undefined) throw new TypeError("nothing was sent");
    return new JobWorker({ ...deps, handlers: echo }).take({ ...message, attempt: 1 }, { deadlineEpochMs: 2e12 });
  };

  const [submitted, again] = [await jobs.submit(acme, order), await jobs.submit(acme, order)];
  if (!submitted.ok || !again.ok) throw new TypeError("refused");
  const { jobId } = submitted.value.job;
  const doomed = await take(new Map([["echo", async () => failed({ code: "no", message: "" }, { isFinal: true })]]));
  const driven = await jobs.redrive(acme, jobId);
  void take(new Map([["echo", never]]));
  await expect.poll(async () => (await jobs.get(acme, jobId))?.state).toBe("running");
  manual.advance(JOB_LEASE_MS + RESEND_MS);
  const sweep = new JobSweep(deps);
  const swept = await sweep.run({ untilEpochMs: Number.POSITIVE_INFINITY });
  const asking = await take(new Map([["echo", async (run) => run.ask({ name: "Who?" })]]));
  await jobs.answer(acme, jobId, { name: "Ann" });
  const ended = await take(new Map([["echo", async ({ job }) => succeeded(job.answers)]]));
  const schedules = new JobSchedules(deps);
  const { kind, title, input, submitter } = order;
  const time = { by: "at", atEpochMs: manual.nowMs() + 1_000 } as const;
  await schedules.create(acme, { kind, title, input, submitter, time });
  const scheduled = await sweep.run({ untilEpochMs: Number.POSITIVE_INFINITY });
  const listed = await jobs.list(acme, { state: "succeeded" });

  expect(again.value).toMatchObject({ isNew: false, job: { jobId } });
  expect(doomed).toMatchObject({ job: { state: "failed" } });
  expect(driven).toMatchObject({ ok: true, value: { state: "queued", drive: 2, input: { json: order.input } } });
  expect(swept.sent).toBe(1);
  expect(asking).toMatchObject({ job: { state: "waiting", term: 3 } });
  expect(ended).toMatchObject({ job: { state: "succeeded", result: { json: { name: "Ann" } }, term: 4 } });
  expect(scheduled.scheduled).toBe(1);
  expect(await schedules.list(acme)).toEqual([]);
  expect(listed).toMatchObject({ ok: true, value: { jobs: [{ jobId }] } });
  expect(await jobs.openJobs(acme)).toBe(1);
  expect((await quotas.uses(acme, TENANT_LIMITS)).jobsInFlight.used).toBe(1);
});

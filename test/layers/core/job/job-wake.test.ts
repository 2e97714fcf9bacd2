import { describe, expect, test } from "vitest";
import type { Job } from "../../../../layers/core/job/job.ts";
import { type JobHandler, succeeded } from "../../../../layers/core/job/job-run.ts";
import { JobSweep } from "../../../../layers/core/job/job-sweep.ts";
import { Jobs } from "../../../../layers/core/job/jobs.ts";
import {
  JOB_WAIT_MS_MAX,
  QUEUE_DELAY_MS_MAX,
  SWEEP_EVERY_MS,
  WAITING_LOOK_MS,
} from "../../../../layers/core/job/limits.ts";
import { acme, type JobBench, jobBench } from "../../../fixtures/job-bench.ts";
import { heldHandler, jobOf, submitted } from "./job-helpers.ts";

const SECOND_MS = 1_000;

/** Waits for so long the first time that it is run. */
function sleeper(bench: JobBench, afterMs: number): JobHandler {
  const wakeAtEpochMs = bench.clock.nowMs() + afterMs;
  return async ({ job, ask }) => (job.term === 1 ? ask({}, { wakeAtEpochMs }) : succeeded(`of term ${job.term}`));
}

async function asleep(bench: JobBench, afterMs: number) {
  const job = await submitted(bench);
  const worker = bench.worker({ echo: sleeper(bench, afterMs) });
  await bench.takeNext(worker);
  return { job, takeNext: () => bench.takeNext(worker) };
}

describe("a job that waits until a time", () => {
  test("asks nobody anything, and is run again on its second", async () => {
    const bench = jobBench();
    const { job, takeNext } = await asleep(bench, 300 * SECOND_MS);

    const waiting = await jobOf(bench, job);
    bench.clock.advance(300 * SECOND_MS - 1);
    const isHidden = bench.sent.every(({ visibleAtMs }) => visibleAtMs > bench.clock.nowMs());
    bench.clock.advance(1);
    await takeNext();

    expect(waiting).toMatchObject({ state: "waiting", questions: {}, wakeAtEpochMs: bench.clock.nowMs(), attempts: 0 });
    expect(isHidden).toBe(true);
    expect(await jobOf(bench, job)).toMatchObject({ state: "succeeded", term: 2, attempts: 1 });
    expect(await jobOf(bench, job)).not.toHaveProperty("wakeAtEpochMs");
  });

  test("is not run before it, whatever message comes", async () => {
    const bench = jobBench();
    const { job } = await asleep(bench, 300 * SECOND_MS);
    const { jobId } = job;
    const worker = bench.worker({ echo: sleeper(bench, 0) });
    const message = (readyAtEpochMs: number) => ({
      ...{ tenantId: acme, attempt: 1 },
      body: JSON.stringify({ jobId, readyAtEpochMs }),
    });

    const old = await worker.take(message(job.readyAtEpochMs), { deadlineEpochMs: 9e12 });
    const early = await worker.take(message(bench.clock.nowMs() + 300 * SECOND_MS), { deadlineEpochMs: 9e12 });

    expect(old).toEqual({ message: "complete" });
    expect(early).toEqual({ message: "later", afterSeconds: 300 });
    expect(await jobOf(bench, job)).toMatchObject({ state: "waiting", term: 1 });
  });

  test("is sent by the sweeper where its message was lost, and where no queue holds one back so long", async () => {
    const bench = jobBench();
    const afterMs = QUEUE_DELAY_MS_MAX * 100;
    const { job, takeNext } = await asleep(bench, afterMs);
    const wasSentAtOnce = bench.sent.length > 0;

    let slept = 0;
    for (; bench.sent.length === 0 && slept < 2 * afterMs; slept += SWEEP_EVERY_MS) {
      bench.clock.advance(SWEEP_EVERY_MS);
      await bench.sweep();
    }
    bench.clock.advance(afterMs - slept);
    await takeNext();

    expect(wasSentAtOnce).toBe(false);
    expect(slept).toBeLessThan(afterMs);
    expect(afterMs - slept).toBeLessThanOrEqual(QUEUE_DELAY_MS_MAX);
    expect(await jobOf(bench, job)).toMatchObject({ state: "succeeded" });
  });

  test("may wait for longer than one that nobody answers", async () => {
    const bench = jobBench();
    const { job } = await asleep(bench, 7 * JOB_WAIT_MS_MAX);

    bench.clock.advance(6 * JOB_WAIT_MS_MAX);
    await bench.sweep();

    expect(await jobOf(bench, job)).toMatchObject({ state: "waiting" });
  });

  test("may ask besides, and is run again once it is answered", async () => {
    const bench = jobBench();
    const job = await submitted(bench);
    const handler: JobHandler = async ({ job: { answers }, ask }) =>
      "name" in answers ? succeeded(answers) : ask({ name: "Who?" }, { wakeAtEpochMs: 9e12 });
    const worker = bench.worker({ echo: handler });
    await bench.takeNext(worker);

    await bench.jobs.answer(acme, job.jobId, { name: "Ann" });
    await bench.takeNext(worker);

    expect(await jobOf(bench, job)).toMatchObject({ state: "succeeded", result: { json: { name: "Ann" } } });
  });

  test("may be cancelled", async () => {
    const bench = jobBench();
    const { job } = await asleep(bench, 300 * SECOND_MS);

    await bench.jobs.cancel(acme, job.jobId);

    expect(await jobOf(bench, job)).toMatchObject({ state: "cancelled" });
  });
});

describe("waking", () => {
  test("has a job run again that waits until a time", async () => {
    const bench = jobBench();
    const { job, takeNext } = await asleep(bench, 300 * SECOND_MS);

    await bench.jobs.wake(acme, job.jobId);
    bench.sent.sort((a, b) => a.visibleAtMs - b.visibleAtMs);
    await takeNext();

    expect(await jobOf(bench, job)).toMatchObject({ state: "succeeded", term: 2 });
  });

  test("of a job that runs lets it not begin to wait: it is run once more", async () => {
    const bench = jobBench();
    const job = await submitted(bench);
    const held = heldHandler();
    const wakeAtEpochMs = bench.clock.nowMs() + 300 * SECOND_MS;
    const handler: JobHandler = async (run) =>
      run.job.term === 1 ? held.handler(run).then(() => run.ask({}, { wakeAtEpochMs })) : succeeded("awake");
    const worker = bench.worker({ echo: handler });
    const first = bench.takeNext(worker);
    await expect.poll(() => held.runs.length).toBe(1);

    await bench.jobs.wake(acme, job.jobId);
    await bench.jobs.wake(acme, job.jobId);
    held.letGo(0);
    const taking = await first;
    await bench.takeNext(worker);

    expect(taking).toMatchObject({ job: { state: "queued", attempts: 0 } });
    expect(await jobOf(bench, job)).toMatchObject({ state: "succeeded", result: { json: "awake" }, term: 2 });
  });

  test("in one run says nothing of a later one", async () => {
    const bench = jobBench();
    const job = await submitted(bench);
    const held = heldHandler();
    const wakeAtEpochMs = bench.clock.nowMs() + 300 * SECOND_MS;
    const worker = bench.worker({ echo: (run) => held.handler(run).then(() => run.ask({}, { wakeAtEpochMs })) });
    const first = bench.takeNext(worker);
    await expect.poll(() => held.runs.length).toBe(1);
    await bench.jobs.wake(acme, job.jobId);
    held.letGo(0);
    await first;
    const second = bench.takeNext(worker);
    await expect.poll(() => held.runs.length).toBe(2);

    held.letGo(1);
    await second;

    expect(await jobOf(bench, job)).toMatchObject({ state: "waiting", term: 2, wakeAtEpochMs });
  });

  test("leaves a job that waits for answers alone, and one that has ended; of one that is not there it says so", async () => {
    const bench = jobBench();
    const [asking, ended] = [await submitted(bench), await submitted(bench)];
    const handler: JobHandler = async ({ job, ask }) =>
      job.jobId === asking.jobId ? ask({ name: "Who?" }) : succeeded("done");
    const worker = bench.worker({ echo: handler });
    await bench.takeNext(worker);
    await bench.takeNext(worker);

    const woken = [await bench.jobs.wake(acme, asking.jobId), await bench.jobs.wake(acme, ended.jobId)];
    const { jobId: unknown } = await submitted(jobBench({ seed: 2 }));

    expect(woken).toMatchObject([
      { ok: true, value: { state: "waiting", revision: 3 } },
      { ok: true, value: { state: "succeeded" } },
    ]);
    expect(await bench.jobs.wake(acme, unknown)).toEqual({ ok: false, problem: { reason: "job_unknown" } });
    expect(bench.sent).toEqual([]);
  });

  test("whose message is lost is made good by the sweeper within some minutes, also near the end of the wait", async () => {
    const bench = jobBench();
    const { job, takeNext } = await asleep(bench, QUEUE_DELAY_MS_MAX);
    bench.clock.advance(SWEEP_EVERY_MS);
    await bench.sweep(); // sends for the end of the wait
    bench.sent.length = 0;
    bench.breakQueue(true);
    await bench.jobs.wake(acme, job.jobId);
    bench.breakQueue(false);

    bench.clock.advance(WAITING_LOOK_MS);
    await bench.sweep();
    await takeNext();

    expect(await jobOf(bench, job)).toMatchObject({ state: "succeeded" });
  });
});

describe("what follows from a job's end", () => {
  const ending = (bench: JobBench, ended: (job: Job) => Promise<void>) => ({ ...bench.deps, ended });

  test.each(["succeeds", "is cancelled"])("is done once it %s", async (how) => {
    const bench = jobBench();
    const seen: string[] = [];
    const deps = ending(bench, async ({ state }) => void seen.push(state));
    const job = await submitted(bench);

    if (how === "succeeds") await bench.takeNext(bench.workerOn(deps, { echo: async () => succeeded("done") }));
    else await new Jobs(deps).cancel(acme, job.jobId);

    expect(seen).toEqual([how === "succeeds" ? "succeeded" : "cancelled"]);
  });

  test("is done by the sweeper where the process that ended the job died before it", async () => {
    const bench = jobBench();
    const seen: string[] = [];
    const job = await submitted(bench);
    void new Jobs(ending(bench, () => new Promise<never>(() => {}))).cancel(acme, job.jobId);
    await expect.poll(async () => (await jobOf(bench, job))?.state).toBe("cancelled");
    bench.clock.advance(2 * SWEEP_EVERY_MS);

    const deps = ending(bench, async ({ jobId }) => void seen.push(jobId));
    await new JobSweep(deps).run({ untilEpochMs: 9e12 });

    expect(seen).toEqual([job.jobId]);
    expect(await bench.jobs.openJobs(acme)).toBe(0);
  });
});

import { expect, test } from "vitest";
import { type JobHandler, succeeded } from "../../../../layers/core/job/job-run.ts";
import { JOB_RESULT_BYTES_MAX } from "../../../../layers/core/job/limits.ts";
import { acme, jobBench } from "../../../fixtures/job-bench.ts";
import { passing } from "../../../fixtures/virtual-time.ts";
import { cutOff, jobOf, submitted } from "./job-helpers.ts";

test("a job that asks waits, its worker is free, and its attempts count anew after the answers", async () => {
  const bench = jobBench();
  const job = await submitted(bench, { attemptsMax: 1 });
  const echo: JobHandler = async (run) =>
    run.job.answers.name === undefined ? run.ask({ name: "Who?" }) : succeeded(run.job.answers.name);
  const worker = bench.worker({ echo });

  const asked = await bench.takeNext(worker);
  await bench.jobs.answer(acme, job.jobId, { name: "Ann" });
  const answered = await bench.takeNext(worker);

  expect(asked).toMatchObject({ message: "complete", job: { state: "waiting", questions: { name: "Who?" } } });
  expect(answered).toMatchObject({ job: { state: "succeeded", result: { json: "Ann" }, attempts: 1 } });
});

test.each([
  ["nothing", {}, "job_asked_nothing"],
  [
    "too many questions",
    Object.fromEntries(Array.from({ length: 101 }, (_, n) => [n, "?"])),
    "job_questions_too_large",
  ],
  ["a question that is too large", { name: "x".repeat(65_536) }, "job_questions_too_large"],
])("a job that asks %s fails", async (_, questions, code) => {
  const bench = jobBench();
  const job = await submitted(bench);

  await bench.takeNext(bench.worker({ echo: async (run) => run.ask(questions) }));

  expect(await jobOf(bench, job)).toMatchObject({ state: "failed", failure: { code } });
});

test("a result past 16 MiB fails its job", async () => {
  const bench = jobBench();
  const job = await submitted(bench);

  await bench.takeNext(bench.worker({ echo: async () => succeeded("x".repeat(JOB_RESULT_BYTES_MAX - 1)) }));

  expect(await jobOf(bench, job)).toMatchObject({ state: "failed", failure: { code: "job_result_too_large" } });
});

test("an input that is over fails its job", async () => {
  const bench = jobBench();
  const job = await submitted(bench, { input: "x".repeat(20_000) });
  for (const key of bench.blob.keys()) await bench.blob.delete(key);

  await bench.takeNext(bench.worker({ echo: () => expect.unreachable() }));

  expect(await jobOf(bench, job)).toMatchObject({ state: "failed", failure: { code: "job_input_gone" } });
});

test("an end that the table did not answer is written again, and counts once", async () => {
  const cut = cutOff();
  const bench = jobBench({ wrap: cut.wrap });
  const job = await submitted(bench);
  const echo: JobHandler = async () => {
    cut.answersLost = 1;
    return succeeded("done");
  };

  const taken = await passing(bench.clock, bench.takeNext(bench.worker({ echo })));

  expect(taken).toMatchObject({ job: { jobId: job.jobId, state: "succeeded", term: 1 } });
  expect([await bench.jobs.openJobs(acme), await bench.quotaUsed(acme)]).toEqual([0, 0]);
});

test("where the table does not come back, the worker fails and the message is not done with", async () => {
  const cut = cutOff();
  const bench = jobBench({ wrap: cut.wrap });
  await submitted(bench);
  const echo: JobHandler = async () => {
    cut.isCut = true;
    return succeeded("done");
  };

  const taking = passing(bench.clock, bench.takeNext(bench.worker({ echo })));

  await expect(taking).rejects.toMatchObject({ code: "store_unavailable" });
});

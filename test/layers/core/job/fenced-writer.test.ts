import { expect, test } from "vitest";
import { FencedWriter } from "../../../../layers/core/job/fenced-writer.ts";
import type { JobId } from "../../../../layers/core/job/job-id.ts";
import { newJobId } from "../../../../layers/core/job/job-id.ts";
import { recipeKey } from "../../../../layers/core/store/keys.ts";
import { acme } from "../../../fixtures/job-bench.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { seededChance } from "../../../fixtures/seeded-chance.ts";

const chance = seededChance(1);
const [job, otherJob] = [newJobId({ chance }, 1), newJobId({ chance }, 2)];
const key = recipeKey(acme, "effect");

function writers() {
  const table = memoryTable(manualClock());
  const of = (jobId: JobId, term: number, isOver = () => false) =>
    new FencedWriter({ table, job: { jobId, term }, isOver });
  return { table, of };
}

test("what a job writes carries the job and the term it was written in", async () => {
  const { table, of } = writers();

  expect(await of(job, 3).put({ ...key, name: "a" })).toEqual({ ok: true, value: undefined });
  expect(await table.get(key)).toEqual({ ...key, name: "a", writtenByJob: job, writtenInTerm: 3 });
});

test("a later worker writes over an earlier one, and itself; an earlier one over nobody", async () => {
  const { table, of } = writers();
  await of(job, 1).put({ ...key, name: "first" });

  const later = await of(job, 2).put({ ...key, name: "second" });
  const again = await of(job, 2).put({ ...key, name: "third" });
  const late = await of(job, 1).put({ ...key, name: "late" });

  expect([later.ok, again.ok]).toEqual([true, true]);
  expect(late).toEqual({ ok: false, problem: { reason: "term_over" } });
  expect(await table.get(key)).toMatchObject({ name: "third", writtenInTerm: 2 });
});

test("what another job wrote, or somebody who is none, is left as it is", async () => {
  const { table, of } = writers();
  await of(otherJob, 1).put({ ...key, name: "other" });

  const overJob = await of(job, 9).put({ ...key, name: "mine" });
  await table.put({ ...key, name: "anybody's" });
  const overAnybody = await of(job, 9).put({ ...key, name: "mine" });

  expect(overJob).toMatchObject({ problem: { reason: "written_elsewhere", current: { name: "other" } } });
  expect(overAnybody).toMatchObject({ problem: { reason: "written_elsewhere" } });
  expect(await table.get(key)).toMatchObject({ name: "anybody's" });
});

test("a worker that knows that its time is over writes nothing", async () => {
  const { table, of } = writers();

  const answer = await of(job, 1, () => true).put({ ...key });

  expect(answer).toEqual({ ok: false, problem: { reason: "term_over" } });
  expect(await table.get(key)).toBeUndefined();
});

test("an item that is too large is refused", async () => {
  const { of } = writers();

  expect(await of(job, 1).put({ ...key, text: "x".repeat(400 * 1024) })).toMatchObject({
    problem: { reason: "item_too_large" },
  });
});

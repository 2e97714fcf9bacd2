import { expect, test } from "vitest";
import { backoffMs } from "../../../../layers/core/job/ending-of.ts";
import { failed, type JobHandler, succeeded } from "../../../../layers/core/job/job-run.ts";
import { JOB_BACKOFF_MS_MAX, JOB_LEASE_MS } from "../../../../layers/core/job/limits.ts";
import { acme, jobBench } from "../../../fixtures/job-bench.ts";
import { policyOf as ofTenant, principalOf } from "../../../fixtures/principals.ts";
import { seededChance } from "../../../fixtures/seeded-chance.ts";
import { tenant } from "../../../fixtures/tenants.ts";
import { elapse } from "../../../fixtures/virtual-time.ts";
import { dyingWorker, ENDLESS, firstMessage, heldHandler, jobOf, submitted } from "./job-helpers.ts";

test("a message that comes twice runs its job once, and is gone once it has ended", async () => {
  const bench = jobBench();
  const { runs, letGo, handler } = heldHandler();
  await submitted(bench);
  const message = firstMessage(bench);
  const [one, other] = [bench.worker({ echo: handler }), bench.worker({ echo: handler })];
  const bounds = { deadlineEpochMs: bench.clock.nowMs() + 900_000 };

  const first = one.take(message, bounds);
  await elapse(bench.clock, 100);
  const second = await other.take(message, bounds);
  letGo(0);
  const third = [await first, await other.take(message, bounds)];

  expect(second).toEqual({ message: "later", afterSeconds: 30 });
  expect(third).toMatchObject([{ message: "complete", job: { state: "succeeded" } }, { message: "complete" }]);
  expect(third[1]).not.toHaveProperty("job");
  expect(runs).toHaveLength(1);
});

test("a message whose job has a worker is left to the sweeper after five deliveries", async () => {
  const bench = jobBench();
  const { letGo, handler } = heldHandler();
  await submitted(bench);
  const worker = bench.worker({ echo: handler });
  const body = bench.sent[0]?.body ?? "";
  const first = bench.takeNext(worker);
  await elapse(bench.clock, 10);

  const taken = await worker.take({ tenantId: acme, body, attempt: 5 }, ENDLESS);

  expect(taken).toEqual({ message: "complete" });
  letGo(0);
  await first;
});

test("what is no message of ours, or leads to no job, is thrown away", async () => {
  const bench = jobBench();
  const { jobId } = await submitted(bench);
  const worker = bench.worker({});
  const bounds = ENDLESS;
  const bodies = ["", "{", "null", "[]", '{"jobId":"job_x","readyAtEpochMs":1}', `{"jobId":"${jobId}"}`];

  for (const body of bodies) {
    expect(await worker.take({ tenantId: acme, body, attempt: 1 }, bounds)).toEqual({ message: "complete" });
  }
  const ofAnother = await worker.take(
    { tenantId: tenant("bolt"), body: bench.sent[0]?.body ?? "", attempt: 1 },
    bounds,
  );

  expect(ofAnother).toEqual({ message: "complete" });
  expect(bench.reports.map((fault) => fault instanceof Error && "code" in fault && fault.code)).toEqual(
    bodies.map(() => "job_message_malformed"),
  );
  expect(await jobOf(bench, { jobId })).toMatchObject({ state: "queued", term: 0 });
});

test("a job that is not ready is claimed by nobody, and its message comes back when it is", async () => {
  const bench = jobBench();
  const job = await submitted(bench, { delayMs: 5_000 });
  const worker = bench.worker({ echo: async () => succeeded(null) });
  const message = firstMessage(bench);
  const bounds = ENDLESS;

  const early = await worker.take(message, bounds);
  bench.clock.advance(5_000);
  const ready = await worker.take(message, bounds);

  expect(early).toEqual({ message: "later", afterSeconds: 5 });
  expect(ready).toMatchObject({ job: { jobId: job.jobId, state: "succeeded" } });
});

test("the message of an earlier attempt is done with: the retry has one of its own", async () => {
  const bench = jobBench();
  await submitted(bench);
  const worker = bench.worker({ echo: async () => failed({ code: "no", message: "No." }, { isFinal: false }) });
  const old = { tenantId: acme, body: bench.sent[0]?.body ?? "", attempt: 2 };
  bench.clock.advance(1);
  await bench.takeNext(worker);

  const taken = await worker.take(old, ENDLESS);

  expect(taken).toEqual({ message: "complete" });
  expect(bench.sent).toHaveLength(1);
});

test("a run that fails is tried again after a pause, until the attempts are used up; each failure is kept", async () => {
  const bench = jobBench();
  const { jobId } = await submitted(bench, { attemptsMax: 3 });
  let runs = 0;
  const worker = bench.worker({
    echo: async () => {
      runs++;
      throw Object.assign(new Error("secret"), { code: runs === 2 ? "wires_cut" : "Not a code" });
    },
  });

  const states: unknown[] = [];
  for (let attempt = 1; attempt <= 3; attempt++) {
    await bench.takeNext(worker);
    const job = await jobOf(bench, { jobId });
    states.push([job?.state, job?.attempts]);
    bench.clock.advance(60_000);
  }

  const job = await jobOf(bench, { jobId });
  expect(states).toEqual([
    ["queued", 1],
    ["queued", 2],
    ["failed", 3],
  ]);
  expect(job?.failures.map(({ code }) => code)).toEqual(["handler_failed", "wires_cut", "handler_failed"]);
  expect(job?.failure?.code).toBe("handler_failed");
  expect(JSON.stringify(job)).not.toContain("secret");
  expect(bench.reports).toHaveLength(3);
  expect([runs, await bench.jobs.openJobs(acme), await bench.quotaUsed(acme)]).toEqual([3, 0, 0]);
});

test("a job that fails once costs two writes more, and of its failures the last five are kept", async () => {
  const bench = jobBench();
  const job = await submitted(bench, { attemptsMax: 8 });
  const worker = bench.worker({
    echo: async ({ job: { attempts } }) =>
      attempts < 8 ? failed({ code: `no_${attempts}`, message: "No." }, { isFinal: false }) : succeeded(null),
  });
  bench.operations();

  const writes: unknown[] = [];
  for (let attempt = 1; attempt <= 8; attempt++) {
    await bench.takeNext(worker);
    writes.push(bench.operations());
    bench.clock.advance(600_000);
  }

  expect(writes[0]).toEqual({ "update JOB": 2 });
  expect(writes[7]).toEqual({ "delete JOB-OPEN": 1, "update JOB": 2 });
  expect((await jobOf(bench, job))?.failures.map(({ code }) => code)).toEqual(["no_3", "no_4", "no_5", "no_6", "no_7"]);
});

test("a job runs with the role that its submitter has by now, and one of a member who was removed is cancelled", async () => {
  const bench = jobBench();
  const members = { ann: "viewer", bob: "none" } as const;
  const policyOf = () => ofTenant(acme, { members });
  const roles: unknown[] = [];
  const echo: JobHandler = async (run) => {
    roles.push(run.job.submitter.role);
    return succeeded(null);
  };
  const worker = bench.workerOn({ policies: { policyOf } }, { echo });
  await submitted(bench, { submitter: principalOf({ subject: "ann", role: "owner" }) });
  await submitted(bench, { submitter: principalOf({ subject: "bob" }) });
  await submitted(bench, { submitter: principalOf({ subject: "key", role: "developer", credential: "api-key" }) });

  const taken = [await bench.takeNext(worker), await bench.takeNext(worker), await bench.takeNext(worker)];

  expect(roles).toEqual(["viewer", "developer"]);
  expect(taken[1]).toMatchObject({ job: { state: "cancelled", failure: { code: "submitter_removed" } } });
});

test("a failure that is final is tried no more", async () => {
  const bench = jobBench();
  const { jobId } = await submitted(bench);

  await bench.takeNext(bench.worker({ echo: async () => failed({ code: "no", message: "No." }, { isFinal: true }) }));

  expect(await jobOf(bench, { jobId })).toMatchObject({
    state: "failed",
    attempts: 1,
    failure: { code: "no", message: "No." },
  });
});

test("pauses between attempts are random, up to twice as long each time, and at most ten minutes", () => {
  const chance = seededChance(1);
  const most = (attempts: number) => Math.max(...Array.from({ length: 500 }, () => backoffMs(chance, attempts)));
  const least = Math.min(...Array.from({ length: 500 }, () => backoffMs(chance, 4)));

  expect([1, 2, 3, 4].map((attempts) => Math.round(most(attempts) / 1_000))).toEqual([1, 2, 4, 8]);
  expect(most(40)).toBeLessThanOrEqual(JOB_BACKOFF_MS_MAX);
  expect(most(40)).toBeGreaterThan(0.95 * JOB_BACKOFF_MS_MAX);
  expect(least).toBeLessThan(100);
});

test("a kind that no worker knows fails once its attempts are used up", async () => {
  const bench = jobBench();
  const { jobId } = await submitted(bench, { attemptsMax: 1, kind: "unheard-of" });

  await bench.takeNext(bench.worker({}));

  expect(await jobOf(bench, { jobId })).toMatchObject({ state: "failed", failure: { code: "job_kind_unknown" } });
});

test("a job whose workers are lost one after the other fails with that reason", async () => {
  const bench = jobBench();
  const job = await submitted(bench, { attemptsMax: 2 });
  const message = firstMessage(bench);
  const bounds = ENDLESS;
  const lost = dyingWorker(bench);

  for (let attempt = 1; attempt <= 2; attempt++) {
    void lost.take(message, bounds);
    await elapse(bench.clock, 10);
    bench.clock.advance(JOB_LEASE_MS + 1);
  }
  const taken = await bench.worker({}).take(message, bounds);

  expect(taken).toMatchObject({ job: { jobId: job.jobId, state: "failed", failure: { code: "worker_lost" } } });
  expect([await bench.jobs.openJobs(acme), await bench.quotaUsed(acme)]).toEqual([0, 0]);
});

test.each(["suspended", "deleted", "none"] as const)("no job of a tenant that is %s is claimed", async (status) => {
  const bench = jobBench();
  const job = await submitted(bench);
  bench.setStatus(acme, status);

  const taken = await bench.takeNext(bench.worker({ echo: () => expect.unreachable() }));

  expect(taken).toEqual({ message: "complete" });
  expect(await jobOf(bench, job)).toMatchObject({ state: "queued", term: 0 });
});

test("a job that has not ended two weeks after it was ready fails", async () => {
  const bench = jobBench();
  const job = await submitted(bench);
  bench.clock.advance(14 * 86_400_000 + 1);

  await bench.takeNext(bench.worker({ echo: () => expect.unreachable() }));

  expect(await jobOf(bench, job)).toMatchObject({ state: "failed", failure: { code: "job_too_old" } });
});

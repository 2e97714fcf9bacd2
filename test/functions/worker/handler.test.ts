import { beforeEach, describe, expect, test } from "vitest";
import { type JobLine, jobTaker, workerHandler } from "../../../functions/worker/handler.ts";
import { STOP_MARGIN_MS } from "../../../functions/worker/limits.ts";
import { type JobHandler, succeeded } from "../../../layers/core/job/job-run.ts";
import type { JobTaking } from "../../../layers/core/job/job-worker.ts";
import { JOB_LEASE_MS } from "../../../layers/core/job/limits.ts";
import type { Usage } from "../../../layers/core/usage/usage-kind.ts";
import { acme, anOrder, type JobBench, jobBench, type SentMessage } from "../../fixtures/job-bench.ts";

let bench: JobBench;
let metered: Usage[];
let lines: JobLine[];

beforeEach(() => {
  bench = jobBench();
  metered = [];
  lines = [];
});

const metering = () => ({
  meter: { record: (_tenantId: unknown, usage: Usage) => void metered.push(usage) },
  runEnded: (line: JobLine) => void lines.push(line),
});

const taking = (echo: JobHandler) => jobTaker({ worker: bench.worker({ echo }), ...metering() });

const working =
  (durationMs: number): JobHandler =>
  async () => {
    bench.clock.advance(durationMs);
    return succeeded("done");
  };

async function submitted(): Promise<SentMessage & { readonly attempt: number }> {
  await bench.jobs.submit(acme, anOrder());
  const message = bench.sent.shift();
  if (message === undefined) throw new TypeError("nothing was sent");
  return { ...message, attempt: 1 };
}

const bounds = () => ({ deadlineEpochMs: bench.clock.nowMs() + 900_000 });

describe("what jobs take is metered", () => {
  test("by the time from the claim to the end", async () => {
    await taking(working(2_000))(await submitted(), bounds());

    expect(metered).toEqual([{ jobMicroseconds: 2_000_000, busyMicroseconds: 2_000_000 }]);
  });

  test("once, however often its message comes", async () => {
    const message = await submitted();
    const take = taking(working(2_000));

    for (let delivery = 1; delivery <= 3; delivery++) await take({ ...message, attempt: delivery }, bounds());

    expect(metered).toHaveLength(1);
  });

  test("by each run of one that is tried again", async () => {
    const message = await submitted();
    let runs = 0;
    const take = taking(async () => {
      bench.clock.advance(1_000);
      if (++runs === 1) throw new TypeError("the first time");
      return succeeded("done");
    });

    await take(message, bounds());
    bench.clock.advance(10_000);
    await take(message, bounds());

    expect(metered.map(({ jobMicroseconds }) => jobMicroseconds)).toEqual([1_000_000, 1_000_000]);
  });

  test("of a worker that lost its job nothing, and of the one that then had it all", async () => {
    const message = await submitted();
    const second = taking(working(3_000));
    const first = taking(async () => {
      bench.clock.advance(JOB_LEASE_MS + 1);
      await second(message, bounds());
      return succeeded("too late");
    });

    await first(message, bounds());

    expect(metered).toEqual([{ jobMicroseconds: 3_000_000, busyMicroseconds: 3_000_000 }]);
  });
});

describe("a run leaves one line", () => {
  test("that says whose it was, how it ended and how long it took, and nothing of what it worked on", async () => {
    await taking(working(2_000))(await submitted(), bounds());

    expect(lines).toEqual([
      {
        atEpochMs: bench.clock.nowMs(),
        tenantId: "acme",
        jobId: expect.stringMatching(/^job_/),
        kind: "echo",
        state: "succeeded",
        failure: "",
        attempts: 1,
        durationMs: 2_000,
      },
    ]);
  });

  test("with the code of what it failed in, where it is tried again", async () => {
    const fault = Object.assign(new TypeError("secret"), { code: "disk_full" });
    await taking(async () => Promise.reject(fault))(await submitted(), bounds());

    expect(lines).toMatchObject([{ state: "queued", failure: "disk_full" }]);
    expect(JSON.stringify(lines)).not.toContain("secret");
  });

  test("and none where nothing was run", async () => {
    await taking(working(0))({ tenantId: acme, body: "no job", attempt: 1 }, bounds());

    expect(lines).toEqual([]);
  });
});

describe("a function behind a queue", () => {
  const message = { id: "m", tenantId: acme, body: "{}", attempt: 1, receipt: "r" };

  async function handled(taken: JobTaking, leftMs = 900_000) {
    const extended: unknown[] = [];
    const deadlines: number[] = [];
    const handle = workerHandler({
      take: async (_message, { deadlineEpochMs }) => {
        deadlines.push(deadlineEpochMs);
        return taken;
      },
      queue: { extend: async (...given) => void extended.push(given) },
      clock: bench.clock,
    });
    return { outcome: await handle(message, leftMs), extended, deadlines };
  }

  test("is done with a message that has nothing more to say", async () => {
    expect(await handled({ message: "complete" })).toMatchObject({ outcome: "done", extended: [] });
  });

  test("has the others come again when their jobs are ready", async () => {
    const { outcome, extended } = await handled({ message: "later", afterSeconds: 42 });

    expect(outcome).toBe("later");
    expect(extended).toEqual([["r", 42]]);
  });

  test("has its job stop before it is ended itself, at once where there is no time left", async () => {
    const long = await handled({ message: "complete" }, 900_000);
    const short = await handled({ message: "complete" }, 1_000);

    expect(long.deadlines).toEqual([bench.clock.nowMs() + 900_000 - STOP_MARGIN_MS]);
    expect(short.deadlines).toEqual([bench.clock.nowMs()]);
  });
});

import { getEventListeners } from "node:events";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { JobTaking, JobWorker } from "../../../layers/core/job/job-worker.ts";
import type { Queue } from "../../../layers/core/ports/queue.ts";
import { openLocalWorker } from "../../../layers/local/local-worker.ts";
import { sqliteQueue } from "../../../layers/local/sqlite-queue.ts";
import { systemChance } from "../../../layers/node/system-chance.ts";
import { systemClock } from "../../../layers/node/system-clock.ts";
import { testFolder } from "../../fixtures/temporary-folder.ts";
import { tenant } from "../../fixtures/tenants.ts";

const clock = systemClock();
const acme = tenant("acme");
const DONE: JobTaking = { message: "complete" };

async function aQueue(count: number): Promise<Queue> {
  const file = join(await testFolder(), "jobs.sqlite");
  const queue = await sqliteQueue({ file, clock, chance: systemChance(), receivesMax: 10 });
  onTestFinished(() => queue.close());
  for (let number = 1; number <= count; number++) await queue.send(acme, { body: String(number) });
  return queue;
}

function opened(queue: Queue, take: JobWorker["take"], atOnceMax = 4) {
  const reports: unknown[] = [];
  const worker = openLocalWorker({ queue, take, atOnceMax, clock, report: (fault) => void reports.push(fault) });
  onTestFinished(() => worker.close(0));
  return { worker, reports };
}

const waiting = async (queue: Queue): Promise<number> =>
  (await queue.receive({ max: 10, visibilitySeconds: 0, waitSeconds: 0 })).length;

test("every message is taken, and gone once its job has nothing more to say", async () => {
  const queue = await aQueue(12);
  const taken = new Set<string>();

  opened(queue, async ({ body }) => {
    taken.add(body);
    return DONE;
  });

  await expect.poll(() => taken.size).toBe(12);
  await expect.poll(() => waiting(queue)).toBe(0);
});

test("no more jobs run at once than the process has room for", async () => {
  const queue = await aQueue(9);
  const room = 3;
  let atOnce = 0;
  let most = 0;
  let done = 0;

  opened(
    queue,
    async () => {
      most = Math.max(most, ++atOnce);
      while (most < room) await clock.sleep(1);
      await clock.sleep(20);
      atOnce--;
      done++;
      return DONE;
    },
    room,
  );
  await expect.poll(() => done).toBe(9);

  expect(most).toBe(room);
});

test("however often it waits for room, nothing of that is left on what its end is told by", async () => {
  const queue = await aQueue(20);
  const closings = new Set<AbortSignal>();
  const watched: Queue = {
    ...queue,
    receive(asked) {
      if (asked.signal !== undefined) closings.add(asked.signal);
      return queue.receive(asked);
    },
  };
  let done = 0;
  const listening: number[] = [];

  opened(
    watched,
    async () => {
      await clock.sleep(1);
      listening.push(...[...closings].map((closing) => getEventListeners(closing, "abort").length));
      done++;
      return DONE;
    },
    1,
  );
  await expect.poll(() => done).toBe(20);

  expect(closings.size).toBe(1);
  expect(Math.max(...listening)).toBeLessThanOrEqual(1);
});

test("a message that is to come later does, once its time has come", async () => {
  const queue = await aQueue(1);
  const attempts: number[] = [];

  opened(queue, async ({ attempt }) => {
    attempts.push(attempt);
    return attempt === 1 ? { message: "later", afterSeconds: 1 } : DONE;
  });

  await expect.poll(() => attempts).toEqual([1, 2]);
});

test("what a job throws is reported, and keeps nothing else waiting", async () => {
  const queue = await aQueue(3);
  const taken: string[] = [];

  const { reports } = opened(queue, async ({ body }) => {
    taken.push(body);
    if (body === "1") throw new TypeError("broken");
    return DONE;
  });

  await expect.poll(() => taken).toHaveLength(3);
  await expect.poll(() => reports).toEqual([new TypeError("broken")]);
});

test("closed, it lets what runs come to an end, and takes nothing more", async () => {
  const queue = await aQueue(1);
  const ends: string[] = [];
  const { worker } = opened(queue, async ({ body }, { signal }) => {
    await clock.sleep(100);
    ends.push(`${body} ${signal?.aborted}`);
    return DONE;
  });
  await expect.poll(() => waiting(queue)).toBe(0);

  await worker.close(5_000);
  await queue.send(acme, { body: "later" });

  expect(ends).toEqual(["1 false"]);
  expect(await waiting(queue)).toBe(1);
});

test("past its grace it has what runs stopped", async () => {
  const queue = await aQueue(1);
  const reasons: boolean[] = [];
  const { worker } = opened(queue, async (_message, { signal }) => {
    await clock.sleep(60_000, signal);
    reasons.push(signal?.aborted === true);
    return DONE;
  });
  await expect.poll(() => waiting(queue)).toBe(0);

  await worker.close(50);

  expect(reasons).toEqual([true]);
});

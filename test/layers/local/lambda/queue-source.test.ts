import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { EnvironmentPool } from "../../../../layers/local/lambda/environment-pool.ts";
import type { Invocation, InvocationOutcome } from "../../../../layers/local/lambda/invocation.ts";
import { openQueueSource, type QueueSourceParts } from "../../../../layers/local/lambda/queue-source.ts";
import { type SqliteQueue, sqliteQueue } from "../../../../layers/local/sqlite-queue.ts";
import { systemChance } from "../../../../layers/node/system-chance.ts";
import { systemClock } from "../../../../layers/node/system-clock.ts";
import { aFunction, poolOf } from "../../../fixtures/hosted-function.ts";
import { PATIENCE_MS } from "../../../fixtures/patience.ts";
import { testFolder } from "../../../fixtures/temporary-folder.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const clock = systemClock();
const chance = systemChance();
const acme = tenant("acme");

/** A pool whose every invocation is seen. */
interface Watched {
  readonly pool: Pick<EnvironmentPool, "invoke">;
  /** The bodies of each batch. */
  readonly batches: string[][];
  /** The most at one time. */
  atOnceMax: number;
}

function watched(inner: Pick<EnvironmentPool, "invoke">): Watched {
  let atOnce = 0;
  const seen: Watched = {
    batches: [],
    atOnceMax: 0,
    pool: {
      async invoke(invocation: Invocation): Promise<InvocationOutcome> {
        seen.batches.push(JSON.parse(invocation.event).Records.map(({ body }: { body: string }) => body));
        seen.atOnceMax = Math.max(seen.atOnceMax, ++atOnce);
        return inner.invoke(invocation).finally(() => atOnce--);
      },
    },
  };
  return seen;
}

async function aQueue(bodies: readonly string[]): Promise<SqliteQueue> {
  const queue = await sqliteQueue({ file: join(await testFolder(), "queue.sqlite"), clock, chance, receivesMax: 5 });
  onTestFinished(() => queue.close());
  for (const body of bodies) await queue.send(acme, { body });
  return queue;
}

const WORK = { batchCountMax: 1, gatherSecondsMax: 0 };
const PLACE = { queueArn: "arn:aws:sqs:eu-west-1:000000000000:q", region: "eu-west-1", clock, chance };

function opened(parts: Pick<QueueSourceParts, "queue" | "pool"> & Partial<QueueSourceParts>) {
  const told: object[] = [];
  const tell = (line: object): void => void told.push(line);
  const source = openQueueSource({ ...PLACE, work: WORK, concurrencyMax: 2, visibilitySeconds: 30, tell, ...parts });
  onTestFinished(() => source.close(1_000));
  return { source, told };
}

const isEmpty = async (queue: SqliteQueue): Promise<boolean> =>
  (await queue.receive({ max: 1, visibilitySeconds: 0, waitSeconds: 0 })).length === 0;

/** Says which of its messages it did not do: those whose body is `bad`. */
const PARTIAL = `export const handler = async ({ Records }) => ({
  batchItemFailures: Records.filter(({ body }) => body === "bad").map(({ messageId }) => ({ itemIdentifier: messageId })),
});`;

test("messages go to the function in batches, and only those that it did are gone", async () => {
  const queue = await aQueue(["one", "bad", "two"]);
  const seen = watched(await poolOf(await aFunction(PARTIAL)));

  const work = { ...WORK, batchCountMax: 10 };
  opened({ queue, pool: seen.pool, work, visibilitySeconds: 5 });
  await expect.poll(() => seen.batches.length, { timeout: 15_000 }).toBeGreaterThan(1);

  expect(seen.batches[0]).toHaveLength(3);
  expect(seen.batches[1]).toEqual(["bad"]);
});

test("no more invocations run at once than the worker may have", async () => {
  const queue = await aQueue(["1", "2", "3", "4", "5", "6"]);
  const slow = "export const handler = () => new Promise((done) => setTimeout(done, 50));";
  const seen = watched(await poolOf(await aFunction(slow)));

  opened({ queue, pool: seen.pool });
  await expect.poll(() => seen.batches.length, { timeout: 15_000 }).toBe(6);

  expect(seen.atOnceMax).toBe(2);
});

test("a batch waits for company no longer than the worker's shape says", async () => {
  const queue = await aQueue(["early"]);
  const seen = watched(await poolOf(await aFunction(PARTIAL)));

  opened({ queue, pool: seen.pool, work: { ...WORK, batchCountMax: 2, gatherSecondsMax: 5 } });
  await expect.poll(() => isEmpty(queue)).toBe(true);
  await queue.send(acme, { body: "late" });
  await expect.poll(() => seen.batches, { timeout: 15_000 }).toEqual([["early", "late"]]);
});

test("what a function failed in stays hidden, comes again, and is told", async () => {
  const queue = await aQueue(["job"]);
  const seen = watched(await poolOf(await aFunction('export const handler = () => { throw new TypeError("no"); };')));

  const { told } = opened({ queue, pool: seen.pool, visibilitySeconds: 1 });
  await expect.poll(() => told[0]).toMatchObject({ errorType: "TypeError", errorMessage: "no" });
  await expect.poll(() => seen.batches.slice(0, 2)).toEqual([["job"], ["job"]]);
});

test("closed, it waits for what runs, takes nothing more, and waits no longer than it may", async () => {
  const queue = await aQueue(["running"]);
  const never = "export const handler = () => new Promise(() => setTimeout(() => {}, 60_000));";
  const seen = watched(await poolOf(await aFunction(never, { timeoutMs: 60_000 })));
  const { source } = opened({ queue, pool: seen.pool });
  await expect.poll(() => seen.batches.length).toBe(1);
  const beganMs = clock.nowMs();

  await source.close(200);
  await queue.send(acme, { body: "later" });

  expect(clock.nowMs() - beganMs).toBeGreaterThanOrEqual(195);
  expect(clock.nowMs() - beganMs).toBeLessThan(PATIENCE_MS);
  expect(await isEmpty(queue)).toBe(false);
  expect(seen.batches).toEqual([["running"]]);
});

test("a queue that fails is asked again a while later", async () => {
  const queue = await aQueue(["job"]);
  const seen = watched(await poolOf(await aFunction(PARTIAL)));
  let faults = 0;
  const failing: QueueSourceParts["queue"] = {
    receive: async (asked) => {
      if (++faults === 1) throw new TypeError("away");
      return queue.receive(asked);
    },
    complete: (receipt) => queue.complete(receipt),
  };

  const { told } = opened({ queue: failing, pool: seen.pool });
  await expect.poll(() => seen.batches.length, { timeout: 15_000 }).toBe(1);

  expect(told).toEqual([{ queueFailed: "TypeError: away" }]);
});

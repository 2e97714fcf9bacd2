import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Queue } from "../../layers/core/ports/queue.ts";
import type { TenantId } from "../../layers/core/tenant/tenant-id.ts";
import { tenant } from "../fixtures/tenants.ts";
import type { QueueUnderTest } from "./queue.contract.ts";

const [loud, quiet, third] = [tenant("loud"), tenant("quiet"), tenant("third")];
const now = { max: 10, visibilitySeconds: 600, waitSeconds: 0 };

/**
 * The published rule of SQS fair queues ("How Amazon SQS fair queues work", read 2026-11-21), for queues that judge for
 * themselves. SQS keeps it of its own accord, for messages that name their tenant as their group; the emulator of SQS
 * does not, so that what is sent to it is held to naming the group and no more.
 */
export function queueFairness(name: string, make: () => Promise<QueueUnderTest>): void {
  describe(`the fairness of a queue, on ${name}`, () => {
    let made: QueueUnderTest;
    beforeEach(async () => {
      made = await make();
    });
    afterEach(() => made.close());
    const subject = () => made;

    servesInTurns(subject);
    judgesByMessagesInFlight(subject);
    judgesByTime(subject);
  });
}

type Subject = () => QueueUnderTest;

function servesInTurns(subject: Subject): void {
  test("a tenant with one message waits behind no other tenant's backlog, batch by batch", async () => {
    const { queue } = subject();
    await sendMany(queue, loud, 200);
    await queue.receive(now);

    await sendMany(queue, quiet, 1);
    await sendMany(queue, third, 1);
    const batch = await queue.receive({ ...now, max: 3 });

    expect(batch.map(({ tenantId }) => tenantId).toSorted()).toEqual([loud, quiet, third]);
  });

  test("single receivers serve the tenants in turns, also one that sends again as soon as it is served", async () => {
    const { queue } = subject();
    await sendMany(queue, loud, 50);
    const served: string[] = [];

    for (let n = 0; n < 20; n++) {
      await sendMany(queue, quiet, 1);
      for (const { tenantId, receipt } of await queue.receive({ ...now, max: 1 })) {
        served.push(tenantId);
        await queue.complete(receipt);
      }
    }

    expect(served.filter((tenantId) => tenantId === loud)).toHaveLength(10);
  });
}

function judgesByMessagesInFlight(subject: Subject): void {
  test("a tenant with 30 messages in flight, over a tenth of all, comes after all who wait", async () => {
    const { queue } = subject();
    await sendMany(queue, loud, 60);
    for (let batch = 0; batch < 3; batch++) await queue.receive(now);
    await sendMany(queue, quiet, 12);

    const served = await singly(queue, 4);
    const batch = await queue.receive(now);

    expect(served).toEqual([quiet, quiet, quiet, quiet]);
    expect(batch.map(({ tenantId }) => tenantId)).toEqual([...Array(8).fill(quiet), loud, loud]);
  });

  test("a tenant with 30 in flight that are less than a tenth of all still has its turn", async () => {
    const { queue } = subject();
    await sendMany(queue, loud, 30);
    for (let batch = 0; batch < 3; batch++) await queue.receive(now);
    for (let crowd = 0; crowd < 11; crowd++) {
      await sendMany(queue, tenant(`crowd-${crowd}`), 29);
      for (let batch = 0; batch < 3; batch++) await queue.receive(now);
    }
    await sendMany(queue, loud, 5);
    await sendMany(queue, quiet, 20);

    const batch = await queue.receive(now);

    expect(batch.filter(({ tenantId }) => tenantId === loud)).toHaveLength(5);
  });

  test("among noisy tenants the one with the fewest messages in flight comes first", async () => {
    const { queue } = subject();
    await sendMany(queue, loud, 50);
    for (let batch = 0; batch < 4; batch++) await queue.receive(now);
    await sendMany(queue, third, 40);
    for (let batch = 0; batch < 3; batch++) await queue.receive(now);

    expect(await singly(queue, 3)).toEqual([third, third, third]);
  });
}

function judgesByTime(subject: Subject): void {
  /** Its one message took ten seconds of all the time that consumers have spent. */
  const workLong = async (sender: TenantId): Promise<void> => {
    const { queue, advance } = subject();
    const [message] = await queue.receive({ ...now, max: 1 });
    expect(message?.tenantId).toBe(sender);
    advance(10_000);
    await queue.complete(message?.receipt ?? "");
  };

  test("a tenant that took over a tenth of the recent processing time comes after all who wait", async () => {
    const { queue } = subject();
    await sendMany(queue, loud, 3);
    await workLong(loud);
    await sendMany(queue, quiet, 3);

    expect(await singly(queue, 5)).toEqual([quiet, quiet, quiet, loud, loud]);
  });

  test("the time of what is still being processed counts too", async () => {
    const { queue, advance } = subject();
    await sendMany(queue, loud, 3);
    await queue.receive({ ...now, max: 1 });
    advance(10_000);
    await sendMany(queue, quiet, 3);

    expect(await singly(queue, 5)).toEqual([quiet, quiet, quiet, loud, loud]);
  });

  test("a tenth of the time and no more leaves a tenant its turn", async () => {
    const { queue, advance } = subject();
    for (let sender = 0; sender < 10; sender++) await sendMany(queue, tenant(`equal-${sender}`), 2);
    await queue.receive(now);
    advance(10_000);

    await sendMany(queue, quiet, 10);
    const batch = await queue.receive(now);

    expect(new Set(batch.map(({ tenantId }) => tenantId)).size).toBe(10);
  });

  test("who has sent nothing for five minutes is quiet again", async () => {
    const { queue, advance } = subject();
    await sendMany(queue, loud, 3);
    await workLong(loud);
    advance(5 * 60_000);
    await sendMany(queue, quiet, 3);

    expect((await singly(queue, 4)).toSorted()).toEqual([loud, loud, quiet, quiet]);
  });

  test("whose backlog is gone is quiet again", async () => {
    const { queue } = subject();
    await sendMany(queue, loud, 1);
    await workLong(loud);
    await sendMany(queue, loud, 2);
    await sendMany(queue, quiet, 3);

    expect((await singly(queue, 4)).toSorted()).toEqual([loud, loud, quiet, quiet]);
  });
}

async function sendMany(queue: Queue, sender: TenantId, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, n) => queue.send(sender, { body: `${sender} ${n}` })));
}

/** Whose messages a receiver of one at a time is given. */
async function singly(queue: Queue, count: number): Promise<readonly string[]> {
  const served: string[] = [];
  for (let n = 0; n < count; n++) {
    served.push(...(await queue.receive({ ...now, max: 1 })).map(({ tenantId }) => tenantId));
  }
  return served;
}

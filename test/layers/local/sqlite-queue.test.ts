import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Clock } from "../../../layers/core/ports/clock.ts";
import { type SqliteQueue, sqliteQueue } from "../../../layers/local/sqlite-queue.ts";
import { sqliteTable } from "../../../layers/local/sqlite-table.ts";
import { systemChance } from "../../../layers/node/system-chance.ts";
import { systemClock } from "../../../layers/node/system-clock.ts";
import { queueContract, RECEIVES_MAX } from "../../contracts/queue.contract.ts";
import { manualClock } from "../../fixtures/manual-clock.ts";
import { temporaryFolder, testFolder } from "../../fixtures/temporary-folder.ts";
import { tenant } from "../../fixtures/tenants.ts";

queueContract("SQLite", async () => {
  const folder = await temporaryFolder();
  const clock = manualClock();
  const file = join(folder.path, "queue.sqlite");
  const queue = await sqliteQueue({ file, clock, chance: systemChance(), receivesMax: RECEIVES_MAX });
  return {
    queue,
    advance: clock.advance,
    close: async () => {
      await queue.close();
      await folder.remove();
    },
  };
});

const [loud, quiet, third] = [tenant("loud"), tenant("quiet"), tenant("third")];
const now = { max: 10, visibilitySeconds: 30, waitSeconds: 0 };

async function opened(file: string, clock: Clock = manualClock()): Promise<SqliteQueue> {
  const queue = await sqliteQueue({ file, clock, chance: systemChance(), receivesMax: 100 });
  onTestFinished(() => queue.close());
  return queue;
}

async function sendMany(queue: SqliteQueue, sender: typeof loud, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, n) => queue.send(sender, { body: `${sender} ${n}` })));
}

test("a tenant with one message waits behind no other tenant's backlog, batch by batch", async () => {
  const queue = await opened(join(await testFolder(), "queue.sqlite"));
  await sendMany(queue, loud, 200);
  await queue.receive(now);

  await sendMany(queue, quiet, 1);
  await sendMany(queue, third, 1);
  const batch = await queue.receive({ ...now, max: 3 });

  expect(batch.map(({ tenantId }) => tenantId).toSorted()).toEqual([loud, quiet, third]);
});

test("single receivers serve the tenants in turns, also one that sends again as soon as it is served", async () => {
  const queue = await opened(join(await testFolder(), "queue.sqlite"));
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

test("a tenant with 30 messages in flight, over a tenth of all, comes after all who wait", async () => {
  const queue = await opened(join(await testFolder(), "queue.sqlite"));
  await sendMany(queue, loud, 60);
  for (let batch = 0; batch < 3; batch++) await queue.receive(now);
  await sendMany(queue, quiet, 12);
  const served: string[] = [];

  for (let n = 0; n < 4; n++) served.push(...(await queue.receive({ ...now, max: 1 })).map(({ tenantId }) => tenantId));
  const batch = await queue.receive(now);

  expect(served).toEqual([quiet, quiet, quiet, quiet]);
  expect(batch.map(({ tenantId }) => tenantId)).toEqual([...Array(8).fill(quiet), loud, loud]);
});

test("extending a message whose time is over already does not hide it again", async () => {
  const clock = manualClock();
  const queue = await opened(join(await testFolder(), "queue.sqlite"), clock);
  await queue.send(loud, { body: "m" });
  const [message] = await queue.receive(now);
  clock.advance(30_000);

  await queue.extend(message?.receipt ?? "", 60);

  expect(await queue.receive(now)).toMatchObject([{ id: message?.id, attempt: 2 }]);
});

test("a tenant with 30 in flight that are less than a tenth of all still has its turn", async () => {
  const queue = await opened(join(await testFolder(), "queue.sqlite"));
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

test("a receiver hears of what another connection sends, and what was sent survives reopening", async () => {
  const file = join(await testFolder(), "queue.sqlite");
  const [one, two] = [await opened(file, systemClock()), await opened(file, systemClock())];
  const waiting = two.receive({ ...now, waitSeconds: 20 });

  await one.send(loud, { body: "heard 😀" });
  const heard = await waiting;
  await one.send(loud, { body: "kept" });
  await one.close();
  const kept = await (await opened(file, systemClock())).receive(now);

  expect([heard, kept]).toMatchObject([[{ body: "heard 😀" }], [{ body: "kept" }]]);
});

test("a table's file is no queue, and is refused", async () => {
  const file = join(await testFolder(), "state.sqlite");
  const table = await sqliteTable({ file, clock: manualClock() });
  onTestFinished(() => table.close());

  await expect(opened(file)).rejects.toMatchObject({
    code: "store_unavailable",
    store: "queue",
    cause: { code: "sqlite_format_unknown" },
  });
});

test("a closed queue faults", async () => {
  const queue = await sqliteQueue({
    file: join(await testFolder(), "queue.sqlite"),
    clock: manualClock(),
    chance: systemChance(),
    receivesMax: 1,
  });

  await queue.close();

  await expect(queue.send(loud, { body: "m" })).rejects.toMatchObject({ code: "store_unavailable", store: "queue" });
  await expect(queue.receive(now)).rejects.toMatchObject({ code: "store_unavailable", store: "queue" });
});

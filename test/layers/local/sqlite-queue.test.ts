import { spawn } from "node:child_process";
import { join } from "node:path";
import { execPath } from "node:process";
import { createInterface } from "node:readline";
import { setImmediate } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import type { Clock } from "../../../layers/core/ports/clock.ts";
import { QUEUE_FORMAT, queueWriter } from "../../../layers/local/queue-file.ts";
import { openSqliteFile } from "../../../layers/local/sqlite-file.ts";
import { QUEUE_POLL_MS, type SqliteQueue, sqliteQueue } from "../../../layers/local/sqlite-queue.ts";
import { sqliteTable } from "../../../layers/local/sqlite-table.ts";
import { systemChance } from "../../../layers/node/system-chance.ts";
import { systemClock } from "../../../layers/node/system-clock.ts";
import { type QueueUnderTest, queueContract, RECEIVES_MAX } from "../../contracts/queue.contract.ts";
import { queueFairness } from "../../contracts/queue-fairness.ts";
import { manualClock } from "../../fixtures/manual-clock.ts";
import { temporaryFolder, testFolder } from "../../fixtures/temporary-folder.ts";
import { tenant } from "../../fixtures/tenants.ts";

async function underTest(): Promise<QueueUnderTest> {
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
}

queueContract("SQLite", underTest);
queueFairness("SQLite", underTest);

const SENDER = join(import.meta.dirname, "../../fixtures/tireless-sender.ts");
const loud = tenant("loud");
const now = { max: 10, visibilitySeconds: 30, waitSeconds: 0 };

async function opened(file: string, clock: Clock = manualClock()): Promise<SqliteQueue> {
  const queue = await sqliteQueue({ file, clock, chance: systemChance(), receivesMax: 100 });
  onTestFinished(() => queue.close());
  return queue;
}

test("extending a message whose time is over already does not hide it again", async () => {
  const clock = manualClock();
  const queue = await opened(join(await testFolder(), "queue.sqlite"), clock);
  await queue.send(loud, { body: "m" });
  const [message] = await queue.receive(now);
  clock.advance(30_000);

  await queue.extend(message?.receipt ?? "", 60);

  expect(await queue.receive(now)).toMatchObject([{ id: message?.id, attempt: 2 }]);
});

test("a receiver is woken by what another connection sends, and by what it gives back", async () => {
  const file = join(await testFolder(), "queue.sqlite");
  const clock = manualClock(); // stands still: nobody is woken by it
  const [one, two] = [await opened(file, clock), await opened(file, clock)];

  const sent = two.receive({ ...now, waitSeconds: 20 });
  await one.send(loud, { body: "heard 😀" });
  const [message] = await sent;
  const again = one.receive({ ...now, waitSeconds: 20 });
  await two.extend(message?.receipt ?? "", 0);

  expect([await sent, await again]).toMatchObject([[{ body: "heard 😀", attempt: 1 }], [{ attempt: 2 }]]);
});

test("a waiting receiver is given what becomes visible, in its moment", async () => {
  const clock = manualClock();
  const queue = await opened(join(await testFolder(), "queue.sqlite"), clock);
  await queue.send(loud, { body: "m", delaySeconds: 1 });
  await setImmediate(); // the ring is over
  clock.advance(1000 - QUEUE_POLL_MS / 2);

  const waiting = queue.receive({ ...now, waitSeconds: 20 });
  await setImmediate(); // it sleeps now
  clock.advance(QUEUE_POLL_MS / 2);

  expect(await waiting).toMatchObject([{ body: "m" }]);
});

test("a message sent by a process that could not ring is found a second later", async () => {
  const file = join(await testFolder(), "queue.sqlite");
  const clock = manualClock();
  const queue = await opened(file, clock);
  const waiting = queue.receive({ ...now, waitSeconds: 20 });
  await setImmediate(); // it sleeps now
  const database = openSqliteFile(file, QUEUE_FORMAT);
  onTestFinished(() => database.close());
  const times = { visibleAtMs: clock.nowMs(), nowMs: clock.nowMs() };

  queueWriter(database)({ kind: "send", id: "m1", tenant: loud, body: "m", ...times });
  clock.advance(QUEUE_POLL_MS);

  expect(await waiting).toMatchObject([{ id: "m1" }]);
});

test("what was sent survives reopening", async () => {
  const file = join(await testFolder(), "queue.sqlite");
  const first = await opened(file);

  await first.send(loud, { body: "kept" });
  await first.close();

  expect(await (await opened(file)).receive(now)).toMatchObject([{ body: "kept" }]);
});

test("of a sender that is killed every acknowledged message is there, also where no disk was waited for", async () => {
  const file = join(await testFolder(), "queue.sqlite");
  const sender = spawn(execPath, [SENDER, file], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void sender.kill("SIGKILL"));
  const acknowledged: string[] = [];
  for await (const line of createInterface({ input: sender.stdout })) {
    if (acknowledged.push(line) === 700) sender.kill("SIGKILL");
  }

  const queue = await opened(file, systemClock());
  const received = new Set<string>();
  for (let size = 0, before = -1; size !== before; size = received.size) {
    before = size;
    for (const { body } of await queue.receive({ ...now, visibilitySeconds: 600 })) received.add(body);
  }

  expect(acknowledged.length).toBeGreaterThanOrEqual(700);
  expect(acknowledged.filter((body) => !received.has(body))).toEqual([]);
});

test("a file of the first version is taken over with its messages, its dead letters and their tenants", async () => {
  const file = join(await testFolder(), "queue.sqlite");
  const clock = manualClock();
  const nowMs = clock.nowMs();
  const database = openSqliteFile(file, FIRST_FORMAT);
  const insert = database.prepare("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?)");
  insert.run("waiting", "loud", "waiting", nowMs, 0, null, 0);
  insert.run("in-flight", "loud", "in flight", nowMs + 30_000, 1, "r1", 0);
  insert.run("dead", "third", "dead", nowMs, 5, null, 1);
  database.exec("INSERT INTO tenants VALUES ('loud', 3), ('third', 4)");
  database.close();

  const queue = await opened(file, clock);
  const waiting = await queue.receive(now);
  clock.advance(30_000);
  await queue.complete(waiting[0]?.receipt ?? "");
  const dead = await queue.deadLetters(10);

  expect(waiting).toMatchObject([{ id: "waiting", attempt: 1 }]);
  expect(await queue.receive(now)).toMatchObject([{ id: "in-flight", tenantId: loud, attempt: 2 }]);
  expect(dead).toMatchObject([{ id: "dead", tenantId: tenant("third"), body: "dead" }]);
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

/** As the first version of it was made; pinned by literal. */
const FIRST_FORMAT = {
  applicationId: 0x534b5155,
  version: 1,
  schema: `
    CREATE TABLE messages (
      id TEXT PRIMARY KEY, tenant TEXT NOT NULL, body TEXT NOT NULL, visible_at_ms INTEGER NOT NULL,
      attempt INTEGER NOT NULL, receipt TEXT, dead INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX messages_by_time ON messages (dead, visible_at_ms);
    CREATE INDEX messages_by_tenant ON messages (tenant, dead, visible_at_ms, receipt);
    CREATE INDEX messages_by_attempt ON messages (dead, attempt);
    CREATE UNIQUE INDEX messages_by_receipt ON messages (receipt) WHERE receipt IS NOT NULL;
    CREATE TABLE tenants (tenant TEXT PRIMARY KEY, turn INTEGER NOT NULL) STRICT;`,
};

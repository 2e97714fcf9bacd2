import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Receipts } from "../../../../layers/core/message/receipts.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { refused } from "../../../../layers/core/result.ts";
import { sqliteTable } from "../../../../layers/local/sqlite-table.ts";
import { sha256 } from "../../../../layers/node/sha256.ts";
import { systemClock } from "../../../../layers/node/system-clock.ts";
import { localDynamoTable } from "../../../fixtures/dynamo-table.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { temporaryFolder } from "../../../fixtures/temporary-folder.ts";
import { acme, bar, channel, draft, everyone, logParts, readOn, told, value } from "./message-bench.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SECTION = 1_000_000_000;

interface Made {
  readonly table: Table;
  close(): Promise<void>;
}

const manual = manualClock();
const clock = { ...manual, sleep: systemClock().sleep };

const TABLES: readonly (readonly [string, () => Promise<Made>])[] = [
  ["DynamoDB", () => localDynamoTable(clock)],
  [
    "SQLite",
    async () => {
      const folder = await temporaryFolder();
      const table = await sqliteTable({ file: join(folder.path, "state.db"), clock });
      return { table, close: () => table.close().then(folder.remove) };
    },
  ],
];

describe.each(TABLES)("logs on %s", (_, make) => {
  let made: Made;
  beforeAll(async () => {
    made = await make();
  });
  afterAll(() => made.close());

  test("several processes append to one log, and everyone reads all of it in order", async () => {
    const { table } = made;
    const logs = [1, 2, 3].map((seed) => logParts({ table, clock, seed }).log);
    const work = logs.flatMap((log, by) =>
      [1, 2, 3, 4, 5].map((n) => log.append(acme, everyone, [draft(`${by}.${n}`), draft(`${by}.${n}+`)])),
    );

    const appended = (await Promise.all(work)).flatMap((each) => told(value(each)));

    const { log } = logParts({ table, clock });
    expect((await readOn(log, { channel: everyone, after: 0 }, 7)).toSorted()).toEqual(appended.toSorted());
    const { messages } = await log.history(acme, { channel: everyone, limit: 30 });
    expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 30 }, (_each, index) => 30 - index));
    expect(await readOn(log, { channel: channel("channel:x"), after: 0 })).toEqual([]);
    expect((await log.read(bar, { channel: everyone, after: 0, limit: 5 })).messages).toEqual([]);
    const receipts = new Receipts({ table, clock, digest: sha256, log });
    const ann = { channel: everyone, subject: "ann" };
    value(await receipts.note(acme, { ...ann, seq: 7 }));
    expect(value(await receipts.note(acme, { ...ann, seq: 6 })).seq).toBe(7);
    expect(await receipts.note(acme, { ...ann, seq: 31 })).toEqual(refused({ reason: "receipt_invalid", head: 30 }));
    expect(value(await receipts.list(acme, { channel: everyone, seq: 7, limit: 5 })).receipts).toHaveLength(1);
  });

  test("a channel is removed while others publish there, and made again with all that they said", async () => {
    const { table } = made;
    const of = channel("channel:removed");
    const [first, ...others] = [1, 2, 3].map((seed) => logParts({ table, clock, seed }));
    if (first === undefined) throw new TypeError();
    await first.channels.setUp(acme, of, { retentionSeconds: 3_600 });
    const appends = others.flatMap(({ log }, by) => [1, 2, 3].map((n) => log.append(acme, of, [draft(`${by}.${n}`)])));

    await Promise.all([...appends, first.log.remove(acme, of), first.log.remove(acme, of)]);
    await first.log.remove(acme, of);
    const removed = value(await first.channels.list(acme, { limit: 100 })).channels;
    const [last] = value(await first.log.append(acme, of, [draft("last")]));

    expect(removed.map((each) => each.channel)).not.toContain(of);
    const read = await readOn(first.log, { channel: of, after: 0 }, 50);
    expect(read.at(-1)).toBe(`${last?.seq} last`);
    expect(new Set(read.map((each) => each.split(" ")[1]))).toEqual(
      new Set(["last", ...[0, 1].flatMap((by) => [1, 2, 3].map((n) => `${by}.${n}`))]),
    );
    expect(read).toHaveLength(7);
    const record = value(await first.channels.list(acme, { limit: 100 })).channels.find((each) => each.channel === of);
    expect(record).toMatchObject({ retentionSeconds: 604_800 });
    expect(await first.channels.names.isTaken(acme, { channel: of, life: record?.life ?? 0 })).toBe(true);
    await first.log.remove(acme, of);
    expect(await first.channels.names.isTaken(acme, { channel: of, life: record?.life ?? 0 })).toBe(false);
  });

  test("a log goes on in other sections: after its retention was shortened, before its end is gone, and once all is", async () => {
    const { table } = made;
    const of = channel("channel:sections");
    const append = async (...bodies: readonly string[]) => {
      const logs = bodies.map((_body, seed) => logParts({ table, clock, seed }).log);
      const appended = logs.map((log, index) => log.append(acme, of, [draft(bodies[index] ?? "")]));
      return (await Promise.all(appended)).flatMap((each) => value(each).map(({ seq }) => seq)).toSorted();
    };
    const { channels, log } = logParts({ table, clock });

    const first = await append("a", "b");
    value(await channels.setUp(acme, of, { retentionSeconds: 3_600 }));
    const shortened = await append("c", "d");
    manual.advance(20 * HOUR_MS);
    const nearEnd = await append("e", "f");
    manual.advance(2 * DAY_MS);
    const restarted = await append("g", "h");

    const from = (section: number) => [section * SECTION + 1, section * SECTION + 2];
    expect([first, shortened, nearEnd, restarted]).toEqual([from(0), from(1), from(2), from(3)]);
    expect(await log.headOf(acme, of)).toBe(3 * SECTION + 2);
    expect((await readOn(log, { channel: of, after: 0 })).map((each) => each.replace(/ [a-h]$/, ""))).toEqual([
      "1",
      "2",
      `missing ${SECTION + 1} to ${3 * SECTION}`,
      ...from(3).map(String),
    ]);
    const listed = value(await channels.list(acme, { limit: 5 })).channels;
    expect(listed).toMatchObject([{ channel: of, floor: 3 * SECTION, retentionSeconds: 3_600 }]);
  });
});

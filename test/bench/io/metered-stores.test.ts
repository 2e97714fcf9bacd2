import { expect, onTestFinished, test } from "vitest";
import { meteredBlob, meteredTable, NO_USE, StoreMeter } from "../../../bench/io/metered-stores.ts";
import { fileBlob } from "../../../layers/local/file-blob.ts";
import { manualClock } from "../../fixtures/manual-clock.ts";
import { memoryTable } from "../../fixtures/memory-table.ts";
import { seededChance } from "../../fixtures/seeded-chance.ts";
import { testFolder } from "../../fixtures/temporary-folder.ts";

const key = { pk: "TENANT#acme#RECIPE", sk: "r" };
const item = (bytes: number) => ({ ...key, text: "x".repeat(bytes) });

function metered() {
  const meter = new StoreMeter();
  return { meter, table: meteredTable(memoryTable(manualClock()), meter) };
}

test("a read is one, with a unit for each 4 KB, and half as many where it may be stale", async () => {
  const { meter, table } = metered();
  await table.put(item(5_000));
  meter.reset();

  const found = await table.get(key);
  const strong = meter.reset();
  await table.get(key, { stale: true });
  const stale = meter.reset();
  await table.get({ ...key, sk: "absent" });
  const absent = meter.reset();

  expect(found?.text).toHaveLength(5_000);
  expect(strong).toEqual({ ...NO_USE, tableReads: 1, readUnits: 2 });
  expect(stale).toEqual({ ...NO_USE, tableReads: 1, readUnits: 1 });
  expect(absent).toEqual({ ...NO_USE, tableReads: 1, readUnits: 1 });
});

test("a write is one, with a unit for each KB of the larger of before and after", async () => {
  const { meter, table } = metered();

  await table.put(item(3_000));
  const put = meter.reset();
  await table.update(key, { set: { text: "short" } });
  const update = meter.reset();
  await table.update(key, { set: { text: "y".repeat(2_000) } });
  const grown = meter.reset();
  await table.delete(key);
  const gone = meter.reset();

  expect(put).toEqual({ ...NO_USE, tableWrites: 1, writeUnits: 3 });
  expect(update).toEqual({ ...NO_USE, tableWrites: 1, writeUnits: 3 });
  expect(grown).toEqual({ ...NO_USE, tableWrites: 1, writeUnits: 2 });
  expect(gone).toEqual({ ...NO_USE, tableWrites: 1, writeUnits: 2 });
});

test("a write whose condition fails is billed too, and is refused as ever", async () => {
  const { meter, table } = metered();

  const refused = await table.update(key, { add: { count: 1 } }, { if: "present" });

  expect(refused).toEqual({ ok: false, problem: { reason: "condition_failed", current: undefined } });
  expect(meter.reset()).toEqual({ ...NO_USE, tableWrites: 1, writeUnits: 1 });
});

test("a page is one read of all its items together", async () => {
  const { meter, table } = metered();
  for (const sk of ["a", "b", "c"]) await table.put({ ...item(2_000), sk });
  meter.reset();

  const page = await table.query({ pk: key.pk, limit: 10 });

  expect(page.items).toHaveLength(3);
  expect(meter.reset()).toEqual({ ...NO_USE, tableReads: 1, readUnits: 2 });
});

test("blobs written and listed cost one kind, blobs read the other, and deletions nothing", async () => {
  const meter = new StoreMeter();
  const files = fileBlob({ folder: await testFolder(), clock: manualClock(), chance: seededChance(1) });
  onTestFinished(() => files.close());
  const blob = meteredBlob(files, meter);

  await blob.put("k", new Uint8Array(10));
  await blob.list("k", { limit: 1 });
  const written = meter.reset();
  await blob.get("k");
  await blob.head("k");
  await blob.delete("k");
  const read = meter.reset();

  expect(written).toEqual({ ...NO_USE, blobWrites: 2 });
  expect(read).toEqual({ ...NO_USE, blobReads: 2 });
});

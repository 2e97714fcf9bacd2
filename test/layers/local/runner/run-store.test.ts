import { stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { RunRecord } from "../../../../layers/local/runner/run-record.ts";
import { openRunReader, openRunStore, type RunStore } from "../../../../layers/local/runner/run-store.ts";
import { runOrder } from "../../../fixtures/awaited-run.ts";
import { testFolder } from "../../../fixtures/temporary-folder.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const A = tenant("acme");
const B = tenant("beta");

async function aStore(): Promise<RunStore & { readonly file: string }> {
  const file = join(await testFolder(), "runs.sqlite");
  const store = openRunStore(file);
  onTestFinished(store.close);
  return { ...store, file };
}

function record(runId: string, more: Partial<RunRecord> = {}): RunRecord {
  return { tenantId: A, order: runOrder({ runId, port: 3000 }), folder: "/shop", life: { state: "starting" }, ...more };
}

const ended = (endedAtEpochMs: number): RunRecord["life"] => ({
  state: "exited",
  reason: "memory_exceeded",
  exitCode: 137,
  signal: "SIGKILL",
  detail: "more than 1 bytes",
  startedAtEpochMs: 1,
  endedAtEpochMs,
  usage: { cpuMs: 5, outputBytes: 0 },
});

test("a run is read as it was written, by another process too, and as it was written last", async () => {
  const store = await aStore();
  const reader = openRunReader(store.file);
  onTestFinished(reader.close);
  const running = record("run1", {
    life: { state: "running", startedAtEpochMs: 1, leader: { pid: 7, startedAt: "9" } },
  });
  await Promise.all([store.put(record("run1")), store.put(running)]);

  const before = reader.get(A, "run1");
  await store.put(record("run1", { life: ended(10) }));

  expect(before).toEqual(running);
  expect(reader.get(A, "run1")).toEqual(record("run1", { life: ended(10) }));
  expect([reader.get(B, "run1"), reader.get(A, "run2")]).toEqual([undefined, undefined]);
});

test("those that have not ended are listed, of all tenants, and hold their ports", async () => {
  const store = await aStore();
  await store.put(record("over", { life: ended(10) }));
  const none = store.holderOf(3000);
  await store.put(record("run1", { tenantId: B }));

  expect(none).toBeUndefined();
  expect(store.open()).toEqual([record("run1", { tenantId: B })]);
  expect(store.holderOf(3000)).toEqual(record("run1", { tenantId: B }));
  expect(store.holderOf(3001)).toBeUndefined();
});

test("those that ended long ago are forgotten, some at a time, and no others", async () => {
  const store = await aStore();
  for (const [runId, endedAt] of [
    ["old1", 1],
    ["old2", 2],
    ["old3", 3],
    ["new", 100],
  ] as const) {
    await store.put(record(runId, { life: ended(endedAt) }));
  }
  await store.put(record("open"));

  const forgotten = [store.forget(100, 2), store.forget(100, 2), store.forget(100, 2)];

  const names = forgotten.map((records) => records.map(({ order }) => order.runId));
  expect(names).toEqual([["old1", "old2"], ["old3"], []]);
  expect([store.get(A, "old1"), store.get(A, "new"), store.get(A, "open")]).toMatchObject([
    undefined,
    { order: { runId: "new" } },
    { order: { runId: "open" } },
  ]);
});

test("a write that the store can't make is told to who asked for it", async () => {
  const store = openRunStore(join(await testFolder(), "runs.sqlite"));
  store.close();

  await expect(store.put(record("run1"))).rejects.toThrow();
});

test("the file is there", async () => {
  const store = await aStore();

  expect((await stat(store.file)).size).toBeGreaterThan(0);
});

import { expect, test } from "vitest";
import { KEPT_MS, NOTED_RUNS_MAX } from "../../../../layers/core/log/limits.ts";
import { LogBook } from "../../../../layers/core/log/log-book.ts";
import { notingRunner } from "../../../../layers/core/log/noting-runner.ts";
import type { Runner, RunOrder, RunStatus } from "../../../../layers/core/ports/runner.ts";
import { ok, type Result, refused } from "../../../../layers/core/result.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");
const globex = tenant("globex");

function aBook() {
  const clock = manualClock();
  return { clock, book: new LogBook({ table: memoryTable(clock), clock }) };
}

const run = (runId: string, projectId = "p1") => ({ projectId, runId, place: `at-${runId}`, lifetimeMs: 60_000 });

test("runs stand in the order in which they were noted, each once, and apart by project and tenant", async () => {
  const { book, clock } = aBook();
  await book.note(acme, run("b"));
  clock.advance(5);
  await book.note(acme, run("a"));
  await book.note(acme, { ...run("b"), place: "elsewhere" });
  await book.note(acme, run("c", "p1-other"));
  await book.note(globex, run("d"));

  const runs = await book.runs(acme, "p1");

  expect(runs.map(({ runId, place }) => [runId, place])).toEqual([
    ["b", "at-b"],
    ["a", "at-a"],
  ]);
  expect(await book.projects(acme, 10)).toEqual(["p1", "p1-other"]);
  expect(await book.projects(acme, 1)).toEqual(["p1"]);
});

test("of many runs the last are told", async () => {
  const { book, clock } = aBook();
  for (let count = 0; count < NOTED_RUNS_MAX + 2; count++) {
    await book.note(acme, run(`r${count}`));
    clock.advance(1);
  }

  const runs = await book.runs(acme, "p1");

  expect([runs.length, runs[0]?.runId]).toEqual([NOTED_RUNS_MAX, "r2"]);
});

test("a run is forgotten once nothing of it is kept any more, and at once with its project", async () => {
  const { book, clock } = aBook();
  await book.note(acme, run("a"));
  await book.note(acme, run("b", "p2"));
  await book.clear(acme, "p2");
  clock.advance(60_000 + KEPT_MS - 1);
  const before = await book.runs(acme, "p1");
  await book.forget(acme, "p2");
  const others = [await book.runs(acme, "p2"), await book.clearedAtEpochMs(acme, "p2")];

  clock.advance(1_001);

  expect(before).toHaveLength(1);
  expect(others).toEqual([[], undefined]);
  expect(await book.runs(acme, "p1")).toEqual([]);
});

test("a clear is remembered for as long as there are lines from before it", async () => {
  const { book, clock } = aBook();
  const nowMs = clock.nowMs();
  await book.clear(acme, "p1");

  expect(await book.clearedAtEpochMs(acme, "p1")).toBe(nowMs);
  expect(await book.clearedAtEpochMs(globex, "p1")).toBeUndefined();
  clock.advance(KEPT_MS + 1_000);
  expect(await book.clearedAtEpochMs(acme, "p1")).toBeUndefined();
});

const ORDER: RunOrder = {
  runId: "r1",
  projectId: "p1",
  command: { shell: "true" },
  workingDirectory: ".",
  environment: {},
  limits: { cpuShare: 1, memoryBytes: 1, diskBytes: 1, processCount: 1, lifetimeMs: 60_000 },
  graceMs: 0,
};

function runnerThat(starts: Result<RunStatus, { readonly reason: "workspace_outside" }>): Runner {
  return {
    start: async () => starts,
    stop: async () => refused({ reason: "run_unknown" }),
    look: async () => [],
    output: async () => ({ lines: [], cursor: "c", ended: true }),
    portState: async () => ({ state: "free" }),
  };
}

test("a run that a runner has started stands in the book, and one that it refused does not", async () => {
  const { book } = aBook();
  const status: RunStatus = { runId: "r1", projectId: "p1", place: "arn/task-7", state: "starting" };
  const logPlace = (place: string) => `log-of-${place.split("/")[1]}`;
  const refusal = refused({ reason: "workspace_outside" } as const);

  const refusedStart = await notingRunner(runnerThat(refusal), book, logPlace).start(acme, ORDER);
  const before = await book.runs(acme, "p1");
  const runner = notingRunner(runnerThat(ok(status)), book, logPlace);
  const started = await runner.start(acme, ORDER);

  expect([refusedStart, before]).toEqual([refusal, []]);
  expect(started).toEqual(ok(status));
  expect(await book.runs(acme, "p1")).toMatchObject([{ runId: "r1", place: "log-of-task-7" }]);
});

test("all else is asked of the runner itself", async () => {
  const { book } = aBook();
  const runner = notingRunner(runnerThat(refused({ reason: "workspace_outside" })), book, (place) => place);

  expect(await runner.stop(acme, { runId: "r" })).toEqual(refused({ reason: "run_unknown" }));
  expect(await runner.look(acme, [])).toEqual([]);
  expect(await runner.output(acme, { runId: "r" }, { linesMax: 1 })).toMatchObject({ cursor: "c" });
  expect(await runner.portState(acme, 3000)).toEqual({ state: "free" });
});

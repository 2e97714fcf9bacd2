import { expect, test } from "vitest";
import type { ProcessRow } from "../../../../layers/local/runner/process-table.ts";
import { runMembers } from "../../../../layers/local/runner/run-members.ts";

function row(pid: number, parentPid: number, more: Partial<ProcessRow> = {}): ProcessRow {
  return { pid, parentPid, groupId: pid, startedAt: `at ${pid}`, cpuMs: 0, residentBytes: 0, ...more };
}

const RUNNER = row(10, 1);
const LEADERS = new Map([[20, "mark/acme/run1"]]);

function members(environments: Readonly<Record<number, string>> = {}) {
  const sorter = runMembers({ environmentOf: (pid) => environments[pid] }, "mark/");
  return (rows: readonly ProcessRow[], leaders: ReadonlyMap<number, string> = LEADERS) =>
    Object.fromEntries([...sorter.sort(rows, leaders)].map(([marker, those]) => [marker, those.map(({ pid }) => pid)]));
}

test("a run has its first process and all that come of it, however far, and nobody else's", () => {
  const sort = members();

  const found = sort([row(1, 0), RUNNER, row(22, 21), row(20, 10), row(21, 20), row(30, 10), row(31, 30)]);

  expect(found).toEqual({ "mark/acme/run1": [22, 20, 21] });
});

test("whoever was of a run stays of it when its parent is gone", () => {
  const sort = members();
  sort([RUNNER, row(20, 10), row(21, 20)]);

  const found = sort([RUNNER, row(21, 1), row(22, 21)]);

  expect(found).toEqual({ "mark/acme/run1": [21, 22] });
});

test("whoever is in its group is of a run", () => {
  expect(members()([RUNNER, row(21, 1, { groupId: 20 })])).toEqual({ "mark/acme/run1": [21] });
});

test("whoever was started with its marker is of a run, also one that is not known any more", () => {
  const sort = members({
    21: "PATH=/bin\0SKEIN_RUN=mark/acme/run1\0",
    22: "SKEIN_RUN=mark/acme/gone\0",
    23: "SKEIN_RUN=other/acme/run1\0",
    24: "XSKEIN_RUN=mark/acme/run1\0",
  });

  const found = sort([RUNNER, row(21, 1), row(22, 1), row(23, 1), row(24, 1)]);

  expect(found).toEqual({ "mark/acme/run1": [21], "mark/acme/gone": [22] });
});

test("a number that was given again is another process's", () => {
  const sort = members();
  sort([RUNNER, row(20, 10), row(21, 20)]);

  const found = sort([RUNNER, row(21, 1, { startedAt: "later" })], new Map());

  expect(found).toEqual({});
});

test("a run that is launched between two looks is known though its process was seen before", () => {
  const sort = members();
  sort([RUNNER, row(20, 10)], new Map());

  expect(sort([RUNNER, row(20, 10)])).toEqual({ "mark/acme/run1": [20] });
});

test("who is skipped counts as what it was, and a look without it does not take it for new", () => {
  const asked: number[] = [];
  const sorter = runMembers(
    {
      environmentOf(pid) {
        asked.push(pid);
        return undefined;
      },
    },
    "mark/",
  );
  sorter.sort([RUNNER, row(20, 10), row(30, 1)], LEADERS);

  const strangers = sorter.strangers();
  const found = sorter.sort([row(20, 10), row(21, 20)], LEADERS, strangers);
  sorter.sort([RUNNER, row(20, 10), row(21, 20), row(30, 1)], LEADERS);

  expect(strangers).toEqual(new Set([10, 30]));
  expect([...found.values()].flat()).toMatchObject([{ pid: 20 }, { pid: 21 }]);
  expect(asked).toEqual([10, 30]);
});

test("two runs are kept apart", () => {
  const leaders = new Map([...LEADERS, [40, "mark/acme/run2"]]);

  const found = members()([RUNNER, row(20, 10), row(40, 10), row(41, 40), row(21, 20)], leaders);

  expect(found).toEqual({ "mark/acme/run1": [20, 21], "mark/acme/run2": [40, 41] });
});

test("processes that are each other's parents, as a slow look may show, are looked at once", () => {
  expect(members()([row(50, 51), row(51, 50), row(52, 52)])).toEqual({});
});

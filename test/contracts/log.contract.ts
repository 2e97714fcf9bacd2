import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KEPT_MS, LINE_CHARACTERS_MAX, PAGE_LINES_MAX } from "../../layers/core/log/limits.ts";
import type { LogLine, WrittenLine } from "../../layers/core/log/log-line.ts";
import { EVERY_LINE, type LogQuery } from "../../layers/core/log/log-query.ts";
import type { LogPageAsked, LogStore } from "../../layers/core/log/log-store.ts";
import { parseLogQuery } from "../../layers/core/log/parse-log-query.ts";
import type { TenantId } from "../../layers/core/tenant/tenant-id.ts";
import type { ManualClock } from "../fixtures/manual-clock.ts";
import { tenant } from "../fixtures/tenants.ts";
import { followsLogs } from "./log-following.ts";

export interface LogsUnderTest {
  readonly logs: LogStore;
  readonly clock: ManualClock;
  /** As whoever runs the project does it: one call, one writer. */
  write(tenantId: TenantId, projectId: string, lines: readonly WrittenLine[]): Promise<void>;
  /** Whether it is known of a line which stream it came out of. */
  readonly tellsStreams: boolean;
  /** Whether it is known how many lines a listener has missed. */
  readonly countsMissed: boolean;
  close(): Promise<void>;
}

/** The logs under test, and a project of `acme` that no other test has. */
export type LogsSubject = () => LogsUnderTest & { readonly projectId: string };

export const acme = tenant("acme");
const globex = tenant("globex");

/** What every adapter of the port promises. */
export function logContract(name: string, make: () => Promise<LogsUnderTest>): void {
  describe(`the log contract, on ${name}`, () => {
    let made: LogsUnderTest;
    let projects = 0;
    const subject = () => ({ ...made, projectId: `proj_${projects++}` });
    beforeAll(async () => {
      made = await make();
    });
    afterAll(() => made.close());

    keepsLines(subject);
    readsPages(subject);
    findsLines(subject);
    forgets(subject);
    keepsTenantsApart(subject);
    followsLogs(subject);
  });
}

export function aLine(clock: ManualClock, text: string, given: Partial<WrittenLine> = {}): WrittenLine {
  return { runId: "run-1", atEpochMs: clock.nowMs(), stream: "stdout", text, ...given };
}

export const texts = (lines: readonly LogLine[]): string[] => lines.map(({ text }) => text);

const EVERYTHING: LogPageAsked = { query: EVERY_LINE, limit: PAGE_LINES_MAX, from: "oldest" };

async function textsIn({ logs }: LogsUnderTest, projectId: string, query = EVERY_LINE): Promise<string[]> {
  return texts((await logs.read(acme, projectId, { ...EVERYTHING, query })).lines);
}

export function queryOf(text: string, clock: ManualClock): LogQuery {
  const query = parseLogQuery(text, clock.nowMs());
  if (!query.ok) throw new TypeError(query.problem.reason);
  return query.value;
}

function keepsLines(subject: LogsSubject): void {
  test("lines come back as they were written, in their order, with their level", async () => {
    const { logs, clock, projectId, write, tellsStreams } = subject();
    const written = [
      aLine(clock, "listening on 3000"),
      aLine(clock, "\u001b[31mERROR\u001b[0m no\ttab 😀 é", { stream: "stderr" }),
      aLine(clock, '{"level":20,"msg":"x"}', { stream: "system", atEpochMs: clock.nowMs() + 1 }),
      aLine(clock, "  indented: 0123456789012ioX\tlike a head", { runId: "run_2", atEpochMs: clock.nowMs() + 2 }),
    ];

    await write(acme, projectId, written);

    const page = await logs.read(acme, projectId, EVERYTHING);
    const levels = ["info", "error", "debug", "info"];
    expect(page.lines).toEqual(
      written.map((line, index) => ({
        ...line,
        stream: tellsStreams ? line.stream : "stdout",
        projectId,
        level: levels[index],
        sequence: expect.stringMatching(/^[A-Za-z0-9_-]+$/),
      })),
    );
    expect(new Set(page.lines.map(({ sequence }) => sequence)).size).toBe(4);
    expect(page.next).toBeUndefined();
  });

  test("a line is one line, no longer than it may be, in good Unicode", async () => {
    const { clock, projectId, write, ...made } = subject();
    const long = "é".repeat(LINE_CHARACTERS_MAX);

    await write(acme, projectId, [
      aLine(clock, "one\r\n"),
      aLine(clock, "first\nsecond\r\n\nthird"),
      aLine(clock, `${long}x`),
      aLine(clock, "half \ud83d of a pair"),
    ]);

    const kept = await textsIn({ ...made, clock, write }, projectId);
    expect(kept).toEqual(["one", "first second third", long, "half \ufffd of a pair"]);
  });

  test("lines of later writers come after those of earlier ones, and no place is given twice", async () => {
    const { logs, clock, projectId, write } = subject();

    for (const text of ["a", "b", "c"]) {
      await write(acme, projectId, [
        aLine(clock, `${text}1`, { runId: text }),
        aLine(clock, `${text}2`, { runId: text }),
      ]);
      clock.advance(1);
    }

    const { lines } = await logs.read(acme, projectId, EVERYTHING);
    expect(texts(lines)).toEqual(["a1", "a2", "b1", "b2", "c1", "c2"]);
    expect(new Set(lines.map(({ sequence }) => sequence)).size).toBe(6);
  });

  test("a project that never wrote has nothing", async () => {
    const { logs, projectId } = subject();

    expect(await logs.read(acme, projectId, EVERYTHING)).toEqual({ lines: [] });
    expect(await logs.stats(acme, projectId)).toEqual({
      lineCount: 0,
      characterCount: 0,
      byLevel: { debug: 0, info: 0, warn: 0, error: 0 },
      byStream: { stdout: 0, stderr: 0, system: 0 },
      byRun: {},
    });
    await logs.clear(acme, projectId);
    await logs.erase(acme, projectId);
    expect(await logs.projects(acme, 1_000)).not.toContain(projectId);
  });

  test("what is there is counted", async () => {
    const { logs, clock, projectId, write, tellsStreams } = subject();
    const fromMs = clock.nowMs();
    await write(acme, projectId, [
      aLine(clock, "ERROR é", { runId: "r2" }),
      aLine(clock, "warn: b", { atEpochMs: fromMs + 5, stream: "stderr" }),
      aLine(clock, "c", { atEpochMs: fromMs + 9, runId: "r2" }),
    ]);

    expect(await logs.stats(acme, projectId)).toEqual({
      lineCount: 3,
      characterCount: 15,
      oldestAtEpochMs: fromMs,
      newestAtEpochMs: fromMs + 9,
      byLevel: { debug: 0, info: 1, warn: 1, error: 1 },
      byStream: { stdout: tellsStreams ? 2 : 3, stderr: tellsStreams ? 1 : 0, system: 0 },
      byRun: { r2: 2, "run-1": 1 },
    });
  });
}

function readsPages(subject: LogsSubject): void {
  test.each([1, 2, 3, 7, 8])("pages of %i show every line once, from either end", async (limit) => {
    const { logs, clock, projectId, write } = subject();
    const written = ["a", "b", "c", "d", "e", "f", "g"];
    await write(
      acme,
      projectId,
      written.map((text, index) => aLine(clock, text, { atEpochMs: clock.nowMs() + index })),
    );

    const onward: string[] = [];
    const backward: string[] = [];
    for (let next: string | undefined = "", pages = 0; next !== undefined && pages < 9; pages++) {
      const after: object = next === "" ? {} : { after: next };
      const page = await logs.read(acme, projectId, { query: EVERY_LINE, limit, from: "oldest", ...after });
      onward.push(...texts(page.lines));
      next = page.next;
    }
    for (let next: string | undefined = "", pages = 0; next !== undefined && pages < 9; pages++) {
      const before: object = next === "" ? {} : { before: next };
      const page = await logs.read(acme, projectId, { query: EVERY_LINE, limit, from: "newest", ...before });
      backward.unshift(...texts(page.lines));
      next = page.next;
    }

    expect(onward).toEqual(written);
    expect(backward).toEqual(written);
  });

  test("both ends of a page may be given", async () => {
    const { logs, clock, projectId, write } = subject();
    await write(
      acme,
      projectId,
      ["a", "b", "c", "d"].map((text, index) => aLine(clock, text, { atEpochMs: clock.nowMs() + index })),
    );
    const { lines } = await logs.read(acme, projectId, EVERYTHING);
    const between = { after: lines[0]?.sequence ?? "", before: lines[3]?.sequence ?? "" };

    for (const from of ["newest", "oldest"] as const) {
      expect(texts((await logs.read(acme, projectId, { ...EVERYTHING, from, ...between })).lines)).toEqual(["b", "c"]);
    }
  });

  test("a place that never was counts as the beginning of what there is", async () => {
    const { logs, clock, projectId, write } = subject();
    await write(acme, projectId, [aLine(clock, "a")]);

    expect(texts((await logs.read(acme, projectId, { ...EVERYTHING, after: "no-place" })).lines)).toEqual(["a"]);
  });

  test.each([0, -1, 1.5, Number.NaN, PAGE_LINES_MAX + 1])("a page of %d lines is a mistake", async (limit) => {
    const { logs, projectId } = subject();

    await expect(logs.read(acme, projectId, { ...EVERYTHING, limit })).rejects.toMatchObject({ code: "log_malformed" });
  });
}

function findsLines(subject: LogsSubject): void {
  const QUERIES: readonly (readonly [query: string, found: readonly string[]])[] = [
    ["", ["Disk is full", "ERROR disk gone", "warn: Éa", "debug: ping"]],
    ["disk", ["Disk is full", "ERROR disk gone"]],
    ["DISK -gone", ["Disk is full"]],
    ['"disk is"', ["Disk is full"]],
    ["éA", ["warn: Éa"]],
    ["level:error", ["ERROR disk gone"]],
    ["-level:debug,info", ["ERROR disk gone", "warn: Éa"]],
    ["run:two", ["warn: Éa", "debug: ping"]],
    ["-run:two level:info", ["Disk is full"]],
    ["since:2s", ["warn: Éa", "debug: ping"]],
    ["until:2s", ["Disk is full", "ERROR disk gone"]],
    ["since:3s until:1s", ["ERROR disk gone", "warn: Éa"]],
    ["20270101", []],
    ["two", []],
    ["nothing", []],
  ];

  test.each(QUERIES)("%j finds %j, in pages and in one go", async (query, found) => {
    const { logs, clock, projectId, write } = subject();
    const at = (agoMs: number) => ({ atEpochMs: clock.nowMs() - agoMs });
    await write(acme, projectId, [
      aLine(clock, "Disk is full", at(4_000)),
      aLine(clock, "ERROR disk gone", at(3_000)),
      aLine(clock, "warn: Éa", { ...at(2_000), runId: "two" }),
      aLine(clock, "debug: ping", { ...at(1_000), runId: "two" }),
    ]);
    const asked = queryOf(query, clock);

    for (const from of ["newest", "oldest"] as const) {
      expect(texts((await logs.read(acme, projectId, { query: asked, limit: 10, from })).lines)).toEqual(found);
    }
    const scanned: string[] = [];
    for await (const lines of logs.scan(acme, projectId, asked)) scanned.push(...texts(lines));
    expect(scanned).toEqual(found);
  });

  test("a page is filled with what is found, past what is not", async () => {
    const { logs, clock, projectId, write } = subject();
    const words = ["yes 1", "no", "yes 2", "no", "no", "yes 3", "no"];
    await write(
      acme,
      projectId,
      words.map((text, index) => aLine(clock, text, { atEpochMs: clock.nowMs() + index })),
    );
    const query = queryOf("yes", clock);

    const newest = await logs.read(acme, projectId, { query, limit: 2, from: "newest" });
    const oldest = await logs.read(acme, projectId, { query, limit: 2, from: "oldest" });

    expect(texts(newest.lines)).toEqual(["yes 2", "yes 3"]);
    expect(texts(oldest.lines)).toEqual(["yes 1", "yes 2"]);
  });
}

function forgets(subject: LogsSubject): void {
  test("lines that are cleared are gone, and later ones go on after them", async () => {
    const { logs, clock, projectId, write } = subject();
    await write(acme, projectId, [aLine(clock, "a"), aLine(clock, "b")]);
    const [, b] = (await logs.read(acme, projectId, EVERYTHING)).lines;
    clock.advance(10);

    await logs.clear(acme, projectId);
    const cleared = await logs.read(acme, projectId, EVERYTHING);
    clock.advance(10);
    await write(acme, projectId, [aLine(clock, "c")]);

    expect(cleared.lines).toEqual([]);
    expect(texts((await logs.read(acme, projectId, { ...EVERYTHING, after: b?.sequence ?? "" })).lines)).toEqual(["c"]);
  });

  test("lines are kept for three days and no longer", async () => {
    const { logs, clock, projectId, write } = subject();
    await write(acme, projectId, [aLine(clock, "old")]);
    clock.advance(KEPT_MS);
    await write(acme, projectId, [aLine(clock, "new")]);

    const before = texts((await logs.read(acme, projectId, EVERYTHING)).lines);
    clock.advance(1);
    const after = texts((await logs.read(acme, projectId, EVERYTHING)).lines);

    expect(before).toEqual(["old", "new"]);
    expect(after).toEqual(["new"]);
  });

  test("an erased project never wrote, and others are as they were", async () => {
    const { logs, clock, projectId, write } = subject();
    const other = `${projectId}-other`;
    await write(acme, projectId, [aLine(clock, "a")]);
    await write(acme, other, [aLine(clock, "b")]);
    expect(await logs.projects(acme, 1_000)).toEqual(expect.arrayContaining([projectId, other]));

    await logs.erase(acme, projectId);

    expect(await logs.read(acme, projectId, EVERYTHING)).toEqual({ lines: [] });
    const left = await logs.projects(acme, 1_000);
    expect([left.includes(projectId), left.includes(other)]).toEqual([false, true]);
    expect(texts((await logs.read(acme, other, EVERYTHING)).lines)).toEqual(["b"]);
    expect(await logs.projects(acme, 1)).toHaveLength(1);
  });
}

function keepsTenantsApart(subject: LogsSubject): void {
  test("tenant A never sees a line of tenant B, also of a project of the same name, and can't take one away", async () => {
    const { logs, clock, projectId, write } = subject();
    await write(acme, projectId, [aLine(clock, "of acme")]);
    await write(globex, projectId, [aLine(clock, "of globex")]);
    const lineOf = async (tenantId: TenantId) => texts((await logs.read(tenantId, projectId, EVERYTHING)).lines);
    const globexOnly = `${projectId}-b`;
    await write(globex, globexOnly, [aLine(clock, "of globex")]);

    const follower = logs.follow(acme, projectId, { query: EVERY_LINE, after: "0" });
    const followed = await follower.next(0);
    follower.close();
    await logs.clear(acme, projectId);
    await logs.erase(acme, projectId);
    await logs.erase(acme, globexOnly);

    expect(texts(followed.lines)).toEqual(["of acme"]);
    expect(await lineOf(acme)).toEqual([]);
    expect(await lineOf(globex)).toEqual(["of globex"]);
    expect((await logs.read(acme, globexOnly, EVERYTHING)).lines).toEqual([]);
    expect((await logs.stats(acme, globexOnly)).lineCount).toBe(0);
    expect(await logs.projects(acme, 1_000)).not.toContain(globexOnly);
    expect((await logs.stats(globex, globexOnly)).lineCount).toBe(1);
  });

  test.each(["", "..", "../globex/proj_0", "a/b", "a\0", ".a", "a b", "x".repeat(65)])(
    "%j names no project",
    async (projectId) => {
      const { logs } = subject();
      const malformed = { code: "log_malformed" };

      await expect(logs.read(acme, projectId, EVERYTHING)).rejects.toMatchObject(malformed);
      expect(() => logs.follow(acme, projectId, { query: EVERY_LINE })).toThrow(expect.objectContaining(malformed));
      await expect(logs.clear(acme, projectId)).rejects.toMatchObject(malformed);
      await expect(logs.erase(acme, projectId)).rejects.toMatchObject(malformed);
      await expect(logs.stats(acme, projectId)).rejects.toMatchObject(malformed);
    },
  );

  test("ids that differ in capitals alone are two", async () => {
    const { logs, clock, projectId, write } = subject();
    await write(acme, `${projectId}-ab`, [aLine(clock, "small")]);
    await write(acme, `${projectId}-aB`, [aLine(clock, "capital")]);

    expect(texts((await logs.read(acme, `${projectId}-ab`, EVERYTHING)).lines)).toEqual(["small"]);
    expect(texts((await logs.read(acme, `${projectId}-aB`, EVERYTHING)).lines)).toEqual(["capital"]);
    expect(await logs.projects(acme, 1_000)).toContain(`${projectId}-aB`);
  });
}

import { expect, test } from "vitest";
import { FOLLOW_LINES_MAX } from "../../layers/core/log/limits.ts";
import { EVERY_LINE } from "../../layers/core/log/log-query.ts";
import type { LogBatch, LogFollower } from "../../layers/core/log/log-store.ts";
import { acme, aLine, type LogsSubject, queryOf, texts } from "./log.contract.ts";

/** More than anything here takes. */
const WAIT_MS = 10_000;

/** What a follower is told until it has so many lines. */
async function toldOf(follower: LogFollower, count: number): Promise<readonly LogBatch[]> {
  const batches: LogBatch[] = [];
  while (batches.flatMap(({ lines }) => lines).length < count) batches.push(await follower.next(WAIT_MS));
  return batches;
}

const textsOf = (batches: readonly LogBatch[]) => batches.flatMap(({ lines }) => texts(lines));

export function followsLogs(subject: LogsSubject): void {
  test("a listener is told what comes after it began to listen, and nothing else", async () => {
    const { logs, clock, projectId, write } = subject();
    await write(acme, projectId, [aLine(clock, "before")]);
    clock.advance(1);
    const follower = logs.follow(acme, projectId, { query: EVERY_LINE });

    const first = await follower.next(0);
    await write(acme, projectId, [aLine(clock, "one"), aLine(clock, "two", { atEpochMs: clock.nowMs() + 1 })]);
    const told = await toldOf(follower, 2);
    follower.close();

    expect(first.lines).toEqual([]);
    expect(textsOf(told)).toEqual(["one", "two"]);
  });

  test("a listener hears of a line while it waits, also of the first one ever", async () => {
    const { logs, clock, projectId, write } = subject();
    const follower = logs.follow(acme, projectId, { query: EVERY_LINE });
    await follower.next(0);

    const waiting = toldOf(follower, 1);
    await write(acme, projectId, [aLine(clock, "first")]);

    expect(textsOf(await waiting)).toEqual(["first"]);
    follower.close();
  });

  test("whoever comes back to where it stood is told all that it has not been told, once", async () => {
    const { logs, clock, projectId, write } = subject();
    const write1 = (text: string) => write(acme, projectId, [aLine(clock, text)]).then(() => clock.advance(1));
    const first = logs.follow(acme, projectId, { query: EVERY_LINE });
    await first.next(0);
    await write1("one");
    await write1("two");
    const told = await toldOf(first, 2);
    first.close();
    await write1("three");
    await write1("four");
    const one = told.flatMap(({ lines }) => lines)[0]?.sequence ?? "";

    const again = logs.follow(acme, projectId, { query: EVERY_LINE, after: told.at(-1)?.position ?? "" });
    const earlier = logs.follow(acme, projectId, { query: EVERY_LINE, after: one });

    expect(textsOf(await toldOf(again, 2))).toEqual(["three", "four"]);
    expect(textsOf(await toldOf(earlier, 3))).toEqual(["two", "three", "four"]);
    again.close();
    earlier.close();
  });

  test("a listener goes on from the end of a page without a gap", async () => {
    const { logs, clock, projectId, write } = subject();
    await write(acme, projectId, [aLine(clock, "one"), aLine(clock, "other", { atEpochMs: clock.nowMs() + 1 })]);
    const page = await logs.read(acme, projectId, { query: queryOf("one", clock), limit: 5, from: "newest" });
    clock.advance(2);
    await write(acme, projectId, [aLine(clock, "three")]);

    const follower = logs.follow(acme, projectId, { query: EVERY_LINE, after: page.end ?? "" });

    expect(textsOf(await toldOf(follower, 1))).toEqual(["three"]);
    follower.close();
  });

  test("each listener is told by its own query, and its place moves on over the rest", async () => {
    const { logs, clock, projectId, write } = subject();
    const errors = logs.follow(acme, projectId, { query: queryOf("level:error", clock), after: "0" });
    const disks = logs.follow(acme, projectId, { query: queryOf("disk", clock), after: "0" });
    const lines = ["ERROR one", "disk two", "three"].map((text, index) =>
      aLine(clock, text, { atEpochMs: clock.nowMs() + index }),
    );
    await write(acme, projectId, lines);

    const [told, others] = [await toldOf(errors, 1), await toldOf(disks, 1)];
    const position = told.at(-1)?.position ?? "";
    clock.advance(5);
    await write(acme, projectId, [aLine(clock, "ERROR four")]);
    const again = logs.follow(acme, projectId, { query: EVERY_LINE, after: position });

    expect(textsOf(told)).toEqual(["ERROR one"]);
    expect(textsOf(others)).toEqual(["disk two"]);
    expect(textsOf(await toldOf(again, 1)).at(-1)).toBe("ERROR four");
    for (const each of [errors, disks, again]) each.close();
  });

  test("many lines are told some at a time, in their order", async () => {
    const { logs, clock, projectId, write } = subject();
    const count = 2 * FOLLOW_LINES_MAX + 7;
    const lines = Array.from({ length: count }, (_, index) =>
      aLine(clock, `line ${index}`, { atEpochMs: clock.nowMs() + index }),
    );
    await write(acme, projectId, lines);
    clock.advance(count);

    const follower = logs.follow(acme, projectId, { query: EVERY_LINE, after: "0" });
    const told = await toldOf(follower, count);
    follower.close();

    expect(Math.max(...told.map((batch) => batch.lines.length))).toBeLessThanOrEqual(FOLLOW_LINES_MAX);
    expect(textsOf(told)).toEqual(lines.map(({ text }) => text));
  });

  test("a wait ends when its time is over, and at once when its listener is gone", async () => {
    const { logs, projectId } = subject();
    const follower = logs.follow(acme, projectId, { query: EVERY_LINE });
    const gone = new AbortController();
    const startedMs = performance.now();

    const late = await follower.next(100);
    const lateMs = performance.now() - startedMs;
    const waiting = follower.next(WAIT_MS, gone.signal);
    gone.abort();
    const left = await waiting;
    follower.close();

    expect([late.lines, left.lines]).toEqual([[], []]);
    expect(lateMs).toBeGreaterThanOrEqual(99);
    expect(performance.now() - startedMs).toBeLessThan(WAIT_MS / 2);
  });

  test("a listener whose lines were cleared before it had read them is told that it missed them", async () => {
    const { logs, clock, projectId, write, countsMissed } = subject();
    await write(acme, projectId, [aLine(clock, "read")]);
    const follower = logs.follow(acme, projectId, { query: EVERY_LINE, after: "0" });
    await toldOf(follower, 1);
    clock.advance(1);
    await write(acme, projectId, [aLine(clock, "unread"), aLine(clock, "unread")]);
    clock.advance(1);
    await logs.clear(acme, projectId);
    clock.advance(1);
    await write(acme, projectId, [aLine(clock, "later")]);

    const told = await toldOf(follower, 1);
    follower.close();

    expect(textsOf(told)).toEqual(["later"]);
    if (countsMissed) expect(told.flatMap(({ missed }) => missed ?? [])).toEqual([{ count: 2 }]);
  });
}

import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { CallContext } from "../../../layers/core/http/http-message.ts";
import { LISTENERS_MAX, LISTENERS_PER_TENANT_MAX } from "../../../layers/core/log/limits.ts";
import { LogListeners } from "../../../layers/core/log/log-listeners.ts";
import type { LogBatch, LogStore } from "../../../layers/core/log/log-store.ts";
import { LOG_HEARTBEAT_MS, LOG_STREAM_END_MARGIN_MS } from "../../../layers/http/limits.ts";
import { type LogStreamParts, logStream } from "../../../layers/http/log-stream.ts";
import { readLogStream } from "../../../layers/http/log-stream-asked.ts";
import { fileLogs } from "../../../layers/local/log/file-logs.ts";
import { eventReader, type ReadEvent } from "../../fixtures/event-reader.ts";
import { type ManualClock, manualClock } from "../../fixtures/manual-clock.ts";
import { callContext } from "../../fixtures/mcp-parts.ts";
import { principalOf } from "../../fixtures/principals.ts";
import { testFolder } from "../../fixtures/temporary-folder.ts";
import { tenant } from "../../fixtures/tenants.ts";

const acme = tenant("acme");
const NOW_MS = Date.UTC(2027, 0, 1);

interface Stage {
  readonly clock: ManualClock;
  readonly parts: LogStreamParts;
  write(...texts: readonly string[]): Promise<void>;
}

async function stage(logs?: LogStreamParts["logs"]): Promise<Stage> {
  const clock = manualClock(NOW_MS);
  const files = fileLogs({ folder: join(await testFolder(), "logs"), clock });
  const writer = files.writer(acme, "p1");
  onTestFinished(() => writer.close());
  return {
    clock,
    parts: {
      logs: logs ?? files,
      clock,
      listeners: new LogListeners(),
      view: ({ text, level, sequence }) => ({ id: sequence, level, message: text }),
    },
    write: (...texts) =>
      writer.append(texts.map((text) => ({ runId: "r", atEpochMs: clock.nowMs(), stream: "stdout" as const, text }))),
  };
}

interface Opening {
  readonly query?: string;
  readonly lastEventId?: string;
  readonly context?: Partial<CallContext>;
}

function opened({ clock, parts }: Stage, { query = "", lastEventId, context = {} }: Opening = {}) {
  const headers = { "last-event-id": lastEventId };
  const request = {
    method: "GET",
    path: "/",
    query,
    headers,
    body: new Uint8Array(0),
    remoteAddress: "::1",
    tls: false,
  };
  const asked = readLogStream(request, clock.nowMs());
  if (!asked.ok) throw new TypeError(asked.problem.reason);
  const given = { principal: principalOf({ tenantId: acme }), ...context };
  const stream = logStream(parts, "p1", asked.value, callContext({ clock }, given));
  if (!stream.ok) throw new TypeError(stream.problem.reason);
  const reader = eventReader(stream.value);
  onTestFinished(() => reader.leave());
  return { ...reader, reply: stream.value };
}

async function take(reader: { next(): Promise<ReadEvent | undefined> }, count: number): Promise<readonly unknown[]> {
  const events: unknown[] = [];
  while (events.length < count) events.push(await reader.next());
  return events;
}

const line = (id: number, message: string, how: object, level = "info") => ({
  event: "log",
  id: String(id),
  data: { id: String(id), level, message, ...how },
});
const control = (event: string, data: object, id?: string) => ({ event, id, data: { ...data, timestamp: NOW_MS } });
const CONNECTED = control("log", { type: "connected", projectId: "p1" });
const historyOf = (count: number) => control("status", { type: "historical_complete", count });
const historical = { historical: true };
const realtime = { realtime: true };

test("a listener is told that it is connected, what was, that this was all, and what comes", async () => {
  const made = await stage();
  await made.write("one", "two");
  const reader = opened(made);

  const before = await take(reader, 4);
  await made.write("three");
  const after = await take(reader, 1);

  expect(reader.reply.headers["content-type"]).toBe("text/event-stream");
  expect([...before, ...after]).toEqual([
    CONNECTED,
    line(1, "one", historical),
    line(2, "two", historical),
    historyOf(2),
    line(3, "three", realtime),
  ]);
});

test("the first line that a project ever writes is told", async () => {
  const made = await stage();
  const reader = opened(made);
  const before = await take(reader, 2);

  await made.write("first");

  expect([...before, ...(await take(reader, 1))]).toEqual([CONNECTED, historyOf(0), line(1, "first", realtime)]);
});

test("history is as long as asked for", async () => {
  const made = await stage();
  await made.write("one", "two", "three");

  expect(await take(opened(made, { query: "tail=1" }), 3)).toEqual([
    CONNECTED,
    line(3, "three", historical),
    historyOf(1),
  ]);
  for (const query of ["tail=0", "includeHistory=false"]) {
    expect(await take(opened(made, { query }), 2)).toEqual([CONNECTED, historyOf(0)]);
  }
});

test("without following, the stream ends after the history", async () => {
  const made = await stage();
  await made.write("one");

  expect(await take(opened(made, { query: "follow=false" }), 4)).toEqual([
    CONNECTED,
    line(1, "one", historical),
    historyOf(1),
    undefined,
  ]);
});

test("each listener is told by its own filters", async () => {
  const made = await stage();
  await made.write("ERROR old", "old");
  const errors = opened(made, { query: "level=error" });
  const disks = opened(made, { query: "search=disk%20-full" });
  const before = [await take(errors, 3), await take(disks, 2)];

  await made.write("disk full", "ERROR disk", "last disk");

  expect([...before, await take(errors, 1), await take(disks, 2)]).toEqual([
    [CONNECTED, line(1, "ERROR old", historical, "error"), historyOf(1)],
    [CONNECTED, historyOf(0)],
    [line(4, "ERROR disk", realtime, "error")],
    [line(4, "ERROR disk", realtime, "error"), line(5, "last disk", realtime)],
  ]);
});

describe("a client that comes back", () => {
  test.each([
    ["in its header", { lastEventId: "2" }],
    ["in the query", { query: "lastEventId=2" }],
  ])("and says %s what it was told last misses nothing and is told nothing twice", async (_how, opening) => {
    const made = await stage();
    await made.write("one", "two", "three");

    const reader = opened(made, opening);
    const told = await take(reader, 3);
    await made.write("four");

    expect([...told, ...(await take(reader, 1))]).toEqual([
      CONNECTED,
      historyOf(0),
      line(3, "three", realtime),
      line(4, "four", realtime),
    ]);
  });

  test("too late for some lines is told how many, and gets the rest", async () => {
    const made = await stage();
    await made.write("one", "two", "three");
    await made.parts.logs.read(acme, "p1", { query: { includes: [], excludes: [] }, limit: 1, from: "newest" });
    const files = made.parts.logs;
    if (!("clear" in files) || typeof files.clear !== "function") throw new TypeError("not the files");
    await files.clear(acme, "p1");
    await made.write("four");

    expect(await take(opened(made, { lastEventId: "1" }), 4)).toEqual([
      CONNECTED,
      historyOf(0),
      control("gap", { type: "gap", missed: 2 }),
      line(4, "four", realtime),
    ]);
  });
});

/** Answers each look with the next of these, moving the clock on by the wait that was asked for. */
function scripted(clock: () => ManualClock, batches: readonly (LogBatch | Error)[]) {
  const waitsMs: number[] = [];
  const closed = { count: 0 };
  const logs: Pick<LogStore, "read" | "follow"> = {
    read: async () => ({ lines: [] }),
    follow: () => {
      const left = [...batches];
      return {
        async next(waitMs) {
          waitsMs.push(waitMs);
          const batch = left.shift() ?? { lines: [] };
          if (batch instanceof Error) throw batch;
          if (batch.lines.length === 0) clock().advance(waitMs);
          return batch;
        },
        close: () => {
          closed.count++;
        },
      };
    },
  };
  return { logs, waitsMs, closed };
}

test("a quiet stream gives a sign of life, with the place that the listener has come to", async () => {
  const script = scripted(() => made.clock, [{ lines: [], position: "77" }]);
  const made: Stage = await stage(script.logs);

  const events = await take(opened(made), 3);

  const timestamp = NOW_MS + LOG_HEARTBEAT_MS;
  expect(events.at(-1)).toEqual({ event: "heartbeat", id: "77", data: { type: "heartbeat", timestamp } });
  expect(script.waitsMs).toEqual([LOG_HEARTBEAT_MS]);
});

test("a stream ends in good order before the door would cut it, and lets go of the log", async () => {
  const script = scripted(() => made.clock, []);
  const made: Stage = await stage(script.logs);
  const deadlineEpochMs = NOW_MS + LOG_HEARTBEAT_MS + LOG_STREAM_END_MARGIN_MS + 100;

  const events = await take(opened(made, { context: { deadlineEpochMs } }), 5);

  expect(events.slice(2)).toEqual([
    expect.objectContaining({ event: "heartbeat" }),
    expect.objectContaining({ event: "status", data: expect.objectContaining({ type: "reconnect" }) }),
    undefined,
  ]);
  expect(script.waitsMs).toEqual([LOG_HEARTBEAT_MS, 100]);
  expect(script.closed.count).toBe(1);
});

test.each(["the caller is gone", "the process is about to end"])("a stream ends at once when %s", async (why) => {
  const made = await stage();
  const over = new AbortController();
  const ended: Stage = why.startsWith("the caller")
    ? made
    : { ...made, parts: { ...made.parts, closing: over.signal } };
  const reader = opened(ended, why.startsWith("the caller") ? { context: { signal: over.signal } } : {});
  await take(reader, 2);

  const waiting = take(reader, 2);
  over.abort();

  expect(await waiting).toEqual([control("status", { type: "reconnect" }), undefined]);
});

test("a log that can't be read is told as an error, and the fault is the door's to report", async () => {
  const script = scripted(() => made.clock, [new RangeError("disk")]);
  const made: Stage = await stage(script.logs);
  const reader = opened(made);
  await take(reader, 2);

  expect(await reader.next()).toMatchObject({ event: "error", data: { type: "error", code: "log_unavailable" } });
  await expect(reader.next()).rejects.toThrow("disk");
  expect(script.closed.count).toBe(1);
});

describe("places to listen", () => {
  test("are bounded for a tenant, others have theirs, and one that leaves gives its own back once", () => {
    const listeners = new LogListeners();
    const taken = Array.from({ length: LISTENERS_PER_TENANT_MAX }, () => listeners.take(acme));

    const refused = listeners.take(acme);
    const other = listeners.take(tenant("globex"));
    taken[0]?.();
    taken[0]?.();

    expect(taken.every((leave) => leave !== undefined)).toBe(true);
    expect([refused, typeof other]).toEqual([undefined, "function"]);
    expect([typeof listeners.take(acme), listeners.take(acme)]).toEqual(["function", undefined]);
  });

  test("are bounded for all together", () => {
    const listeners = new LogListeners();
    const taken = Array.from({ length: LISTENERS_MAX }, (_, index) => listeners.take(tenant(`t${index}`)));

    expect(taken.every((leave) => leave !== undefined)).toBe(true);
    expect(listeners.take(acme)).toBeUndefined();
  });

  test("that are all taken are told as such, and come free when a stream ends", async () => {
    const made = await stage();
    const leaves = Array.from({ length: LISTENERS_PER_TENANT_MAX - 1 }, () => made.parts.listeners.take(acme));
    const last = opened(made, { query: "follow=false" });

    expect(() => opened(made)).toThrow("listeners_too_many");
    while ((await last.next()) !== undefined);

    expect(leaves).toHaveLength(LISTENERS_PER_TENANT_MAX - 1);
    expect(typeof made.parts.listeners.take(acme)).toBe("function");
  });
});

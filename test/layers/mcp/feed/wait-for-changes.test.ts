import { expect, test } from "vitest";
import type { CallContext } from "../../../../layers/core/http/http-message.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { waitForChanges } from "../../../../layers/mcp/feed/wait-for-changes.ts";
import { KEEP_ALIVE_MS, STREAM_END_MARGIN_MS } from "../../../../layers/mcp/limits.ts";
import type { McpDependencies } from "../../../../layers/mcp/mcp-server.ts";
import { callContext, type McpParts, mcpParts } from "../../../fixtures/mcp-parts.ts";
import { elapse } from "../../../fixtures/virtual-time.ts";

interface Listening {
  readonly parts: McpParts;
  /** What was yielded so far, changes by name. */
  readonly heard: string[];
  readonly isOver: () => boolean;
  /** When it ended, after it began. */
  readonly endedAfterMs: () => number | undefined;
}

function listening(given: { context?: Partial<CallContext>; dependencies?: Partial<McpDependencies> } = {}): Listening {
  const parts = mcpParts([], given.dependencies);
  const context = callContext(parts, given.context);
  const startMs = parts.clock.nowMs();
  const heard: string[] = [];
  let endedMs: number | undefined;
  void (async () => {
    const reader = parts.server.feed.reader(context.principal.tenantId);
    for await (const batch of waitForChanges(parts.server, reader, context)) {
      if (batch === "quiet") heard.push("quiet");
      else heard.push(...batch.map(({ change }) => (typeof change === "string" ? change : change.uri)));
    }
    endedMs = parts.clock.nowMs() - startMs;
  })();
  return { parts, heard, isOver: () => endedMs !== undefined, endedAfterMs: () => endedMs };
}

const publish = ({ parts }: Listening) =>
  parts.server.feed.publish(callContext(parts).principal.tenantId, { uri: `r:${parts.clock.nowMs()}` });

test("a change is heard at the next look", async () => {
  const listener = listening();
  await elapse(listener.parts.clock, 500);

  await publish(listener);
  await elapse(listener.parts.clock, listener.parts.server.pollIntervalMs);

  expect(listener.heard).toHaveLength(1);
});

test("a sign of life is due in time, each time", async () => {
  const listener = listening();

  await elapse(listener.parts.clock, 4 * KEEP_ALIVE_MS + 100);

  expect(listener.heard).toEqual(["quiet", "quiet", "quiet", "quiet"]);
});

test("a sign of life is due also while changes come that the listener may not care for", async () => {
  const listener = listening();

  for (let ms = 0; ms < 2 * KEEP_ALIVE_MS + 100; ms += 1_000) {
    await publish(listener);
    await elapse(listener.parts.clock, 1_000);
  }

  expect(listener.heard.filter((what) => what === "quiet")).toHaveLength(2);
});

test("it ends before the door would cut it", async () => {
  const parts = mcpParts([]);
  const listener = listening({ context: { deadlineEpochMs: parts.clock.nowMs() + 30_000 } });

  await elapse(listener.parts.clock, 30_000);

  expect(listener.endedAfterMs()).toBeGreaterThanOrEqual(30_000 - STREAM_END_MARGIN_MS);
  expect(listener.endedAfterMs()).toBeLessThanOrEqual(30_000 - STREAM_END_MARGIN_MS + 20);
});

test("it ends after the time that the server lets a stream listen, also where changes keep coming", async () => {
  const listener = listening({ dependencies: { listenMs: 5_000 } });

  for (let ms = 0; ms < 5_000; ms += 500) {
    expect(listener.isOver()).toBe(false);
    await publish(listener);
    await elapse(listener.parts.clock, 500);
  }
  await elapse(listener.parts.clock, listener.parts.server.pollIntervalMs);

  expect(listener.isOver()).toBe(true);
  expect(listener.heard).toHaveLength(10);
});

test("it ends before the door would cut it, however long the server lets a stream listen", async () => {
  const parts = mcpParts([]);
  const context = { deadlineEpochMs: parts.clock.nowMs() + 30_000 };
  const listener = listening({ context, dependencies: { listenMs: 60_000 } });

  await elapse(listener.parts.clock, 30_000);

  expect(listener.endedAfterMs()).toBeLessThanOrEqual(30_000 - STREAM_END_MARGIN_MS + 20);
});

test("a client that comes back for the next stream as soon as one ends misses nothing", async () => {
  const listenMs = 1_000;
  const first = listening({ dependencies: { listenMs } });
  const tenantId = callContext(first.parts).principal.tenantId;
  await elapse(first.parts.clock, listenMs + first.parts.server.pollIntervalMs);
  expect(first.isOver()).toBe(true);

  await first.parts.server.feed.publish(tenantId, { uri: "r:between" });
  await elapse(first.parts.clock, 1_000);
  const next = waitForChanges(first.parts.server, first.parts.server.feed.reader(tenantId), callContext(first.parts));

  expect((await next.next()).value).toMatchObject([{ change: { uri: "r:between" } }]);
});

test("it ends at once when its caller is gone", async () => {
  const gone = new AbortController();
  const listener = listening({ context: { signal: gone.signal } });
  await elapse(listener.parts.clock, 100);

  gone.abort();
  await elapse(listener.parts.clock, 0);

  expect(listener.isOver()).toBe(true);
});

test("it ends when the process is about to stop", async () => {
  const closing = new AbortController();
  const listener = listening({ dependencies: { closing: closing.signal } });
  await elapse(listener.parts.clock, 100);
  expect(listener.isOver()).toBe(false);

  closing.abort();
  await elapse(listener.parts.clock, listener.parts.server.pollIntervalMs);

  expect(listener.isOver()).toBe(true);
});

test("a store that fails ends it with the fault", async () => {
  const fault = new Error("down");
  const table = { query: () => Promise.reject(fault) } as unknown as Table;
  const parts = mcpParts([], { table });
  const context = callContext(parts);

  const first = waitForChanges(parts.server, parts.server.feed.reader(context.principal.tenantId), context).next();

  await expect(first).rejects.toBe(fault);
});

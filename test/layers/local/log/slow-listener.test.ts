import { once } from "node:events";
import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { LINE_CHARACTERS_MAX } from "../../../../layers/core/log/limits.ts";
import { LogListeners } from "../../../../layers/core/log/log-listeners.ts";
import { EVERY_LINE } from "../../../../layers/core/log/log-query.ts";
import { logStream } from "../../../../layers/http/log-stream.ts";
import { fileLogs } from "../../../../layers/local/log/file-logs.ts";
import { systemClock } from "../../../../layers/node/system-clock.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { callContext } from "../../../fixtures/mcp-parts.ts";
import { principalOf } from "../../../fixtures/principals.ts";
import { testFolder } from "../../../fixtures/temporary-folder.ts";
import { tenant } from "../../../fixtures/tenants.ts";
import { openDoor } from "../../../fixtures/test-door.ts";

const acme = tenant("acme");

test("a listener that does not read is sent nothing more, is told how much it has missed, and goes on", async () => {
  const clock = systemClock();
  const logs = fileLogs({ folder: await testFolder(), clock });
  const writer = logs.writer(acme, "p1");
  const listeners = new LogListeners();
  let looks = 0;
  const follow: typeof logs.follow = (...from) => {
    const follower = logs.follow(...from);
    const next: typeof follower.next = (...waiting) => {
      looks++;
      return follower.next(...waiting);
    };
    return { next, close: () => follower.close() };
  };
  const parts = {
    logs: { read: logs.read, follow },
    clock,
    listeners,
    view: ({ text }: { readonly text: string }) => ({ message: text }),
  };
  const asked = { query: EVERY_LINE, tailCount: 0, isFollowed: true };
  const door = await openDoor(async (_request, { signal }) => {
    const context = callContext(
      { clock: manualClock(clock.nowMs()) },
      { principal: principalOf({ tenantId: acme }), signal },
    );
    const stream = logStream(parts, "p1", asked, context);
    if (!stream.ok) throw new TypeError(stream.problem.reason);
    return stream.value;
  });
  onTestFinished(() => door.server.close({ cut: true }));
  const socket = connect(door.server.port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  let told = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    told += text;
  });
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await expect.poll(() => told).toContain("historical_complete");
  const write = (name: string, count: number) =>
    writer.append(
      Array.from({ length: count }, (_, index) => {
        const text = `${name} ${index} ${"x".repeat(LINE_CHARACTERS_MAX - 100)}`;
        return { runId: "r", atEpochMs: clock.nowMs(), stream: "stdout" as const, text };
      }),
    );

  socket.pause();
  for (let batch = 0; batch < 40; batch++) {
    await write(`batch-${batch}`, 100);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const looksMeanwhile = looks;
  await write("last", 1);
  socket.resume();
  await expect.poll(() => told.includes('"last 0 '), { timeout: 20_000 }).toBe(true);

  const gaps = [...told.matchAll(/event: gap\ndata: (\{.*\})\n/g)].map(([, json = "{}"]) =>
    Number(JSON.parse(json).missed),
  );
  const ids = [...told.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
  const missed = gaps.reduce((sum, count) => sum + count, 0);
  expect(missed).toBeGreaterThan(1_000);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.at(-1)).toBe(4_001);
  expect(ids.length + missed).toBe(4_001);
  // Of 65 MB, a quarter of one at a time, what the sockets' buffers hold.
  expect(looksMeanwhile).toBeLessThan(100);
  writer.close();
  socket.destroy();
  await once(socket, "close");
  await expect.poll(() => door.lines.length, { timeout: 20_000 }).toBe(1);
  const places = Array.from({ length: 50 }, () => listeners.take(acme));
  expect(places.every((leave) => leave !== undefined)).toBe(true);
});

import { describe, expect, test } from "vitest";
import type { Clock } from "../../../../layers/core/ports/clock.ts";
import { WATCH_INTERVAL_MS } from "../../../../layers/mcp/limits.ts";
import { definePrompt, defineResource } from "../../../../layers/mcp/toolkit/tool.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { callContext, type McpParts, mcpParts } from "../../../fixtures/mcp-parts.ts";
import { isFailure, loose, never, started } from "../../../fixtures/started-call.ts";
import { elapse, passing } from "../../../fixtures/virtual-time.ts";

describe("the deadline", () => {
  test("ends a tool that hangs and ignores its signal, at its own time and no sooner", async () => {
    const parts = mcpParts([loose(never, { timeoutMs: 1_000 })]);
    const { outcome } = started(parts);
    let isOver = false;
    void outcome.then(() => {
      isOver = true;
    });

    await elapse(parts.clock, 990);
    expect(isOver).toBe(false);

    await elapse(parts.clock, WATCH_INTERVAL_MS + 10);
    expect(isOver).toBe(true);
    expect(await outcome).toMatchObject(isFailure(/did not finish in the time/));
  });

  test("is a minute for a tool that names none, and less where the door has less left", async () => {
    const seen: number[] = [];
    const parts = mcpParts([loose((_args, { deadlineEpochMs }) => `${seen.push(deadlineEpochMs)}`)]);
    const nowMs = parts.clock.nowMs();

    await started(parts).outcome;
    await started(parts, { caller: { context: callContext(parts, { deadlineEpochMs: nowMs + 10_000 }) } }).outcome;

    expect(seen).toEqual([nowMs + 60_000, nowMs + 8_000]);
  });

  test("aborts the tool's signal, whose late reply and late fault are dropped", async () => {
    let aborted: boolean | undefined;
    const parts = mcpParts([
      loose(
        async (_args, scope) => {
          await parts.clock.sleep(5_000, scope.signal);
          aborted = scope.signal.aborted;
          throw new Error("late");
        },
        { timeoutMs: 100 },
      ),
    ]);

    const outcome = await passing(parts.clock, started(parts).outcome);
    await elapse(parts.clock, 100);

    expect(outcome).toMatchObject(isFailure(/did not finish/));
    expect(aborted).toBe(true);
    expect(parts.reports).toEqual([]);
  });

  test("is told at once to a signal that is first looked at after it", async () => {
    let signal: AbortSignal | undefined;
    const parts = mcpParts([
      loose(
        async (_args, scope) => {
          await parts.clock.sleep(5_000);
          signal = scope.signal;
        },
        { timeoutMs: 100 },
      ),
    ]);

    await passing(parts.clock, started(parts).outcome);
    await elapse(parts.clock, 5_000);

    expect(signal?.aborted).toBe(true);
  });

  test("of a prompt or a resource is an error of the request", async () => {
    const parts = mcpParts([
      definePrompt({ name: "p", get: never }),
      defineResource({ uri: "r:1", name: "r", read: never }),
    ]);
    const prompt = started(parts, { request: { method: "prompts/get", params: { name: "p" } } }).outcome;
    const resource = started(parts, { request: { method: "resources/read", params: { uri: "r:1" } } }).outcome;

    for (const outcome of [prompt, resource]) {
      expect(await passing(parts.clock, outcome)).toMatchObject({ outcome: "refused", error: { code: -32603 } });
    }
  });

  test("that has passed before the call began ends it too", async () => {
    const parts = mcpParts([loose(never)]);
    const context = callContext(parts, { deadlineEpochMs: parts.clock.nowMs() - 1 });

    expect(await passing(parts.clock, started(parts, { caller: { context } }).outcome)).toMatchObject(
      isFailure(/time/),
    );
  });
});

describe("a caller that leaves", () => {
  const leaving = (parts: McpParts, leavingCancels: boolean) => {
    const gone = new AbortController();
    const caller = { context: callContext(parts, { signal: gone.signal }), leavingCancels };
    return { gone, call: started(parts, { caller }) };
  };

  test("cancels a call of 2026-07-28, whose tool sees it", async () => {
    let signal: AbortSignal | undefined;
    const parts = mcpParts([
      loose((_args, scope) => {
        signal = scope.signal;
        return never();
      }),
    ]);
    const { gone, call } = leaving(parts, true);

    gone.abort();
    expect(await passing(parts.clock, call.outcome)).toEqual({ outcome: "cancelled" });

    expect(signal?.aborted).toBe(true);
  });

  test("does not cancel an earlier revision's, which may come back", async () => {
    const parts = mcpParts([
      loose(async () => {
        await parts.clock.sleep(1_000);
        return "done";
      }),
    ]);
    const { gone, call } = leaving(parts, false);

    gone.abort();

    expect(await passing(parts.clock, call.outcome)).toMatchObject({ result: { content: [{ text: "done" }] } });
  });

  test("hears no more of a call that was cancelled", async () => {
    const parts = mcpParts([
      loose(async (_args, scope) => {
        await parts.clock.sleep(200);
        scope.progress(1);
        scope.log("emergency", "late");
      }),
    ]);
    const call = started(parts, { caller: { progressToken: 1, logLevel: "debug" } });

    call.run.end("cancelled");
    await elapse(parts.clock, 300);

    expect(await call.outcome).toEqual({ outcome: "cancelled" });
    expect(call.told).toEqual([]);
  });
});

test("where no call runs, nothing is watched and no timer runs", async () => {
  const clock = manualClock();
  let sleeps = 0;
  const counting: Clock = {
    nowMs: () => clock.nowMs(),
    sleep: (durationMs, signal) => {
      sleeps += 1;
      return clock.sleep(durationMs, signal);
    },
  };
  const parts = mcpParts([loose(() => "quick")], { clock: counting });
  await Promise.all([started(parts).outcome, started(parts).outcome]);

  await elapse(clock, 10 * WATCH_INTERVAL_MS);

  expect(sleeps).toBe(1);
});

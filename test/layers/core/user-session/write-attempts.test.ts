import { expect, test } from "vitest";
import { ok, refused } from "../../../../layers/core/result.ts";
import { startUserSession, type UserSession } from "../../../../layers/core/user-session/user-session.ts";
import { untilWritten } from "../../../../layers/core/user-session/write-attempts.ts";
import { systemChance } from "../../../../layers/node/system-chance.ts";
import { sessionId } from "../../../fixtures/user-session-calls.ts";

const contended = refused({ reason: "user_session_contended" });
const chance = systemChance();
const signal = new AbortController().signal;
const versioned = (version: number): UserSession => ({
  ...startUserSession(sessionId("s"), { content: {}, nowMs: 0 }),
  version,
});

/** Notes the pauses and takes none. */
function countingClock() {
  const pausesMs: number[] = [];
  return { pausesMs, nowMs: () => 0, sleep: async (durationMs: number) => void pausesMs.push(durationMs) };
}

test("each attempt sees what the one before lost to, until one is written", async () => {
  const seen: (number | undefined)[] = [];

  const outcome = await untilWritten(
    { clock: countingClock(), chance },
    undefined,
    async (current) => {
      seen.push(current?.version);
      return seen.length === 3 ? ok("written") : refused({ reason: "write_lost", current: versioned(seen.length) });
    },
    signal,
  );

  expect(outcome).toEqual(ok("written"));
  expect(seen).toEqual([undefined, 1, 2]);
});

test("a refusal ends the attempts", async () => {
  const clock = countingClock();
  const problem = refused({ reason: "user_session_unknown" } as const);

  const outcome = await untilWritten({ clock, chance }, versioned(1), async () => problem, signal);

  expect(outcome).toEqual(problem);
  expect(clock.pausesMs).toEqual([]);
});

test("after sixty-four lost attempts with short random pauses the writer gives up", async () => {
  const clock = countingClock();

  const outcome = await untilWritten(
    { clock, chance },
    versioned(1),
    async (current) => refused({ reason: "write_lost", current }),
    signal,
  );

  expect(outcome).toEqual(contended);
  expect(clock.pausesMs).toHaveLength(64);
  expect(clock.pausesMs.every((pauseMs) => pauseMs >= 0 && pauseMs <= 32)).toBe(true);
  expect(new Set(clock.pausesMs.slice(5)).size).toBeGreaterThan(50);
});

test("nothing more is tried for a caller whose time is over", async () => {
  const caller = new AbortController();
  let attempts = 0;

  const outcome = await untilWritten(
    { clock: countingClock(), chance },
    versioned(1),
    async (current) => {
      attempts += 1;
      caller.abort();
      return refused({ reason: "write_lost", current });
    },
    caller.signal,
  );

  expect(outcome).toEqual(contended);
  expect(attempts).toBe(1);
});

import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { lambdaSchedule, type WorkBounds, type WorkLine } from "../../../../layers/http/lambda/lambda-schedule.ts";
import { WORK_MARGIN_MS } from "../../../../layers/http/lambda/limits.ts";
import { recordedEvent } from "../../../fixtures/events/read-event.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";

async function invoke(event: unknown, work: (bounds: WorkBounds) => Promise<{ isFinished: boolean }>) {
  const clock = manualClock();
  const lines: WorkLine[] = [];
  const works = new Map([["sweep", work]]);
  const handler: unknown = lambdaSchedule({ works, clock, workEnded: (line) => void lines.push(line) });
  if (typeof handler !== "function") throw new TypeError("a handler is a function");
  const answer = await handler(event, { awsRequestId: "r1", getRemainingTimeInMillis: () => 60_000 });
  return { answer, lines, clock };
}

test("a work is done in the time that there is, less what ends it, and written down", async () => {
  const seen: number[] = [];

  const { answer, lines, clock } = await invoke(recordedEvent("schedule"), async ({ untilEpochMs }) => {
    seen.push(untilEpochMs);
    return { isFinished: false };
  });

  expect(answer).toEqual({ isFinished: false });
  expect(seen).toEqual([clock.nowMs() + 60_000 - WORK_MARGIN_MS]);
  expect(lines).toEqual([
    { atEpochMs: clock.nowMs(), requestId: "r1", work: "sweep", isFinished: false, durationMs: 0 },
  ]);
});

test("a run waits for what is done at its end, after which the process may stand still", async () => {
  const steps: string[] = [];
  const works = new Map([["sweep", async () => ({ isFinished: true })]]);
  const workEnded = async (): Promise<void> => {
    await turn();
    steps.push("told");
  };
  const handler: unknown = lambdaSchedule({ works, clock: manualClock(), workEnded });
  if (typeof handler !== "function") throw new TypeError("a handler is a function");

  await handler(recordedEvent("schedule"), { awsRequestId: "r1", getRemainingTimeInMillis: () => 60_000 });

  expect(steps).toEqual(["told"]);
});

test("a work that fails fails the invocation, so that it is tried again", async () => {
  const failing = invoke(recordedEvent("schedule"), async () => {
    throw new TypeError("broken");
  });

  await expect(failing).rejects.toThrow("broken");
});

test.each([
  ["another work", { ...recordedEvent("schedule"), work: "mop" }],
  ["no schedule's event", recordedEvent("queue-batch")],
])("%s is refused", async (_name, event) => {
  await expect(invoke(event, async () => ({ isFinished: true }))).rejects.toMatchObject({ code: "event_unknown" });
});

test("a warm-up does nothing", async () => {
  const { answer, lines } = await invoke({ source: "skein.warm-up" }, async () => {
    throw new TypeError("not now");
  });

  expect([answer, lines]).toEqual(["", []]);
});

import { setImmediate as turn } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { readScheduleEvent } from "../../../../layers/http/lambda/schedule-event.ts";
import type { InvocationOutcome } from "../../../../layers/local/lambda/invocation.ts";
import { openScheduleSource } from "../../../../layers/local/lambda/schedule-source.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { seededChance } from "../../../fixtures/seeded-chance.ts";

const SCHEDULES = [
  { work: "sweep", everyMinutes: 1, runsIn: "each-region" },
  { work: "bill", everyMinutes: 60, runsIn: "one-region" },
] as const;

const DONE: InvocationOutcome = { kind: "whole", body: Buffer.from("{}") };

function opened(outcome: InvocationOutcome = DONE) {
  const clock = manualClock();
  const events: unknown[] = [];
  const told: object[] = [];
  const source = openScheduleSource({
    schedules: SCHEDULES,
    scheduleArnPrefix: "arn:aws:scheduler:eu-west-1:000000000000:schedule/default/skein-upkeep",
    pool: {
      invoke: async ({ event }) => {
        events.push(JSON.parse(event));
        return outcome;
      },
    },
    clock,
    chance: seededChance(1),
    tell: (line) => void told.push(line),
  });
  onTestFinished(() => source.close(0));
  const works = () => events.map((event) => Object(event).work);
  return { clock, source, events, told, works };
}

test("each work is called at once, and then at its interval", async () => {
  const { clock, works } = opened();
  await turn();
  const atOnce = works();

  clock.advance(60_000);
  await turn();

  expect(atOnce).toEqual(["sweep", "bill"]);
  expect(works()).toEqual(["sweep", "bill", "sweep"]);
});

test("an event is what Scheduler makes of its input", async () => {
  const { clock, events } = opened();
  await turn();

  expect(readScheduleEvent(events[0])).toMatchObject({
    ok: true,
    value: {
      work: "sweep",
      scheduleArn: "arn:aws:scheduler:eu-west-1:000000000000:schedule/default/skein-upkeep-sweep",
      dueAtEpochSeconds: clock.nowMs() / 1_000,
      attempt: 1,
    },
  });
});

test("a run that failed is told, and the next one comes as ever", async () => {
  const { clock, told, works } = opened({ kind: "error", error: { errorType: "E", errorMessage: "m" } });
  await turn();

  clock.advance(60_000);
  await turn();

  expect(told[0]).toMatchObject({ work: "sweep", errorType: "E", errorMessage: "m" });
  expect(works().filter((work) => work === "sweep")).toHaveLength(2);
});

test("closed, it calls nothing more", async () => {
  const { clock, source, works } = opened();
  await turn();

  await source.close(1_000);
  clock.advance(3_600_000);
  await turn();

  expect(works()).toEqual(["sweep", "bill"]);
});

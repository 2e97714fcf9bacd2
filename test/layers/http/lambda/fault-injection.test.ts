import { expect, test } from "vitest";
import { recordedEvent } from "../../../fixtures/events/read-event.ts";
import { answering } from "../../../fixtures/http-call.ts";
import { aDoor, invoke, REQUEST_ID } from "../../../fixtures/lambda-door.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { seededChance } from "../../../fixtures/seeded-chance.ts";
import { elapse } from "../../../fixtures/virtual-time.ts";

const SEED = 7;

function broken(faults: { readonly delayMs?: number; readonly delayedShare?: number; readonly failedShare?: number }) {
  const clock = manualClock();
  const given = { delayMs: 0, delayedShare: 0, failedShare: 0, ...faults };
  const seen: string[] = [];
  const door = aDoor(async (request, context) => {
    seen.push(request.path);
    return answering({ status: 201 })(request, context);
  });
  return { door: { ...door, drill: { faults: given, clock, chance: seededChance(SEED) } }, clock, seen };
}

test("a call that shall fail is answered with 500, reported as a drill's, and never handled", async () => {
  const { door, seen } = broken({ failedShare: 1 });

  const reply = await invoke(door, recordedEvent("rest-json"));

  expect(reply.statusCode).toBe(500);
  expect(JSON.parse(reply.body)).toMatchObject({ code: "internal", requestId: REQUEST_ID });
  expect(door.faults).toMatchObject([{ code: "fault_injected" }]);
  expect(door.lines).toMatchObject([{ status: 500, outcome: "internal" }]);
  expect(seen).toEqual([]);
});

test("a call that shall wait is answered after that, and its line tells so", async () => {
  const { door, clock, seen } = broken({ delayMs: 300, delayedShare: 1 });

  const replying = invoke(door, recordedEvent("rest-json"));
  await elapse(clock, 290);
  const seenBefore = [...seen];
  await elapse(clock, 10);
  const reply = await replying;

  expect(seenBefore).toEqual([]);
  expect(reply.statusCode).toBe(201);
  expect(door.lines).toMatchObject([{ status: 201, injectedDelayMs: 300 }]);
});

test("as many calls fail as the share says, and the others are untouched", async () => {
  const { door, seen } = broken({ failedShare: 0.25 });

  for (let count = 0; count < 400; count++) await invoke(door, recordedEvent("rest-json"));

  const failed = door.lines.filter(({ status }) => status === 500).length;
  expect(failed).toBeGreaterThan(70);
  expect(failed).toBeLessThan(130);
  expect(seen).toHaveLength(400 - failed);
});

test("a warm-up is neither delayed nor failed", async () => {
  const { door, seen } = broken({ delayMs: 300, delayedShare: 1, failedShare: 1 });

  await expect(invoke(door, { source: "skein.warm-up" })).resolves.toBe("");

  expect(seen).toEqual([]);
  expect(door.faults).toEqual([]);
});

test("a call is never kept waiting past the end of its time", async () => {
  const { door } = broken({ delayMs: 60_000, delayedShare: 1 });

  const reply = await invoke(door, recordedEvent("rest-json"), 600);

  expect(reply.statusCode).toBe(201);
  expect(door.lines).toHaveLength(1);
});

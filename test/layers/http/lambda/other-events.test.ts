import { describe, expect, test } from "vitest";
import { STEP_INPUT, scheduleInput } from "../../../../layers/core/deployment/invocation-inputs.ts";
import { readQueueEvent } from "../../../../layers/http/lambda/queue-event.ts";
import { readScheduleEvent } from "../../../../layers/http/lambda/schedule-event.ts";
import { readStepEvent } from "../../../../layers/http/lambda/step-event.ts";
import { recordedEvent } from "../../../fixtures/events/read-event.ts";

const unreadable = { ok: false, problem: { reason: "event_unreadable" } };

describe("a queue's event", () => {
  test("gives the messages with their tenants, and apart from them what has none", () => {
    expect(readQueueEvent(recordedEvent("queue-batch"))).toEqual({
      ok: true,
      value: {
        messages: [
          {
            id: "059f36b4-87a3-44ab-83d2-661975830a7d",
            tenantId: "acme",
            body: '{"job":"j1"}',
            attempt: 1,
            receipt: "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a-059f",
          },
          {
            id: "2e1424d4-f796-459a-8184-9c92662be6da",
            tenantId: "globex",
            body: "ünïcode",
            attempt: 3,
            receipt: "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a-2e14",
          },
        ],
        strangeIds: ["6a3f1b7e-1b5c-4d8e-9a55-0f8f2ad0b7c1", "9d7c5f1e-6a1b-4b0c-8f3e-2b1a4c5d6e7f"],
      },
    });
  });

  test.each(["table-stream", "rest-json", "schedule"])("%s is none", (name) => {
    expect(readQueueEvent(recordedEvent(name))).toMatchObject(unreadable);
  });
});

describe("a schedule's event", () => {
  test("says which schedule came due, and when", () => {
    expect(readScheduleEvent(recordedEvent("schedule"))).toEqual({
      ok: true,
      value: {
        work: "sweep",
        scheduleArn: "arn:aws:scheduler:eu-west-1:123456789012:schedule/skein/sweep",
        dueAtEpochSeconds: 1_795_176_960,
        executionId: "d32c5kddcf5bb8c3",
        attempt: 1,
      },
    });
  });

  test("has the fields that the schedule's input names", () => {
    expect(Object.keys(recordedEvent("schedule"))).toEqual(Object.keys(scheduleInput("sweep")));
  });

  test.each([
    ["the input itself, with nothing filled in", scheduleInput("sweep")],
    ["a work that is none", { ...recordedEvent("schedule"), work: "" }],
    ["a time that is none", { ...recordedEvent("schedule"), scheduledTime: "noon" }],
    ["a field more", { ...recordedEvent("schedule"), detail: {} }],
    ["another source", { ...recordedEvent("schedule"), source: "skein.warm-up" }],
  ])("%s is none", (_name, event) => {
    expect(readScheduleEvent(event)).toMatchObject(unreadable);
  });
});

describe("a state machine's event", () => {
  test("says which task of which execution, with its input as it is", () => {
    expect(readStepEvent(recordedEvent("step-task"))).toEqual({
      ok: true,
      value: {
        executionId: "arn:aws:states:eu-west-1:123456789012:execution:skein-drill:3f1e",
        state: "Drain",
        enteredAtEpochMs: 1_795_176_983_500,
        retryCount: 0,
        input: { cell: "eu-west-1", steps: [1, 2.5, null, true] },
      },
    });
  });

  test("has the fields that the task's parameters name", () => {
    const names = Object.keys(STEP_INPUT).map((name) => name.replace(/\.\$$/, ""));

    expect(Object.keys(recordedEvent("step-task"))).toEqual(names);
  });

  test.each([
    ["a retry count below 0", { ...recordedEvent("step-task"), retryCount: -1 }],
    ["one without input", { ...recordedEvent("step-task"), input: undefined }],
    ["another event", recordedEvent("schedule")],
  ])("%s is none", (_name, event) => {
    expect(readStepEvent(event)).toMatchObject(unreadable);
  });
});

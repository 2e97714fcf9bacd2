import { expect, test } from "vitest";
import {
  type BatchAnswer,
  type LambdaQueue,
  lambdaQueue,
  type MessageOutcome,
} from "../../../../layers/http/lambda/lambda-queue.ts";
import { recordedEvent } from "../../../fixtures/events/read-event.ts";

const [FIRST, SECOND, ...STRANGE] = [
  "059f36b4-87a3-44ab-83d2-661975830a7d",
  "2e1424d4-f796-459a-8184-9c92662be6da",
  "6a3f1b7e-1b5c-4d8e-9a55-0f8f2ad0b7c1",
  "9d7c5f1e-6a1b-4b0c-8f3e-2b1a4c5d6e7f",
];

async function invoke(
  handle: LambdaQueue["handle"],
  {
    event = recordedEvent("queue-batch"),
    remainingMs = 10_000,
    batchEnded = async () => {},
  }: { event?: unknown; remainingMs?: number; batchEnded?: () => Promise<void> } = {},
) {
  const faults: unknown[] = [];
  const handler: unknown = lambdaQueue({ handle, batchEnded, reportFault: (fault) => faults.push(fault) });
  if (typeof handler !== "function") throw new TypeError("a handler is a function");
  const answer: BatchAnswer = await handler(event, {
    awsRequestId: "r1",
    getRemainingTimeInMillis: () => remainingMs,
  });
  return { failed: answer.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier), faults };
}

test("what is done is not told, what nobody here has sent stays undone", async () => {
  const seen: string[] = [];

  const { failed, faults } = await invoke(async ({ id }) => {
    seen.push(id);
    return "done";
  });

  expect(seen).toEqual([FIRST, SECOND]);
  expect(failed).toEqual(STRANGE);
  expect(faults).toEqual([]);
});

test("a message that fails comes again alone, and its fault is reported", async () => {
  const fault = new TypeError("broken");

  const { failed, faults } = await invoke(async ({ id }) => {
    if (id === FIRST) throw fault;
    return "done";
  });

  expect(failed).toEqual([...STRANGE, FIRST]);
  expect(faults).toEqual([fault]);
});

test("what is not done when the time is over comes again", async () => {
  const handle = ({ id }: { readonly id: string }) =>
    id === SECOND ? new Promise<MessageOutcome>(() => {}) : Promise.resolve("done" as const);

  const { failed } = await invoke(handle, { remainingMs: 1_600 });

  expect(failed).toEqual([...STRANGE, SECOND]);
});

test("an event of no queue fails the invocation, so that nothing is lost", async () => {
  await expect(invoke(async () => "done", { event: recordedEvent("table-stream") })).rejects.toMatchObject({
    code: "event_unknown",
  });
});

test("a warm-up is no batch", async () => {
  expect(await invoke(async () => "done", { event: { source: "skein.warm-up" } })).toEqual({
    failed: undefined,
    faults: [],
  });
});

test("a message that is to come later comes again, and is no fault", async () => {
  const { failed, faults } = await invoke(async ({ id }) => (id === FIRST ? "later" : "done"));

  expect(failed).toEqual([...STRANGE, FIRST]);
  expect(faults).toEqual([]);
});

test("each message is told how long there is until the batch is answered for", async () => {
  const told: number[] = [];

  await invoke(
    async (_message, leftMs) => {
      told.push(leftMs);
      return "done";
    },
    { remainingMs: 9_000 },
  );

  expect(told).toEqual([7_500, 7_500]);
});

test("what is to be done at the end of a batch is done before its answer, once its messages are", async () => {
  const steps: string[] = [];
  const step = async (name: string) => {
    steps.push(name);
    return "done" as const;
  };

  await invoke(() => step("message"), {
    batchEnded: async () => {
      await step("end");
    },
  });

  expect(steps).toEqual(["message", "message", "end"]);
});

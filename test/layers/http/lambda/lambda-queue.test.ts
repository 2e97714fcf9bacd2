import { expect, test } from "vitest";
import { type BatchAnswer, type LambdaQueue, lambdaQueue } from "../../../../layers/http/lambda/lambda-queue.ts";
import { recordedEvent } from "../../../fixtures/events/read-event.ts";

const [FIRST, SECOND, ...STRANGE] = [
  "059f36b4-87a3-44ab-83d2-661975830a7d",
  "2e1424d4-f796-459a-8184-9c92662be6da",
  "6a3f1b7e-1b5c-4d8e-9a55-0f8f2ad0b7c1",
  "9d7c5f1e-6a1b-4b0c-8f3e-2b1a4c5d6e7f",
];

async function invoke(
  handle: LambdaQueue["handle"],
  { event = recordedEvent("queue-batch"), remainingMs = 10_000 }: { event?: unknown; remainingMs?: number } = {},
) {
  const faults: unknown[] = [];
  const handler: unknown = lambdaQueue({ handle, reportFault: (fault) => faults.push(fault) });
  if (typeof handler !== "function") throw new TypeError("a handler is a function");
  const answer: BatchAnswer = await handler(event, {
    awsRequestId: "r1",
    getRemainingTimeInMillis: () => remainingMs,
  });
  return { failed: answer.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier), faults };
}

test("what is done is not told, what nobody here has sent stays undone", async () => {
  const seen: string[] = [];

  const { failed, faults } = await invoke(async ({ id }) => void seen.push(id));

  expect(seen).toEqual([FIRST, SECOND]);
  expect(failed).toEqual(STRANGE);
  expect(faults).toEqual([]);
});

test("a message that fails comes again alone, and its fault is reported", async () => {
  const fault = new TypeError("broken");

  const { failed, faults } = await invoke(async ({ id }) => {
    if (id === FIRST) throw fault;
  });

  expect(failed).toEqual([...STRANGE, FIRST]);
  expect(faults).toEqual([fault]);
});

test("what is not done when the time is over comes again", async () => {
  const { failed } = await invoke(({ id }) => (id === SECOND ? new Promise(() => {}) : Promise.resolve()), {
    remainingMs: 1_600,
  });

  expect(failed).toEqual([...STRANGE, SECOND]);
});

test("an event of no queue fails the invocation, so that nothing is lost", async () => {
  await expect(invoke(async () => {}, { event: recordedEvent("table-stream") })).rejects.toMatchObject({
    code: "event_unknown",
  });
});

test("a warm-up is no batch", async () => {
  expect(await invoke(async () => {}, { event: { source: "skein.warm-up" } })).toEqual({
    failed: undefined,
    faults: [],
  });
});

import { expect, test } from "vitest";
import { readQueueEvent } from "../../../../layers/http/lambda/queue-event.ts";
import type { InvocationOutcome } from "../../../../layers/local/lambda/invocation.ts";
import { doneMessages, queueEvent } from "../../../../layers/local/lambda/queue-batch.ts";
import { recordedEvent } from "../../../fixtures/events/read-event.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const message = (id: string, body = "x") => ({ id, receipt: `r-${id}`, body, attempt: 2, tenantId: tenant("acme") });
const MESSAGES = [message("a"), message("b")];
const PLACE = { queueArn: "arn:aws:sqs:eu-west-1:000000000000:q", region: "eu-west-1", nowEpochMs: 1_795_000_000_000 };

const whole = (text: string): InvocationOutcome => ({ kind: "whole", body: Buffer.from(text) });
const idsDone = (outcome: InvocationOutcome) => doneMessages(MESSAGES, outcome).map(({ id }) => id);

test("an event has every field that Lambda's has, and is read as the messages it was made of", () => {
  const event = JSON.parse(queueEvent(MESSAGES, PLACE));

  const [recorded] = Object(recordedEvent("queue-batch")).Records;
  expect(Object.keys(event.Records[0]).sort()).toEqual(Object.keys(recorded).sort());
  expect(Object.keys(event.Records[0].attributes).sort()).toEqual(Object.keys(recorded.attributes).sort());
  expect(readQueueEvent(event)).toEqual({ ok: true, value: { messages: MESSAGES, strangeIds: [] } });
});

test("the digest of a body is its MD5", () => {
  const event = JSON.parse(queueEvent([message("a", "hello")], PLACE));

  expect(event.Records[0].md5OfBody).toBe("5d41402abc4b2a76b9719d911017c592");
});

test.each(["", "null", "{}", '{"batchItemFailures":null}', '{"batchItemFailures":[]}'])(
  "after the answer %j all are done",
  (answer) => {
    expect(idsDone(whole(answer))).toEqual(["a", "b"]);
  },
);

test("those that an answer names are not done", () => {
  expect(idsDone(whole('{"batchItemFailures":[{"itemIdentifier":"a"}]}'))).toEqual(["b"]);
});

test.each([
  "no JSON",
  '"done"',
  '{"batchItemFailures":[{"itemIdentifier":""}]}',
  '{"batchItemFailures":[{"itemIdentifier":null}]}',
  '{"batchItemFailures":[{"id":"a"}]}',
  '{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"stranger"}]}',
])("after the answer %j none is done", (answer) => {
  expect(idsDone(whole(answer))).toEqual([]);
});

test("where the function failed none is done", () => {
  expect(idsDone({ kind: "error", error: { errorType: "Sandbox.Timedout", errorMessage: "" } })).toEqual([]);
});

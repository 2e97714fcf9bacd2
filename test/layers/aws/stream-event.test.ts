import { expect, test } from "vitest";
import { readStreamEvent } from "../../../layers/aws/stream-event.ts";
import { recordedEvent } from "../../fixtures/events/read-event.ts";

const key = { pk: "TENANT#acme#USER-SESSION#u1", sk: "SESSION" };
const one = {
  ...key,
  term: 1,
  content: { theme: "dark", tags: ["a", null, false] },
  expiresAtEpochSeconds: 1_795_263_383,
};
const two = { ...key, term: 2 };

test("a stream's event gives each change with what was and what is, and says what has expired", () => {
  expect(readStreamEvent(recordedEvent("table-stream"))).toEqual({
    ok: true,
    value: [
      { key, after: one, sequence: "111", expired: false },
      { key, before: one, after: two, sequence: "222", expired: false },
      { key, before: one, sequence: "333", expired: true },
      { key, before: two, sequence: "444", expired: false },
    ],
  });
});

test.each(["queue-batch", "rest-json"])("%s is none", (name) => {
  expect(readStreamEvent(recordedEvent(name))).toMatchObject({ ok: false, problem: { reason: "event_unreadable" } });
});

test("an attribute of a type that is never written here makes the event unreadable", () => {
  const text = JSON.stringify(recordedEvent("table-stream")).replace('{"N":"2"}', '{"NS":["2"]}');

  expect(readStreamEvent(JSON.parse(text))).toMatchObject({ ok: false });
});

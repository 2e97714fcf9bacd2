import fc from "fast-check";
import { expect, test } from "vitest";
import {
  callEventId,
  feedEventId,
  parseCallEventId,
  parseFeedEventId,
} from "../../../../layers/mcp/legacy/event-id.ts";

test("an event's id says where in which call's stream it stands", () => {
  fc.assert(
    fc.property(fc.uuid(), fc.nat(999_999), (callId, seq) => {
      expect(parseCallEventId(callEventId({ callId, seq }))).toEqual({ callId, seq });
    }),
  );
});

test("a position in the feed comes back as it was given", () => {
  for (const position of ["001793491200000", "001793491200000#a_B-9xYz"]) {
    expect(parseFeedEventId(feedEventId(position))).toBe(position);
  }
});

test.each([
  undefined,
  5,
  "",
  "feed.001793491200000",
  "11111111-1111-4111-8111-111111111111",
  "11111111-1111-4111-8111-111111111111.",
  "11111111-1111-4111-8111-111111111111.-1",
  "11111111-1111-4111-8111-111111111111.1234567",
  "11111111-1111-4111-8111-111111111111.1\n",
  "../../../SESSION#1111111111111111111.1",
])("%j is no event of a call", (id) => {
  expect(parseCallEventId(id)).toBeUndefined();
});

test.each([
  "",
  "feed.",
  "001793491200000",
  "feed.1793491200000",
  "feed.001793491200000#",
  "feed.001793491200000#a b",
  "feed.001793491200000\n",
])("%j is no event of the feed", (id) => {
  expect(parseFeedEventId(id)).toBeUndefined();
});

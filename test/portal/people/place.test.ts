import fc from "fast-check";
import { expect, test } from "vitest";
import { type Place, placeHash, placeOf } from "../../../portal/people/place.ts";

test.each<[string, Place]>([
  ["#questions", { view: "questions" }],
  ["#questions/req-1", { view: "questions", questionId: "req-1" }],
  ["#messages", { view: "messages" }],
  ["#messages/channel:deploys", { view: "messages", channel: "channel:deploys" }],
  ["#people", { view: "people" }],
])("%s is the address of a place, and leads there", (hash, place) => {
  expect(placeOf(hash)).toEqual(place);
  expect(placeHash(place)).toBe(hash);
});

test.each(["", "#", "#main", "#settings/1", "#questions/", "#questions2"])("%j leads to the open questions", (hash) => {
  expect(placeOf(hash)).toEqual({ view: "questions" });
});

test("whatever a channel is called, an address that a browser has read leads to it", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^(channel|role|member):[A-Za-z0-9._-]{1,64}$/), (channel) => {
      const place = { view: "messages", channel } as const;
      expect(placeOf(new URL(placeHash(place), "http://127.0.0.1/people").hash)).toEqual(place);
    }),
  );
});

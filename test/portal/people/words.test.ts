import { expect, test } from "vitest";
import { channelWords, namedChannel, shownChannels } from "../../../portal/people/channel-words.ts";
import { momentWords, timeAgo, timeLeft } from "../../../portal/people/time-words.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

test.each([
  [0, "time is up"],
  [1, "1 s left"],
  [119 * SECOND_MS, "119 s left"],
  [5 * MINUTE_MS - 1, "4 min left"],
  [2 * HOUR_MS - 1, "119 min left"],
  [7 * HOUR_MS, "7 h left"],
  [7 * 24 * HOUR_MS, "7 days left"],
])("of %i ms people read: %s", (leftMs, words) => {
  expect(timeLeft(leftMs)).toBe(words);
});

test.each([
  [59 * SECOND_MS, "just now"],
  [59 * MINUTE_MS, "59 min ago"],
  [3 * HOUR_MS, "3 h ago"],
  [25 * HOUR_MS, "yesterday"],
  [50 * HOUR_MS, "2 days ago"],
])("what was %i ms ago was %s", (agoMs, words) => {
  expect(timeAgo(agoMs)).toBe(words);
});

test("a moment of today is its time alone, and any other has its day", () => {
  const at = new Date(2027, 0, 31, 14, 3).getTime();

  const [today, later] = [momentWords(at, at + HOUR_MS), momentWords(at, at + 24 * HOUR_MS)];

  expect(today).toContain("03");
  expect(today).not.toContain("2027");
  expect(later).toContain("2027");
  expect(later).toContain(today);
});

test("channels are shown from the widest to the narrowest, and those of connections not at all", () => {
  const channels = ["channel:b", "member:x", "connection:c", "channel:a", "everyone", "role:owner"];

  const shown = shownChannels(channels);

  expect(shown).toEqual(["everyone", "role:owner", "member:x", "channel:a", "channel:b"]);
  expect(shown.map((channel) => channelWords(channel).title)).toEqual(["Everyone", "Owners", "Direct", "#a", "#b"]);
});

test.each([
  ["#Deploys ", "channel:deploys"],
  ["a", "channel:a"],
  ["", undefined],
  ["two words", undefined],
  ["x".repeat(65), undefined],
])("%j is the channel %s", (typed, channel) => {
  expect(namedChannel(typed)).toBe(channel);
});

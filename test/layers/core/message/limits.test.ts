import { expect, test } from "vitest";
import { CLOCK_DIFFERENCE_MS_MAX, CONNECTION_LIFE_MS_MAX } from "../../../../layers/core/connection/limits.ts";
import * as limits from "../../../../layers/core/message/limits.ts";
import { ITEM_BYTES_MAX, QUERY_LIMIT_MAX } from "../../../../layers/core/ports/table.ts";

test("what knows a log's end, or stands still beside it, is overtaken by no item's end", () => {
  const keptSecondsMin = limits.RETENTION_SECONDS_MIN + limits.GROUP_KEPT_BEYOND_SECONDS;
  const knownSeconds = limits.LOG_END_FRESH_MS / 1_000;
  const apartSeconds = (2 * CLOCK_DIFFERENCE_MS_MAX) / 1_000;

  expect(knownSeconds + limits.APPEND_STILL_SECONDS_MAX + apartSeconds).toBeLessThan(keptSecondsMin);
  expect(limits.GROUP_SURE_SECONDS).toBeGreaterThanOrEqual(limits.APPEND_STILL_SECONDS_MAX);
});

test("what was written in a section is there for as long as the section counts as begun lately, and as somebody stands still", () => {
  const keptSecondsMin = limits.RETENTION_SECONDS_MIN + limits.GROUP_KEPT_BEYOND_SECONDS;
  const knownSeconds = limits.LOG_END_FRESH_MS / 1_000;

  expect(limits.SECTION_FRESH_SECONDS + limits.APPEND_STILL_SECONDS_MAX + knownSeconds).toBeLessThan(keptSecondsMin);
});

test("messages that are stored together fit an item, in UTF-8 too, and so does the longest alone", () => {
  expect(limits.GROUP_CHARACTERS_MAX * 3).toBeLessThan(ITEM_BYTES_MAX);
  expect(limits.MESSAGE_BODY_BYTES_MAX * 2).toBeLessThan(ITEM_BYTES_MAX);
});

test("a connection's own messages are there for as long as it lives", () => {
  expect(limits.CONNECTION_RETENTION_SECONDS * 1_000).toBeGreaterThanOrEqual(CONNECTION_LIFE_MS_MAX);
});

test("what is read at once is no more than a store reads at once, and a read gets as many messages as it may ask", () => {
  const { READ_GROUPS_FIRST, READ_GROUPS_GROWTH, READ_LIMIT_MAX, READ_QUERIES_MAX } = limits;
  const groups = Array.from(
    { length: READ_QUERIES_MAX },
    (_, query) => READ_GROUPS_FIRST * READ_GROUPS_GROWTH ** query,
  );

  expect(
    Math.max(READ_LIMIT_MAX, limits.RECENT_GROUPS_MAX, limits.CHANNEL_LIST_MAX, limits.RECEIPT_LIST_MAX),
  ).toBeLessThanOrEqual(QUERY_LIMIT_MAX);
  expect(groups.reduce((sum, count) => sum + Math.min(count, READ_LIMIT_MAX), 0)).toBeGreaterThanOrEqual(
    READ_LIMIT_MAX,
  );
});

test("a removed channel's record outlives its messages, and the receipts of those who read them last", () => {
  const messagesSeconds = limits.RETENTION_SECONDS_MAX + limits.GROUP_KEPT_BEYOND_SECONDS;

  expect(limits.REMOVED_CHANNEL_KEPT_SECONDS).toBeGreaterThanOrEqual(messagesSeconds);
  expect(limits.REMOVED_CHANNEL_KEPT_SECONDS).toBeGreaterThan(
    limits.RETENTION_SECONDS_MAX + limits.RECEIPT_KEPT_SECONDS,
  );
  expect(limits.CHANNEL_LIST_QUERIED).toBeLessThanOrEqual(QUERY_LIMIT_MAX);
});

test("the longest of all sets of names of channels fits an item", () => {
  const nameBytes = "channel:".length + limits.CHANNEL_NAME_CHARACTERS_MAX;

  expect(limits.CHANNELS_MAX * (nameBytes + 10)).toBeLessThan(ITEM_BYTES_MAX);
});

import { expect, test } from "vitest";
import { LINE_CHARACTERS_MAX, RING_BYTES_MAX } from "../../../../layers/core/log/limits.ts";
import {
  FOLLOW_BYTES_MAX,
  LAST_LINE_BYTES_MAX,
  SEGMENT_BYTES_MAX,
  UNWATCHED_LOOK_MS,
} from "../../../../layers/local/log/limits.ts";

/** Three bytes for each character at most; a time, two letters, a run's id and two signs beside them. */
const LINE_BYTES_MAX = 3 * LINE_CHARACTERS_MAX + 13 + 2 + 64 + 2;

test("a log that has just let its oldest segment go still has most of what it may have", () => {
  expect(SEGMENT_BYTES_MAX).toBeLessThanOrEqual(RING_BYTES_MAX / 10);
});

test("the longest line fits a segment many times over, what a listener is read, and what is read for the time of the last one", () => {
  expect(SEGMENT_BYTES_MAX).toBeGreaterThan(10 * LINE_BYTES_MAX);
  expect(FOLLOW_BYTES_MAX).toBeGreaterThan(LINE_BYTES_MAX);
  expect(LAST_LINE_BYTES_MAX).toBeGreaterThan(LINE_BYTES_MAX);
});

test("a listener that nobody tells of changes still hears of them within a tenth of a second", () => {
  expect(UNWATCHED_LOOK_MS).toBeLessThanOrEqual(50);
});

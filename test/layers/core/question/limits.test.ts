import { expect, test } from "vitest";
import { JOB_KEPT_MS, JOB_OPEN_MS_MAX, SWEEP_EVERY_MS } from "../../../../layers/core/job/limits.ts";
import { DELAY_SECONDS_MAX } from "../../../../layers/core/ports/queue.ts";
import { ITEM_BYTES_MAX, QUERY_LIMIT_MAX } from "../../../../layers/core/ports/table.ts";
import {
  ANSWER_CHARACTERS_MAX,
  QUESTION_CONTENT_BYTES_MAX,
  QUESTION_DUE_AHEAD_MS,
  QUESTION_ENTRIES_PAGE,
  QUESTION_ENTRY_PAGES_MAX,
  QUESTION_KEPT_MS,
  QUESTION_ORPHAN_MS,
  QUESTION_TIMEOUT_MS_DEFAULT,
  QUESTION_TIMEOUT_MS_MAX,
  QUESTION_TIMEOUT_MS_MIN,
  QUESTIONS_OPEN_MAX,
} from "../../../../layers/core/question/limits.ts";

test("a question with the longest answer fits an item, however its characters are written", () => {
  const LONGEST_ESCAPE_BYTES = '"\\u0001"'.length - 2;
  const REST_BYTES = 8 * 1024;

  expect(ANSWER_CHARACTERS_MAX * LONGEST_ESCAPE_BYTES + QUESTION_CONTENT_BYTES_MAX + REST_BYTES).toBeLessThan(
    ITEM_BYTES_MAX,
  );
});

test("what is asked fits a message of 64 KiB with what else is told of it", () => {
  expect(QUESTION_CONTENT_BYTES_MAX + 4 * 1024).toBeLessThan(64 * 1024);
});

test("a job that waits for an answer is open for longer than any question, and is kept no longer than it", () => {
  expect(QUESTION_TIMEOUT_MS_MAX).toBeLessThan(JOB_OPEN_MS_MAX);
  expect(QUESTION_KEPT_MS).toBeGreaterThanOrEqual(JOB_KEPT_MS);
});

test("the default time is within the bounds", () => {
  expect(QUESTION_TIMEOUT_MS_DEFAULT).toBeGreaterThan(QUESTION_TIMEOUT_MS_MIN);
  expect(QUESTION_TIMEOUT_MS_DEFAULT).toBeLessThan(QUESTION_TIMEOUT_MS_MAX);
});

test("all open questions are swept, also where some came in above the limit", () => {
  expect(QUESTIONS_OPEN_MAX).toBeLessThanOrEqual(QUERY_LIMIT_MAX);
  expect(QUESTION_ENTRIES_PAGE * QUESTION_ENTRY_PAGES_MAX).toBeGreaterThan(2 * QUESTIONS_OPEN_MAX);
});

test("an entry without a question is left for longer than the sweeper's period", () => {
  expect(QUESTION_ORPHAN_MS).toBeGreaterThan(SWEEP_EVERY_MS);
});

test("a message about a question's end is sent by one sweep at least, and held back no longer than a queue can", () => {
  expect(QUESTION_DUE_AHEAD_MS).toBeGreaterThan(SWEEP_EVERY_MS + 10_000);
  expect(QUESTION_DUE_AHEAD_MS).toBeLessThanOrEqual(DELAY_SECONDS_MAX * 1_000);
});

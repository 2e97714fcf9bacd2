import { expect, test } from "vitest";
import * as limits from "../../../../layers/core/job/limits.ts";
import { DELAY_SECONDS_MAX } from "../../../../layers/core/ports/queue.ts";
import { ITEM_BYTES_MAX } from "../../../../layers/core/ports/table.ts";
import { CALL_DURATION_MS_MAX } from "../../../../layers/core/quota/limits.ts";
import { ERASURE_GRACE_MS } from "../../../../layers/core/tenant/limits.ts";
import { BODY_BYTES_MAX } from "../../../../layers/http/limits.ts";

const DAY_MS = 86_400_000;

test("a job that has all it may have fits an item, though its texts are stored with escapes", () => {
  const { JOB_FAILURES_KEPT, JOB_FAILURE_MESSAGE_CHARACTERS_MAX, JOB_FAILURE_CODE_CHARACTERS_MAX } = limits;
  const failures = (JOB_FAILURES_KEPT + 1) * 4 * (JOB_FAILURE_MESSAGE_CHARACTERS_MAX + JOB_FAILURE_CODE_CHARACTERS_MAX);
  const texts = 4 * (limits.JOB_TITLE_CHARACTERS_MAX + limits.JOB_PROGRESS_MESSAGE_CHARACTERS_MAX);
  const asked = limits.JOB_QUESTIONS_BYTES_MAX + limits.JOB_ANSWERS_BYTES_MAX;
  const values = limits.JOB_INPUT_INLINE_BYTES_MAX + limits.JOB_RESULT_INLINE_BYTES_MAX;

  expect(failures + texts + asked + values + 8_192).toBeLessThan(ITEM_BYTES_MAX);
});

test("an input may be all that a request brings", () => {
  expect(limits.JOB_INPUT_BYTES_MAX).toBe(BODY_BYTES_MAX);
});

test("two heartbeats may fail before a lease is over, and a handler stops before another begins", () => {
  expect(3 * limits.JOB_HEARTBEAT_MS).toBeLessThanOrEqual(limits.JOB_LEASE_MS);
  expect(limits.JOB_HEARTBEAT_RETRY_MS).toBeLessThan(limits.JOB_HEARTBEAT_MS);
  expect(limits.JOB_STOP_GRACE_MS).toBeLessThan(limits.JOB_LEASE_MS);
  expect(limits.CLOCK_DIFFERENCE_MS_MAX).toBeLessThan(limits.JOB_LEASE_MS);
});

test("a queue can hold a retry back, and what the sweeper looks ahead for", () => {
  expect(limits.QUEUE_DELAY_MS_MAX).toBe(DELAY_SECONDS_MAX * 1_000);
  expect(limits.JOB_BACKOFF_MS_MAX).toBeLessThan(limits.QUEUE_DELAY_MS_MAX);
  expect(limits.SCHEDULE_AHEAD_MS).toBeLessThan(limits.QUEUE_DELAY_MS_MAX);
  expect(limits.SWEEP_EVERY_MS).toBeLessThan(limits.SCHEDULE_AHEAD_MS);
});

test("a request is remembered for less long than its job is kept, and longer than an occurrence is made up for", () => {
  expect(limits.JOB_REQUEST_KEPT_MS).toBeLessThan(limits.JOB_KEPT_MS);
  expect(limits.SCHEDULE_MAKE_UP_MS_MAX).toBeLessThan(limits.JOB_REQUEST_KEPT_MS - limits.SCHEDULE_AHEAD_MS);
});

test("values are kept longer than what names them, and all is over before a tenant is erased", () => {
  const life = limits.JOB_DELAY_MS_MAX + limits.JOB_OPEN_MS_MAX + limits.JOB_KEPT_MS;

  expect(life).toBeLessThan(limits.JOB_INPUT_BLOB_DAYS * DAY_MS);
  expect(limits.JOB_KEPT_MS).toBeLessThan(limits.JOB_RESULT_BLOB_DAYS * DAY_MS);
  expect(limits.JOB_INPUT_BLOB_DAYS * DAY_MS).toBeLessThanOrEqual(ERASURE_GRACE_MS);
});

test("a mark is kept longer than any process counts on it, whatever clocks differ, and an orphan longer than a clock errs", () => {
  expect(limits.JOB_MARK_FRESH_MS + limits.CLOCK_DIFFERENCE_MS_MAX).toBeLessThan(limits.JOB_MARK_KEPT_MS);
  expect(limits.CLOCK_DIFFERENCE_MS_MAX).toBeLessThan(limits.ORPHAN_MS);
});

test("a job that waits for answers is looked at as long as it may wait, and it may wait less long than it may be open", () => {
  expect(limits.WAITING_LOOK_MS).toBeLessThan(limits.JOB_WAIT_MS_MAX);
  expect(limits.JOB_WAIT_MS_MAX).toBeLessThan(limits.JOB_OPEN_MS_MAX);
  expect(CALL_DURATION_MS_MAX).toBeLessThan(limits.JOB_OPEN_MS_MAX);
});

import { expect, test } from "vitest";
import {
  OPEN_QUESTIONS_BYTES_MAX,
  RESUME_BYTES_MAX,
  RESUME_MESSAGES_MAX,
  RESUME_PAGE,
  RESUME_PAGES_MAX,
} from "../../../../functions/sockets/limits.ts";
import {
  LANE_BATCH_CHARACTERS_MAX,
  LANE_LEASE_LEFT_MS_MIN,
  LANE_LEASE_MS,
} from "../../../../layers/core/delivery/limits.ts";
import { POLICY_FRESH_MS, POLICY_STALE_MS_MAX } from "../../../../layers/core/tenant/limits.ts";
import { LANE_RUN_MS_MAX, LANE_VISIBILITY_SECONDS } from "../../../../layers/local/limits.ts";
import {
  LOCAL_WEB_SOCKETS,
  PUSH_BODY_BYTES_MAX,
  PUSH_DOOR_IDLE_MS_MAX,
  PUSH_LINE_IDLE_MS_MAX,
  PUSH_TIMEOUT_MS,
} from "../../../../layers/local/websocket/limits.ts";
import { FRAME_BYTES_MAX, TOLD_BYTES_MAX } from "../../../../layers/people/wire/limits.ts";

/** The most bytes that a character of JSON takes in UTF-8, by code units. */
const BYTES_PER_CHARACTER_MAX = 3;

test("the limits of WebSockets go together", () => {
  const { waitingBytesMax, crowdedBytesMax, heardBytesMax, allHeardBytesMax } = LOCAL_WEB_SOCKETS;
  // What a client asks for itself never makes it fall behind.
  expect(RESUME_BYTES_MAX + FRAME_BYTES_MAX + OPEN_QUESTIONS_BYTES_MAX).toBeLessThan(waitingBytesMax);
  expect(LANE_BATCH_CHARACTERS_MAX * BYTES_PER_CHARACTER_MAX).toBeLessThan(waitingBytesMax);
  expect(crowdedBytesMax).toBeLessThan(waitingBytesMax);
  expect(FRAME_BYTES_MAX).toBeLessThan(heardBytesMax);
  expect(heardBytesMax).toBeLessThan(allHeardBytesMax);
  // Two pings fail before a client is taken for gone; and a message of the largest body has its frame.
  expect(LOCAL_WEB_SOCKETS.pingIntervalMs * 2).toBeLessThanOrEqual(LOCAL_WEB_SOCKETS.silenceMsMax);
  expect(FRAME_BYTES_MAX).toBeLessThan(TOLD_BYTES_MAX);
  expect(RESUME_PAGE * RESUME_PAGES_MAX).toBeGreaterThanOrEqual(RESUME_MESSAGES_MAX);
});

test("who may no longer be there is cut within ten seconds", () => {
  const { standingIntervalMs, sweepIntervalMs } = LOCAL_WEB_SOCKETS;
  expect(POLICY_FRESH_MS + 2 * standingIntervalMs).toBeLessThan(10_000);
  expect(POLICY_STALE_MS_MAX + sweepIntervalMs).toBeLessThan(10_000);
});

test("a slow client holds a push up for no longer than a worker has its lane, nor than another process waits", () => {
  const { slowSendMs, stallMs } = LOCAL_WEB_SOCKETS;
  expect(slowSendMs + stallMs).toBeLessThan(PUSH_TIMEOUT_MS);
  expect(PUSH_TIMEOUT_MS).toBeLessThan(LANE_LEASE_LEFT_MS_MIN);
  expect(LANE_RUN_MS_MAX + PUSH_TIMEOUT_MS + LANE_LEASE_MS).toBeLessThan(LANE_VISIBILITY_SECONDS * 1_000);
  expect(LANE_BATCH_CHARACTERS_MAX * BYTES_PER_CHARACTER_MAX * 2).toBeLessThan(PUSH_BODY_BYTES_MAX);
});

test("who pushes lets go of an idle line long before the other side does", () => {
  expect(PUSH_LINE_IDLE_MS_MAX * 2).toBeLessThan(PUSH_DOOR_IDLE_MS_MAX);
});

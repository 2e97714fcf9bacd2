import { expect, test } from "vitest";
import { DELIVERY_SHAPE, DeliveryConfig } from "../../../functions/delivery/config.ts";
import { LANE_KEPT_MS, LANE_LEASE_MS, LANE_STOP_MARGIN_MS } from "../../../layers/core/delivery/limits.ts";
import { visibilitySecondsOf } from "../../../layers/core/deployment/worker-shape.ts";
import { QUESTION_DUE_AHEAD_MS } from "../../../layers/core/question/limits.ts";
import { ABORT_MARGIN_MS } from "../../../layers/http/lambda/limits.ts";

const settings = {
  STATE_TABLE: "skein-state",
  CONTROL_TABLE: "skein-control",
  USAGE_QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/1/skein-usage",
  MESSAGES_QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/1/skein-messages",
  WORK_QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/1/skein-messages",
};

const { timeoutMs, works } = DELIVERY_SHAPE;
if (works.by !== "queue") throw new TypeError("delivery works off a queue");
const hiddenMs = visibilitySecondsOf(works, DELIVERY_SHAPE) * 1_000;

test("settings that are all there are taken", () => {
  expect(DeliveryConfig.parse(settings)).toEqual(settings);
});

test.each(Object.keys(settings))("without %s it does not start", (name) => {
  expect(DeliveryConfig.safeParse({ ...settings, [name]: undefined }).success).toBe(false);
});

test("a run begins something new for more than half of its function's time", () => {
  expect(LANE_STOP_MARGIN_MS).toBeGreaterThan(ABORT_MARGIN_MS);
  expect(timeoutMs - ABORT_MARGIN_MS - LANE_STOP_MARGIN_MS).toBeGreaterThan(timeoutMs / 2);
});

test("the message of a worker that was killed comes again within a minute, and finds its lane free", () => {
  expect(hiddenMs).toBeLessThanOrEqual(60_000);
  expect(hiddenMs).toBeGreaterThan(timeoutMs + LANE_LEASE_MS);
});

test("a message is given up no sooner than what is written of its lane, and is not late when it comes again", () => {
  expect(works.receivesMax * hiddenMs).toBeGreaterThanOrEqual(LANE_KEPT_MS);
  expect(works.lateSeconds * 1_000).toBeGreaterThan(hiddenMs + timeoutMs);
});

test("a message that waits for a question's end is not late", () => {
  expect(works.lateSeconds * 1_000).toBeGreaterThan(QUESTION_DUE_AHEAD_MS + timeoutMs);
});

import { expect, test } from "vitest";
import { monthExceeded, unlimited } from "../../../../layers/core/rate/rate-answer.ts";

const LIMITS = { requestsPerSecond: 1_000_000, requestBurst: 2_000_000, requestsPerMonth: 10 };

test("who has used up a month's calls is told to come back with the next month, in UTC", () => {
  const answer = monthExceeded(LIMITS, Date.UTC(2026, 11, 31, 23, 59, 30));

  expect(answer).toMatchObject({ admitted: false, exceeded: "month", retryAfterSeconds: 30 });
});

test("whose rate nothing can reach has all of it left, whatever was asked before", () => {
  expect(unlimited(LIMITS)).toMatchObject({ admitted: true, exceeded: "none", remaining: 2_000_000 });
});

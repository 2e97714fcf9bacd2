import { expect, test } from "vitest";
import { TENANT_LIMITS } from "../../../layers/core/quota/tenant-limits.ts";
import { monthExceeded, type RateAnswer } from "../../../layers/core/rate/rate-answer.ts";
import { rateLimitHeaders } from "../../../layers/http/rate-limit-headers.ts";

const ADMITTED: RateAnswer = {
  admitted: true,
  exceeded: "none",
  perSecond: 100,
  burst: 250,
  remaining: 30,
  resetSeconds: 3,
  retryAfterSeconds: 1,
};

test("the policy names the burst and the time in which it comes, and the limit what is left of it", () => {
  expect(rateLimitHeaders(ADMITTED)).toEqual({
    "ratelimit-policy": '"burst";q=250;w=3',
    ratelimit: '"burst";r=30;t=3',
  });
});

test("who has used up the month is told of the month, and when the next one begins", () => {
  const answer = monthExceeded(TENANT_LIMITS, Date.UTC(2027, 0, 31, 23, 59));

  expect(rateLimitHeaders(answer)).toEqual({
    "ratelimit-policy": '"burst";q=200;w=2, "month";q=10000000',
    ratelimit: '"month";r=0;t=60',
  });
});

test("a month without a limit is written as the largest number that the field may have", () => {
  const limits = { ...TENANT_LIMITS, requestsPerMonth: Number.MAX_SAFE_INTEGER };

  const headers = rateLimitHeaders(monthExceeded(limits, Date.UTC(2027, 11, 1)));

  expect(headers["ratelimit-policy"]).toContain('"month";q=999999999999999');
});

import { expect, test } from "vitest";
import * as limits from "../../../../layers/aws/connections/limits.ts";
import { LANE_LEASE_LEFT_MS_MIN } from "../../../../layers/core/delivery/limits.ts";
import { TOLD_BYTES_MAX } from "../../../../layers/people/wire/limits.ts";

test("a send is over before a lane's lease is", () => {
  const longestMs = limits.SEND_MS_MAX + limits.TELL_BEHIND_MS_MAX + limits.POST_TIMEOUT_MS;

  expect(longestMs).toBeLessThan(LANE_LEASE_LEFT_MS_MIN);
});

test("what we tell fits into what a connection takes", () => {
  expect(TOLD_BYTES_MAX).toBeLessThan(limits.CONNECTION_TEXT_BYTES_MAX);
});

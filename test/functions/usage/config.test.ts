import { expect, test } from "vitest";
import { USAGE_SHAPE, UsageConfig } from "../../../functions/usage/config.ts";

const settings = { STATE_TABLE: "skein-state" };

test("settings that are all there are taken", () => {
  expect(UsageConfig.parse(settings)).toEqual(settings);
});

test.each([{}, { STATE_TABLE: "no" }, { ...settings, TENANT: "acme" }])("%j is refused", (wrong) => {
  expect(UsageConfig.safeParse(wrong).success).toBe(false);
});

test("a message is tried for longer than a store is away", () => {
  const { works, timeoutMs } = USAGE_SHAPE;
  const receivesMax = works.by === "queue" ? works.receivesMax : 0;

  expect(receivesMax * 6 * timeoutMs).toBeGreaterThanOrEqual(3_600_000);
});

import { expect, test } from "vitest";
import { HealthConfig } from "../../../functions/health/config.ts";

const settings = { STATE_TABLE: "skein-state", CONTROL_TABLE: "skein-control", CACHE_NAME: "none" };

test("settings that are all there are taken", () => {
  expect(HealthConfig.parse(settings)).toEqual(settings);
});

test.each([
  { ...settings, STATE_TABLE: "no" },
  { ...settings, CONTROL_TABLE: undefined },
  { ...settings, CACHE_NAME: "" },
  { ...settings, TENANT: "acme" },
])("%j is refused", (wrong) => {
  expect(HealthConfig.safeParse(wrong).success).toBe(false);
});

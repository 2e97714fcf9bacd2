import { expect, test } from "vitest";
import { SessionsConfig } from "../../../functions/sessions/config.ts";

const settings = { STATE_TABLE: "skein-state", USER_SESSION_ADDRESS_BINDING: "off" };

test("settings that are all there are taken", () => {
  expect(SessionsConfig.parse(settings)).toEqual(settings);
});

test.each([
  { ...settings, STATE_TABLE: undefined },
  { ...settings, STATE_TABLE: "" },
  { ...settings, USER_SESSION_ADDRESS_BINDING: "yes" },
  { ...settings, USER_SESSION_ADDRESS_BINDING: undefined },
  { ...settings, SESSION_TABLE: "skein-state" },
])("%j is refused", (wrong) => {
  expect(SessionsConfig.safeParse(wrong).success).toBe(false);
});

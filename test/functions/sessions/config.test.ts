import { expect, test } from "vitest";
import { SessionsConfig } from "../../../functions/sessions/config.ts";

const settings = {
  STATE_TABLE: "skein-state",
  CONTROL_TABLE: "skein-control",
  TENANT: "acme",
  ACCESS_SECRET_ID: "skein/access",
  API_KEY_SECRET_ID: "skein/api-key",
  ISSUER: "none",
  AUDIENCES: "none",
  CLIENT_IDS: "none",
  TENANT_CLAIM: "tenant",
  ROLE_CLAIM: "role",
  SCOPE_PREFIX: "none",
  BASE_URL: "none",
  REGIONS: "us-east-1",
  USAGE_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/000000000000/skein-usage",
  USER_SESSION_ADDRESS_BINDING: "off",
  CACHE_ENDPOINT: "none",
  CACHE_NAME: "none",
  CACHE_USER: "none",
  WATCHED_TENANTS: "none",
  FAULTS: "none",
};

test("settings that are all there are taken", () => {
  expect(SessionsConfig.parse(settings)).toEqual({
    ...settings,
    WATCHED_TENANTS: new Set(),
    AUDIENCES: [],
    CLIENT_IDS: [],
    REGIONS: ["us-east-1"],
  });
});

test.each([
  { ...settings, STATE_TABLE: undefined },
  { ...settings, STATE_TABLE: "" },
  { ...settings, TENANT: "Acme" },
  { ...settings, ACCESS_SECRET_ID: "" },
  { ...settings, USER_SESSION_ADDRESS_BINDING: "yes" },
  { ...settings, USER_SESSION_ADDRESS_BINDING: undefined },
  { ...settings, CACHE_ENDPOINT: "cache" },
  { ...settings, CACHE_NAME: "Cache" },
  { ...settings, FAULTS: "some" },
  { ...settings, WATCHED_TENANTS: "acme,Globex" },
  { ...settings, WATCHED_TENANTS: "" },
  { ...settings, SESSION_TABLE: "skein-state" },
])("%j is refused", (wrong) => {
  expect(SessionsConfig.safeParse(wrong).success).toBe(false);
});

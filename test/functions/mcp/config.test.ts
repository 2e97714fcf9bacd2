import { expect, test } from "vitest";
import { McpConfig } from "../../../functions/mcp/config.ts";
import { NO_RUNNER } from "../../fixtures/no-runner.ts";

const settings = {
  STATE_TABLE: "skein-state",
  CONTROL_TABLE: "skein-control",
  BLOB_BUCKET: "skein-blobs",
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
  SEAL_SECRET_ID: "skein/seal",
  CYBERCHEF_DIR: "/opt/cyberchef",
  JOBS_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/000000000000/skein-jobs",
  JOBS_HIGH_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/000000000000/skein-jobs-high",
  MESSAGES_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/000000000000/skein-messages",
  ...NO_RUNNER,
  SURFACE: "index",
  POLL_INTERVAL_MS: "250",
  HOLD_MS: "0",
  LISTEN_MS: "30000",
  WATCHED_TENANTS: "none",
  FAULTS: "none",
  CACHE_ENDPOINT: "cache.example.com:6379",
  CACHE_NAME: "skein",
  CACHE_USER: "skein-mcp",
  REPLY_MODE: "stream",
};

test("settings that are all there are taken, and times become numbers", () => {
  expect(McpConfig.parse(settings)).toEqual({
    ...settings,
    POLL_INTERVAL_MS: 250,
    HOLD_MS: 0,
    LISTEN_MS: 30_000,
    WATCHED_TENANTS: new Set(),
    AUDIENCES: [],
    CLIENT_IDS: [],
    REGIONS: ["us-east-1"],
  });
});

test.each([
  { ...settings, BLOB_BUCKET: "Blobs" },
  { ...settings, SEAL_SECRET_ID: undefined },
  { ...settings, CYBERCHEF_DIR: "cyberchef" },
  { ...settings, SURFACE: "some" },
  { ...settings, MESSAGES_QUEUE_URL: undefined },
  { ...settings, POLL_INTERVAL_MS: "49" },
  { ...settings, POLL_INTERVAL_MS: "10001" },
  { ...settings, HOLD_MS: "" },
  { ...settings, HOLD_MS: "-1" },
  { ...settings, HOLD_MS: "1e3" },
  { ...settings, LISTEN_MS: "999" },
  { ...settings, LISTEN_MS: "900001" },
  { ...settings, REPLY_MODE: "both" },
  { ...settings, LOG_LEVEL: "debug" },
])("%j is refused", (wrong) => {
  expect(McpConfig.safeParse(wrong).success).toBe(false);
});

import { expect, test } from "vitest";
import { ITEM_BYTES_MAX } from "../../../../layers/core/ports/table.ts";
import { TENANT_LIMITS } from "../../../../layers/core/quota/tenant-limits.ts";
import { RECORD_KINDS } from "../../../../layers/core/store/keys.ts";
import {
  ERASURE_GRACE_MS,
  MEMBER_NAME_CHARACTERS_MAX,
  MEMBERS_MAX,
  POLICY_FRESH_MS,
  POLICY_STALE_MS_MAX,
  REMOVED_MEMBERS_MAX,
  SUBJECT_CHARACTERS_MAX,
} from "../../../../layers/core/tenant/limits.ts";
import { USER_SESSION_IDLE_SECONDS } from "../../../../layers/core/user-session/limits.ts";
import { MCP_SESSION_TTL_SECONDS, PARKED_CALL_TTL_SECONDS } from "../../../../layers/mcp/limits.ts";

test("a revocation holds everywhere within 10 s, with 2 s for the read itself", () => {
  expect(POLICY_FRESH_MS).toBeLessThan(POLICY_STALE_MS_MAX);
  expect(POLICY_STALE_MS_MAX + 2_000).toBeLessThanOrEqual(10_000);
});

test("a record holds as many members, present and removed, as it may have", () => {
  // A moment, a role and what a list of them costs beside.
  const besideBytes = 45;
  const removedBytes = SUBJECT_CHARACTERS_MAX + besideBytes;
  const memberBytes = removedBytes + 4 * MEMBER_NAME_CHARACTERS_MAX;
  expect(MEMBERS_MAX * memberBytes + REMOVED_MEMBERS_MAX * removedBytes).toBeLessThan(0.9 * ITEM_BYTES_MAX);
  expect(MEMBERS_MAX).toBeGreaterThanOrEqual(TENANT_LIMITS.members);
});

test("what lives by itself lives no longer than its kind says", () => {
  expect(USER_SESSION_IDLE_SECONDS).toBeLessThanOrEqual(RECORD_KINDS["USER-SESSION"].secondsMax);
  expect(MCP_SESSION_TTL_SECONDS).toBeLessThanOrEqual(RECORD_KINDS["MCP-SESSION"].secondsMax);
  expect(PARKED_CALL_TTL_SECONDS).toBeLessThanOrEqual(RECORD_KINDS["MCP-SESSION"].secondsMax);
  expect(RECORD_KINDS["MCP-SESSION"].secondsMax * 1_000).toBeLessThan(ERASURE_GRACE_MS);
});

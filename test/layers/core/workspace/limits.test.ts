import { expect, test } from "vitest";
import { ARCHIVE_READ_BYTES_MAX } from "../../../../layers/aws/fargate/limits.ts";
import { PLAN_NAMES, planLimits } from "../../../../layers/core/billing/price-plans.ts";
import { RUN_DISK_BYTES } from "../../../../layers/core/project/limits.ts";
import { CALL_DURATION_MS_MAX } from "../../../../layers/core/quota/limits.ts";
import { TENANT_LIMITS } from "../../../../layers/core/quota/tenant-limits.ts";
import * as limits from "../../../../layers/core/workspace/limits.ts";
import { LOCAL_DOOR } from "../../../../layers/local/limits.ts";
import { COMMAND_REPLY_MS_MAX, SEND_SILENCE_MAX_MS } from "../../../../layers/local/workspace/limits.ts";

const MINUTE_MS = 60_000;

test("whoever looks at a workspace sees all that one may have", () => {
  expect(limits.ARCHIVE_UNPACKED_BYTES_MAX).toBeLessThanOrEqual(ARCHIVE_READ_BYTES_MAX);
});

test("a run has room for its workspace, and as much again and more for what it writes", () => {
  expect(3 * limits.ARCHIVE_UNPACKED_BYTES_MAX).toBeLessThan(RUN_DISK_BYTES);
});

test("a link is good for minutes, and what was sent by it in its last moment can still be accepted", () => {
  expect(limits.UPLOAD_LINK_MS).toBeLessThanOrEqual(15 * MINUTE_MS);
  expect(limits.UPLOAD_ACCEPT_MS - limits.UPLOAD_LINK_MS).toBeGreaterThanOrEqual(CALL_DURATION_MS_MAX);
});

test("the largest archive passes within the time of a link at a megabit a second", () => {
  const seconds = (8 * limits.ARCHIVE_BYTES_MAX) / 1_000_000;

  expect(seconds * 1_000).toBeLessThan(limits.UPLOAD_LINK_MS);
});

test("a path and a name have room in what a file system takes", () => {
  expect(limits.ARCHIVE_PATH_BYTES_MAX).toBeLessThanOrEqual(4_096 / 2);
  expect(limits.ARCHIVE_NAME_BYTES_MAX).toBe(255);
  expect(limits.ARCHIVE_EXTENSION_BYTES_MAX).toBeGreaterThan(limits.ARCHIVE_PATH_BYTES_MAX);
});

test("all uploads that a tenant may have are counted, in any plan, also where many were offered at the same moment", () => {
  const projectsMax = Math.max(TENANT_LIMITS.projects, ...PLAN_NAMES.map((plan) => planLimits(plan)?.projects ?? 0));

  expect(projectsMax).toBeGreaterThan(0);
  expect(2 * (projectsMax + limits.UPLOADS_BESIDE_PROJECTS_MAX)).toBeLessThan(
    limits.UPLOADS_PAGES_MAX * limits.UPLOADS_PAGE_ITEMS,
  );
});

test("who sends gives up before the door does", () => {
  expect(COMMAND_REPLY_MS_MAX).toBeLessThan(LOCAL_DOOR.callTimeoutMs);
  expect(SEND_SILENCE_MAX_MS).toBeLessThan(LOCAL_DOOR.callTimeoutMs);
});

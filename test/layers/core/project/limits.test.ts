import { expect, test } from "vitest";
import { PRICE_PLANS } from "../../../../layers/core/billing/price-plans.ts";
import {
  ENDED_RUN_KEPT_MS,
  GRACE_MS_MAX,
  ORDER_BYTES_MAX,
  RUN_ID_PATTERN,
} from "../../../../layers/core/ports/runner.ts";
import { QUERY_LIMIT_MAX } from "../../../../layers/core/ports/table.ts";
import {
  COMMAND_CHARACTERS_MAX,
  ENTRY_UNUSED_MS,
  ORDER_LOST_MS,
  PORTS_PAGES_MAX,
  PROJECT_ID_CHARACTERS_MAX,
  PROJECTS_PAGE_ITEMS,
  PROJECTS_PAGES_MAX,
  RUN_CPUS,
  RUN_KEPT_MS,
  RUN_LIFETIME_MS,
  RUN_MEMORY_BYTES,
  SWEEP_PAGE_ITEMS,
  SWEEP_PAGES_MAX,
} from "../../../../layers/core/project/limits.ts";
import { portCount, rangesOf } from "../../../../layers/core/project/port-ranges.ts";
import { GRACE_MS } from "../../../../layers/core/project/project.ts";
import { TENANT_LIMITS } from "../../../../layers/core/quota/tenant-limits.ts";
import { RECORD_KINDS } from "../../../../layers/core/store/keys.ts";

test("what stands for a run beside its project outlives the run, and is over when the keys say so", () => {
  expect(RUN_KEPT_MS).toBeGreaterThan(RUN_LIFETIME_MS);
  for (const kind of ["PROJECT-RUN", "PROJECT-PORT"] as const) {
    expect(RUN_KEPT_MS).toBeLessThanOrEqual(RECORD_KINDS[kind].secondsMax * 1_000);
  }
});

test("an order counts as lost before what stands for it does, and while the runner would still know it", () => {
  expect(ORDER_LOST_MS).toBeLessThan(ENTRY_UNUSED_MS);
  expect(ENTRY_UNUSED_MS).toBeLessThan(ENDED_RUN_KEPT_MS);
});

test("every tech's grace is one that the runner gives", () => {
  for (const graceMs of Object.values(GRACE_MS)) expect(graceMs).toBeLessThanOrEqual(GRACE_MS_MAX);
});

test("a run's id of the longest of its kind is the runner's kind", () => {
  expect(`r${Number.MAX_SAFE_INTEGER}-${"a".repeat(16)}`).toMatch(RUN_ID_PATTERN);
  expect("p".repeat(PROJECT_ID_CHARACTERS_MAX)).toMatch(RUN_ID_PATTERN);
});

test("a command leaves room for an environment in an order", () => {
  expect(COMMAND_CHARACTERS_MAX).toBeLessThan(ORDER_BYTES_MAX / 2);
});

test("all projects of the largest plan, all ports, and the runs of ten thousand projects can be read", () => {
  const projectsMax = Math.max(...Object.values(PRICE_PLANS).map(({ limits }) => limits.projects ?? 0));
  expect(PROJECTS_PAGE_ITEMS * PROJECTS_PAGES_MAX).toBeGreaterThan(2 * projectsMax);
  expect(PORTS_PAGES_MAX * QUERY_LIMIT_MAX).toBeGreaterThan(2 * portCount(rangesOf(undefined)));
  expect(SWEEP_PAGE_ITEMS * SWEEP_PAGES_MAX).toBeGreaterThanOrEqual(10_000);
});

test("ten runs use up what a plan gives that says nothing else", () => {
  expect(TENANT_LIMITS.cpus / RUN_CPUS).toBe(10);
  expect(TENANT_LIMITS.memoryBytes / RUN_MEMORY_BYTES).toBe(10);
});

import { expect, test } from "vitest";
import { BAKE_MEMORY_BYTES_MAX, BAKE_PROCESSES_MAX, CACHE_BYTES_MAX } from "../../functions/bake-limits.ts";
import { HEALTH_SHAPE } from "../../functions/health/config.ts";
import { PROBE_TIMEOUT_MS } from "../../functions/health/limits.ts";
import { MCP_SHAPE } from "../../functions/mcp/config.ts";
import { SESSIONS_SHAPE } from "../../functions/sessions/config.ts";
import { START_WAIT_MS_MAX } from "../../functions/start-limits.ts";
import { ABORT_MARGIN_MS, BUFFERED_REPLY_BYTES_MAX, CUT_MARGIN_MS } from "../../layers/http/lambda/limits.ts";
import { BODY_BYTES_MAX } from "../../layers/http/limits.ts";
import { STREAM_END_MARGIN_MS } from "../../layers/mcp/limits.ts";

const SHAPES = [MCP_SHAPE, SESSIONS_SHAPE, HEALTH_SHAPE];
const MIB = 1024 * 1024;

/** Lambda quotas (read 2026-11-20). */
const INIT_MS_MAX = 10_000;
const TIMEOUT_MS_MAX = 900_000;
const EVENT_BYTES_MAX = 6 * MIB;

test("a call is told that it is over, then answered for, then cut", () => {
  expect(ABORT_MARGIN_MS).toBeGreaterThan(CUT_MARGIN_MS);
  expect(CUT_MARGIN_MS).toBeGreaterThan(0);
  for (const { timeoutMs } of SHAPES) {
    expect(Math.min(...Object.values(timeoutMs))).toBeGreaterThan(ABORT_MARGIN_MS + STREAM_END_MARGIN_MS);
    expect(Math.max(...Object.values(timeoutMs))).toBeLessThanOrEqual(TIMEOUT_MS_MAX);
  }
});

test("probes end before the call that asks them", () => {
  expect(PROBE_TIMEOUT_MS).toBeLessThan(Math.min(...Object.values(HEALTH_SHAPE.timeoutMs)) - ABORT_MARGIN_MS);
});

test("a start that waits for what its first call needs is within what Lambda allows", () => {
  expect(START_WAIT_MS_MAX).toBeLessThan(INIT_MS_MAX / 2);
});

test("all that bakes has room beside what the function remembers", () => {
  const own = 256 * MIB;

  expect(BAKE_PROCESSES_MAX * BAKE_MEMORY_BYTES_MAX + CACHE_BYTES_MAX + own).toBeLessThan(MCP_SHAPE.memoryMb * MIB);
});

test("the largest body fits an event in base64, and no front door passes on less than it says", () => {
  expect(Math.ceil(BODY_BYTES_MAX / 3) * 4).toBeLessThan(EVENT_BYTES_MAX);
  expect(BUFFERED_REPLY_BYTES_MAX).toEqual({ rest: 6 * MIB, alb: 1_000_000 });
});

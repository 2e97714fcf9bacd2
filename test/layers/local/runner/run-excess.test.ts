import { describe, expect, test } from "vitest";
import type { ListeningSocket } from "../../../../layers/local/runner/listening-sockets.ts";
import { excessOf, isNearLimit, listeningExcess } from "../../../../layers/local/runner/run-excess.ts";

const LIMITS = {
  cpuSeconds: 10,
  cpuShare: 1,
  memoryBytes: 1000,
  outputBytes: 2000,
  diskBytes: 3000,
  processCount: 5,
  lifetimeMs: 60_000,
};
const WITHIN = {
  cpuMs: 10_000,
  memoryBytes: 1000,
  outputBytes: 2000,
  diskBytes: 3000,
  processCount: 5,
  lifetimeMs: 60_000,
};

test("a run that is at all of its limits is within them, and so is one of which nothing is known", () => {
  expect(excessOf(LIMITS, WITHIN)).toBeUndefined();
  expect(excessOf(LIMITS, { lifetimeMs: 0 })).toBeUndefined();
});

test.each([
  ["memory_exceeded", { memoryBytes: 1001 }, "more than 1000 bytes"],
  ["processes_exceeded", { processCount: 6 }, "more than 5 processes"],
  ["output_exceeded", { outputBytes: 2001 }, "more than 2000 bytes"],
  ["disk_exceeded", { diskBytes: 3001 }, "more than 3000 bytes"],
  ["cpu_exceeded", { cpuMs: 10_010 }, "more than 10 seconds"],
  ["lifetime_exceeded", { lifetimeMs: 60_001 }, "more than 60000 milliseconds"],
] as const)("one step further is %s", (reason, further, detail) => {
  expect(excessOf(LIMITS, { ...WITHIN, ...further })).toEqual({ reason, detail });
});

test("what has no limit is never exceeded", () => {
  const { cpuSeconds: _cpu, outputBytes: _output, ...limits } = LIMITS;

  expect(excessOf(limits, { ...WITHIN, cpuMs: 1e12, outputBytes: 1e12 })).toBeUndefined();
});

test("a limit of nothing is exceeded by anything", () => {
  expect(excessOf({ ...LIMITS, outputBytes: 0 }, { outputBytes: 1, lifetimeMs: 0 })?.reason).toBe("output_exceeded");
  expect(excessOf({ ...LIMITS, cpuSeconds: 0 }, { cpuMs: 0, lifetimeMs: 0 })).toBeUndefined();
});

test("past half of its memory or processes a run is near its limit", () => {
  expect(isNearLimit(LIMITS, { memoryBytes: 500, processCount: 2 })).toBe(false);
  expect(isNearLimit(LIMITS, { memoryBytes: 501 })).toBe(true);
  expect(isNearLimit(LIMITS, { processCount: 3 })).toBe(true);
  expect(isNearLimit(LIMITS, {})).toBe(false);
});

describe("where a run listens", () => {
  const on = (port: number, isLoopback = true): ListeningSocket => ({ inode: "1", port, isLoopback });
  const ports = { own: 3000, isOthers: (port: number) => port === 4000 };

  test("is its own port, or any that is nobody's", () => {
    expect(listeningExcess([on(3000), on(3001), on(50_000)], ports)).toBeUndefined();
  });

  test.each([1, 1023, 2601, 2699])("is not the reserved port %i", (port) => {
    const detail = `port ${port} is reserved`;
    expect(listeningExcess([on(3000), on(port)], ports)).toEqual({ reason: "port_refused", detail });
  });

  test.each([1024, 2600, 2700])("may be port %i, which is not reserved", (port) => {
    expect(listeningExcess([on(port)], ports)).toBeUndefined();
  });

  test("is not another's port", () => {
    expect(listeningExcess([on(4000)], ports)).toEqual({
      reason: "port_refused",
      detail: "port 4000 is another project's",
    });
  });

  test("is no address that others reach", () => {
    expect(listeningExcess([on(3000, false)], ports)).toMatchObject({ reason: "address_exposed" });
  });
});

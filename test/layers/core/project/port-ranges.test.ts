import { describe, expect, test } from "vitest";
import { PORT_RANGES } from "../../../../layers/core/deployment/project-ports.ts";
import {
  fitPort,
  portCount,
  portsBefore,
  portsFrom,
  rangeOfPort,
  rangesOf,
} from "../../../../layers/core/project/port-ranges.ts";
import { ok, refused } from "../../../../layers/core/result.ts";

/** Literals on purpose: clients of the MCP Debug Host know these. */
test("the ranges are those of the MCP Debug Host, 3,901 ports in all", () => {
  expect(PORT_RANGES).toEqual({
    node: { first: 3000, last: 3999 },
    static: { first: 4000, last: 4999 },
    python: { first: 5000, last: 5999 },
    php: { first: 8080, last: 8980 },
  });
  expect(portCount(rangesOf(undefined))).toBe(3_901);
});

describe("a port", () => {
  test.each([0, -1, 65_536, 3000.5, Number.NaN, Number.POSITIVE_INFINITY])("of %d is none", (port) => {
    expect(fitPort(port, undefined)).toEqual(refused({ reason: "port_invalid", port }));
  });

  test.each([1, 80, 1023, 2601, 2650, 2699])("of %d is reserved", (port) => {
    expect(fitPort(port, "node")).toEqual(refused({ reason: "port_system_reserved", port }));
  });

  test.each([
    [2600, undefined],
    [2700, undefined],
    [6000, undefined],
    [8079, "php"],
    [8981, "php"],
    [65_535, undefined],
    [4000, "node"],
    [3999, "static"],
  ] as const)("of %d lies in no range of %s", (port, tech) => {
    expect(fitPort(port, tech)).toEqual(refused({ reason: "port_wrong_range", port, allowed: rangesOf(tech) }));
  });

  test.each([
    [3000, "node"],
    [3999, "node"],
    [8980, "php"],
    [5000, undefined],
  ] as const)("of %d is one for %s", (port, tech) => {
    expect(fitPort(port, tech)).toEqual(ok());
  });

  test("knows the tech of its range", () => {
    expect([3000, 4999, 5000, 8080, 7000].map((port) => rangeOfPort(port)?.tech)).toEqual([
      "node",
      "static",
      "python",
      "php",
      undefined,
    ]);
  });
});

describe("the ports of ranges", () => {
  const ranges = [
    { first: 10, last: 12 },
    { first: 20, last: 21 },
  ];

  test.each([
    [0, [10, 11, 12, 20, 21]],
    [2, [12, 20, 21, 10, 11]],
    [4, [21, 10, 11, 12, 20]],
  ])("from the %dth on are all there once", (start, ports) => {
    expect([...portsFrom(ranges, start)]).toEqual(ports);
  });

  test.each([
    [10, 0],
    [12, 2],
    [15, 3],
    [21, 4],
    [99, 5],
    [1, 0],
  ])("before %d are %d", (port, count) => {
    expect(portsBefore(ranges, port)).toBe(count);
  });
});

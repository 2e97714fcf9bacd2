import { expect, test } from "vitest";
import { StoreFault } from "../../../layers/core/ports/store-fault.ts";
import { faultLine } from "../../../layers/http/fault-line.ts";

const at = { atEpochMs: 5, requestId: "r1" };

test("a fault's line has its code and the stacks of all that caused it", () => {
  const fault = new StoreFault("table", "get", { cause: new TypeError("socket", { cause: "reset" }) });

  expect(faultLine(fault, at)).toEqual({
    ...at,
    code: "store_unavailable",
    trace: [expect.stringContaining("the table could not get"), expect.stringContaining("TypeError: socket"), "reset"],
  });
});

test("a chain of causes is followed five deep", () => {
  const nested = Array.from({ length: 9 }).reduce<unknown>((cause, _, n) => new TypeError(`n${n}`, { cause }), "end");

  expect(faultLine(nested, at).trace).toHaveLength(5);
});

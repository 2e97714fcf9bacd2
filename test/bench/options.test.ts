import { expect, test } from "vitest";
import { readOptions } from "../../bench/options.ts";

const NAMES = ["call", "http", "start"] as const;

test("all groups are measured where none is named", () => {
  expect(readOptions([], NAMES)).toEqual({ groups: NAMES, quick: false });
});

test("named groups alone are measured, each once and in the usual order", () => {
  expect(readOptions(["start", "--quick", "call", "start"], NAMES)).toEqual({ groups: ["call", "start"], quick: true });
});

test.each([
  [["calls"], "calls; the groups are call, http, start"],
  [["--fast"], "--fast"],
])("%j is refused, and said why", (args, why) => {
  expect(readOptions(args, NAMES)).toEqual({ wrong: expect.stringContaining(why) });
});

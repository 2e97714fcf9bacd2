import { expect, test } from "vitest";
import { injectedFaults } from "../../../../layers/core/deployment/injected-faults.ts";

test.each([
  ["none", "none"],
  ["delay=200ms@50%,error@10%", { delayMs: 200, delayedShare: 0.5, failedShare: 0.1 }],
  ["delay=99999ms@100%", { delayMs: 99_999, delayedShare: 1, failedShare: 0 }],
  ["error@1%", { delayMs: 0, delayedShare: 0, failedShare: 0.01 }],
])("%s is read", (text, expected) => {
  expect(injectedFaults.parse(text)).toEqual(expected);
});

test.each([
  "",
  "off",
  ",",
  "delay=200ms@50%,",
  "error@10%,delay=200ms@50%",
  "delay=200ms",
  "delay=0ms@50%",
  "delay=100000ms@50%",
  "delay=200s@50%",
  "error@0%",
  "error@101%",
  "error@-1%",
  "error@1.5%",
  " error@1%",
  "error@1%,error@1%",
])("%j is refused", (text) => {
  expect(injectedFaults.safeParse(text).success).toBe(false);
});

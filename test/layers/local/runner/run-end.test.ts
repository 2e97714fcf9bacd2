import { expect, test } from "vitest";
import { codeOf, epilogueOf, reasonOf, signalOf } from "../../../../layers/local/runner/run-end.ts";

test.each([
  [0, undefined, "exited"],
  [1, undefined, "exited"],
  [128, undefined, "exited"],
  [137, "SIGKILL", "exited"],
  [143, "SIGTERM", "exited"],
  [134, "SIGABRT", "exited"],
  [152, "SIGXCPU", "cpu_exceeded"],
  [153, "SIGXFSZ", "disk_exceeded"],
  [255, undefined, "exited"],
  [undefined, undefined, "exited"],
] as const)("the code %s says that the signal %s ended a program, which is %s", (code, signal, reason) => {
  expect(signalOf(code)).toBe(signal);
  expect(reasonOf(signalOf(code))).toBe(reason);
});

test("a signal has a code as shells count", () => {
  expect([codeOf("SIGKILL"), codeOf("SIGTERM"), codeOf("SIGHUP")]).toEqual([137, 143, 129]);
});

test("the last line of a log says how a run ended, and what of it people want to know", () => {
  const ended = { state: "exited", endedAtEpochMs: 1 } as const;

  expect(epilogueOf({ ...ended, reason: "exited", exitCode: 3 })).toBe("ended with code 3 (exited)");
  expect(epilogueOf({ ...ended, reason: "start_failed", detail: "no room" })).toBe("ended (start_failed: no room)");
});

import { expect, test } from "vitest";
import { OUTPUT_BURST_BYTES, OUTPUT_BYTES_A_SECOND } from "../../../../layers/node/supervisor/limits.ts";
import { LogLines } from "../../../../layers/node/supervisor/log-lines.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";

function aLog() {
  const clock = manualClock();
  const written: string[] = [];
  const order = { tenantId: "acme", projectId: "proj1", runId: "run1" };
  return { log: new LogLines({ order, nowMs: clock.nowMs, write: (line) => written.push(line) }), written, clock };
}

test("a line says whose it is, where it came from and which it is, whatever it holds", () => {
  const { log, written } = aLog();

  log.add("stdout", 'a "quoted"\tline');
  log.add("stderr", "another");

  expect(written).toEqual([
    '{"tenant":"acme","project":"proj1","run":"run1","stream":"stdout","at":1798761600000,"sequence":1,"text":"a \\"quoted\\"\\tline"}\n',
    '{"tenant":"acme","project":"proj1","run":"run1","stream":"stderr","at":1798761600000,"sequence":2,"text":"another"}\n',
  ]);
});

test("what is printed beyond the log's measure is left out and numbered, but for what is said of the run itself", () => {
  const { log, written, clock } = aLog();
  const megabyte = "x".repeat(1024 * 1024);
  for (let line = 0; line < 20; line++) log.add("stdout", megabyte);
  const atOnce = written.length;

  log.add("system", "ended");
  clock.advance((1024 * 1024 * 1_000) / OUTPUT_BYTES_A_SECOND + 1_000);
  log.add("stdout", megabyte);
  log.add("stdout", megabyte);

  expect(atOnce).toBe(OUTPUT_BURST_BYTES / (1024 * 1024));
  expect(written.slice(atOnce).map((line) => JSON.parse(line).sequence)).toEqual([21, 22]);
});

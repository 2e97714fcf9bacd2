import { describe, expect, test } from "vitest";
import { Distribution } from "../../../../layers/core/metrics/distribution.ts";
import { LABEL_CHARACTERS_MAX, SERIES_MAX } from "../../../../layers/core/metrics/limits.ts";
import { Metrics } from "../../../../layers/core/metrics/metrics.ts";

describe("what a scraper is told", () => {
  test("is each metric with what it is for, its type, and a line for each series", () => {
    const metrics = new Metrics();
    const calls = metrics.counter({ name: "calls_total", help: "Calls.", labels: ["method", "status"] });
    metrics.counter({ name: "plain_total", help: "Without labels." });
    calls.of(["GET", "200"]).add();
    calls.of(["GET", "200"]).add(2);
    calls.of(["PUT", "404"]).add();

    expect(metrics.exposition()).toBe(
      [
        "# HELP calls_total Calls.",
        "# TYPE calls_total counter",
        'calls_total{method="GET",status="200"} 3',
        'calls_total{method="PUT",status="404"} 1',
        "# HELP plain_total Without labels.",
        "# TYPE plain_total counter",
        "plain_total 0",
        "",
      ].join("\n"),
    );
  });

  test("of a histogram is how many came up to each bound, how many there were, and their sum", () => {
    const metrics = new Metrics();
    const waits = metrics.histogram({ name: "wait_seconds", help: "Waits.", labels: ["of"] }, [0.1, 1]);
    for (const seconds of [0.1, 0.5, 0.5, 7]) waits.of(["job"]).observe(seconds);
    waits.of(["call"]).observe(0.25, 4);

    expect(metrics.exposition().split("\n").slice(2, -1)).toEqual([
      'wait_seconds_bucket{of="job",le="0.1"} 1',
      'wait_seconds_bucket{of="job",le="1"} 3',
      'wait_seconds_bucket{of="job",le="+Inf"} 4',
      'wait_seconds_sum{of="job"} 8.1',
      'wait_seconds_count{of="job"} 4',
      'wait_seconds_bucket{of="call",le="0.1"} 0',
      'wait_seconds_bucket{of="call",le="1"} 4',
      'wait_seconds_bucket{of="call",le="+Inf"} 4',
      'wait_seconds_sum{of="call"} 1',
      'wait_seconds_count{of="call"} 4',
    ]);
  });

  test("of a reading is what there is when it is asked for", () => {
    const metrics = new Metrics();
    const held = new Map([["a", 1]]);
    metrics.read({ name: "held", help: "Held.", type: "gauge", label: "by" }, () => held);
    metrics.read({ name: "sum", help: "Sum.", type: "counter" }, () => [["", held.size]]);

    held.set("a", 5).set("b", 2);

    const lines = metrics.exposition().split("\n");
    expect(lines).toContain("# TYPE held gauge");
    expect(lines).toContain('held{by="a"} 5');
    expect(lines).toContain('held{by="b"} 2');
    expect(lines).toContain("sum 2");
  });

  test("keeps a value of a label within its quotes, its line and its length, whatever it is", () => {
    const metrics = new Metrics();
    const tools = metrics.counter({ name: "tools_total", help: "Tools.", labels: ["tool"] });

    tools.of(['a"b\\c\nd\ud800']).add();
    tools.of(["x".repeat(LABEL_CHARACTERS_MAX + 1)]).add();

    const [, , odd, long, ...rest] = metrics.exposition().split("\n");
    expect(odd).toBe('tools_total{tool="a\\"b\\\\c\\nd\ufffd"} 1');
    expect(long).toBe(`tools_total{tool="${"x".repeat(LABEL_CHARACTERS_MAX)}"} 1`);
    expect(rest).toEqual([""]);
  });
});

describe("a metric", () => {
  test("tells as many series apart as the limit allows, and counts all others together", () => {
    const metrics = new Metrics();
    const tools = metrics.counter({ name: "tools_total", help: "Tools.", labels: ["tool", "status"] });
    for (let number = 0; number < SERIES_MAX + 20; number++) tools.of([`tool${number}`, "ok"]).add();

    tools.of(["tool0", "ok"]).add();

    const lines = metrics.exposition().trimEnd().split("\n").slice(2);
    expect(lines).toHaveLength(SERIES_MAX + 1);
    expect(lines[0]).toBe('tools_total{tool="tool0",status="ok"} 2');
    expect(lines.at(-1)).toBe('tools_total{tool="other",status="other"} 20');
  });

  test("never falls, and takes nothing that is no number", () => {
    const metrics = new Metrics();
    const count = metrics.counter({ name: "plain_total", help: "Plain." }).of([]);
    const distribution = new Distribution([1]);

    for (const amount of [2, -1, 0, Number.NaN]) count.add(amount);
    distribution.observe(Number.NaN);
    distribution.observe(1, 0);
    distribution.observe(1, -3);

    expect(count.total).toBe(2);
    expect(distribution.cumulative()).toEqual([0, 0]);
    expect(distribution.sum).toBe(0);
  });
});

import { expect, test } from "vitest";
import { z } from "zod";
import { hasJobTools, withJobTools } from "../../functions/job-tools.ts";
import { defineTool, type Tool } from "../../layers/mcp/toolkit/tool.ts";
import { jobBench } from "../fixtures/job-bench.ts";

const aTool = (name: string, mode: "call" | "job"): Tool =>
  defineTool({ name, description: name, input: z.object({}), mode, run: () => "done" });

const SHORT = { mine: [aTool("short", "call")] };
const LONG = { mine: [aTool("short", "call"), aTool("long", "job")] };

test("clients are given tools to look after jobs where some tool runs as one, and nowhere else", () => {
  const { jobs, clock } = jobBench();

  expect(withJobTools(SHORT, { jobs, clock })).toEqual(SHORT);
  expect(withJobTools(LONG, { jobs, clock }).jobs?.map((entry) => entry.kind === "tool" && entry.name)).toEqual([
    "job_status",
    "job_result",
    "job_cancel",
  ]);
  expect([hasJobTools(SHORT), hasJobTools(LONG)]).toEqual([false, true]);
});

test("a toolkit that somebody has called jobs stays what it is", () => {
  const { jobs, clock } = jobBench();
  const own = { ...LONG, jobs: [aTool("hire", "call")] };

  expect(withJobTools(own, { jobs, clock })).toEqual(own);
});

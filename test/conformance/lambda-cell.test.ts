import { expect, onTestFinished, test } from "vitest";
import { testFolder } from "../fixtures/temporary-folder.ts";
import { startLambdaCell } from "./lambda-cell.ts";
import { runSuite } from "./suite-run.ts";

test("the suite finds what it expects in the MCP function's own bundle, without knowing of the key", async () => {
  const cell = await startLambdaCell();
  onTestFinished(cell.close);
  const order = { title: "a tool", args: ["--scenario", "tools-call-simple-text"] };

  const { scenarios } = await runSuite(order, new URL("/mcp", cell.url).href, await testFolder());

  const statuses = scenarios.flatMap(({ checks }) => checks.map(({ status }) => status));
  expect(new Set(statuses)).toEqual(new Set(["SUCCESS"]));
});

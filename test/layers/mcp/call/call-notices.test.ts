import { describe, expect, test } from "vitest";
import { roots } from "../../../../layers/mcp/toolkit/ask.ts";
import { mcpParts } from "../../../fixtures/mcp-parts.ts";
import { answered, loose, started } from "../../../fixtures/started-call.ts";

describe("progress", () => {
  test("is told only where it increases and is a number", async () => {
    const parts = mcpParts([
      loose((_args, scope) => {
        for (const done of [0, 0, -1, 5, 5, 4, Number.NaN, Number.POSITIVE_INFINITY, 5.5])
          scope.progress(done, 10, "on it");
        return "";
      }),
    ]);

    const call = started(parts, { caller: { progressToken: "token" } });
    await call.outcome;

    expect(call.told.map(({ params }) => params.progress)).toEqual([0, 5, 5.5]);
    expect(call.told[0]).toEqual({
      method: "notifications/progress",
      params: { progressToken: "token", progress: 0, total: 10, message: "on it" },
    });
  });

  test("is told to nobody who did not ask", async () => {
    const parts = mcpParts([
      loose((_args, scope) => {
        scope.progress(1);
        return "";
      }),
    ]);

    const call = started(parts);
    await call.outcome;

    expect(call.told).toEqual([]);
  });

  test("without a total, or with one that is no number, has none", async () => {
    const parts = mcpParts([
      loose((_args, scope) => {
        scope.progress(1, Number.NaN);
        return "";
      }),
    ]);

    const call = started(parts, { caller: { progressToken: 0 } });
    await call.outcome;

    expect(call.told[0]?.params).toEqual({ progressToken: 0, progress: 1, total: undefined, message: undefined });
  });

  test("goes on rising when the call is run again with an answer", async () => {
    const parts = mcpParts([
      loose(async (_args, scope) => {
        scope.progress(10);
        scope.progress(20);
        await scope.ask({ sure: roots() });
        scope.progress(30);
        return "";
      }),
    ]);
    const first = started(parts, { caller: { progressToken: 1 } });
    const second = started(parts, {
      caller: { progressToken: 1 },
      state: answered(await first.outcome, { sure: { roots: [] } }),
    });
    await second.outcome;

    expect([...first.told, ...second.told].map(({ params }) => params.progress)).toEqual([10, 20, 30]);
  });
});

test.each([
  [undefined, []],
  ["debug", ["debug", "info", "warning", "emergency"]],
  ["warning", ["warning", "emergency"]],
  ["emergency", ["emergency"]],
] as const)("a caller that wants messages from %s on gets those", async (logLevel, levels) => {
  const parts = mcpParts([
    loose((_args, scope) => {
      for (const level of ["debug", "info", "warning", "emergency"] as const) scope.log(level, { level }, "logger");
      return "";
    }),
  ]);

  const call = started(parts, { caller: { logLevel } });
  await call.outcome;

  expect(call.told).toEqual(
    levels.map((level) => ({ method: "notifications/message", params: { level, logger: "logger", data: { level } } })),
  );
});

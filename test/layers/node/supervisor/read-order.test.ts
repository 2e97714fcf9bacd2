import { describe, expect, test } from "vitest";
import { readOrder } from "../../../../layers/node/supervisor/read-order.ts";

const order = {
  tenantId: "acme",
  projectId: "proj1",
  runId: "run1",
  argv: ["node", "server.js"],
  environment: { COLOUR: "red" },
  port: 3_000,
  workspace: "https://blobs.example/shop",
  folder: "web",
  limits: { cpuSeconds: 5, outputBytes: 10, diskBytes: 1, processCount: 2, lifetimeMs: 3 },
  graceMs: 1_000,
};

test("an order is read as it was written, with or without what may be left out", () => {
  const {
    port: _,
    limits: { cpuSeconds: _cpu, outputBytes: _output, ...limits },
    ...least
  } = order;

  expect(readOrder(JSON.parse(JSON.stringify(order)))).toEqual(order);
  expect(readOrder({ ...least, limits })).toEqual({ ...least, limits });
});

describe("nothing is run of an order", () => {
  test.each<[string, unknown]>([
    ["that is no object", "run"],
    ["that is a list", [order]],
    ["without a command", { ...order, argv: [] }],
    ["with a command that is no text", { ...order, argv: ["node", 7] }],
    ["with a value that is no text", { ...order, environment: { PORT: 80 } }],
    ["without limits", { ...order, limits: undefined }],
    ["with a limit below zero", { ...order, limits: { ...order.limits, lifetimeMs: -1 } }],
    ["with a limit that is text", { ...order, limits: { ...order.limits, processCount: "2" } }],
    ["without a workspace", { ...order, workspace: undefined }],
  ])("%s", (_what, raw) => {
    expect(() => readOrder(raw)).toThrow(expect.objectContaining({ code: "order_malformed" }));
  });
});

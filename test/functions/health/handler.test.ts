import { describe, expect, test } from "vitest";
import { type HealthParts, healthHandler } from "../../../functions/health/handler.ts";
import { StoreFault } from "../../../layers/core/ports/store-fault.ts";
import type { Table } from "../../../layers/core/ports/table.ts";
import { systemClock } from "../../../layers/node/system-clock.ts";
import { aCall, aRequest } from "../../fixtures/http-call.ts";
import { manualClock } from "../../fixtures/manual-clock.ts";
import { memoryTable } from "../../fixtures/memory-table.ts";

const fault = new StoreFault("table", "get", { cause: "secret endpoint" });

const answering = (): Table => memoryTable(manualClock());
const failing = (): Table => ({ ...answering(), get: () => Promise.reject(fault) });
const silent = (): Table => ({ ...answering(), get: () => new Promise(() => {}) });

async function ask(path: string, parts: Partial<HealthParts> = {}) {
  const faults: unknown[] = [];
  const handler = healthHandler({
    state: answering(),
    control: answering(),
    clock: systemClock(),
    report: (reported) => faults.push(reported),
    ...parts,
  });
  const reply = await handler(aRequest({ path }), aCall);
  return { status: reply.status, body: JSON.parse(String(reply.body)), faults, log: reply.log };
}

describe("/health/ready", () => {
  test("is 200 with the statuses and no more while the table of state answers", async () => {
    expect(await ask("/health/ready")).toMatchObject({
      status: 200,
      body: { status: "ready", state: "ok", control: "ok", cache: "none" },
      log: { outcome: "ok" },
    });
  });

  test("is 503 when the table of state fails, which is reported and not told", async () => {
    const { status, body, faults } = await ask("/health/ready", { state: failing() });

    expect(status).toBe(503);
    expect(body).toEqual({ status: "unavailable", state: "unreachable", control: "ok", cache: "none" });
    expect(faults).toEqual([fault]);
  });

  test("is 503 when the table of state is silent for a second", async () => {
    const startedMs = performance.now();

    const { status } = await ask("/health/ready", { state: silent() });

    expect(status).toBe(503);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });

  test.each<[string, Partial<HealthParts>, object]>([
    ["the strong table", { control: failing() }, { control: "unreachable" }],
    ["the cache", { cacheAvailable: async () => false }, { cache: "unreachable" }],
    ["the service of the cache", { cacheAvailable: () => Promise.reject(fault) }, { cache: "unreachable" }],
  ])("stays 200 without %s, and tells", async (_name, parts, told) => {
    const { status, body } = await ask("/health/ready", parts);

    expect(status).toBe(200);
    expect(body).toMatchObject({ status: "ready", ...told });
  });

  test("tells of a cache that is available", async () => {
    expect(await ask("/health/ready", { cacheAvailable: async () => true })).toMatchObject({ body: { cache: "ok" } });
  });
});

test.each([
  ["/health/live", "ok"],
  ["/health/startup", "started"],
])("%s asks no store", async (path, status) => {
  expect(await ask(path, { state: failing(), control: failing() })).toMatchObject({
    status: 200,
    body: { status },
    faults: [],
  });
});

test("another path is a 404", async () => {
  expect((await ask("/health/other")).status).toBe(404);
});

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type HostBench, hostBench } from "../../fixtures/host-parts.ts";
import { tenant } from "../../fixtures/tenants.ts";

const acme = tenant("acme");
const other = tenant("other");

let bench: HostBench;
let web: Run;
let api: Run;

interface Run {
  readonly projectId: string;
  readonly containerId: string;
  readonly containerName: string;
}

beforeEach(async () => {
  bench = await hostBench();
  [web, api] = [await started("web"), await started("api")];
  await print(web, "ready on 3000", "ERROR lost the database", 'warn slow query "select 1"');
  bench.world.clock.advance(1_000);
  await print(api, "GET /users 200", "error: no such user");
});
afterEach(() => bench.remove());

async function started(projectId: string, of = acme): Promise<Run> {
  const { containerId, containerName } = await bench.told(of, "host.start", { projectId, command: "serve" });
  return { projectId, containerId: String(containerId), containerName: String(containerName) };
}

async function print(run: Run, ...texts: readonly string[]): Promise<void> {
  const writer = bench.logs.writer(acme, run.projectId);
  const atEpochMs = bench.world.clock.nowMs();
  await writer.append(texts.map((text) => ({ runId: run.containerId, atEpochMs, stream: "stdout", text })));
  writer.close();
}

const messages = ({ logs }: Readonly<Record<string, unknown>>) =>
  (logs as { message: string }[]).map(({ message }) => message);

describe("host.logs", () => {
  test.each([
    ["a project's id", () => ({ containerName: "web" })],
    ["a project's id by its own name", () => ({ projectId: "web" })],
    ["its container's name", () => ({ containerName: web.containerName })],
    ["its container's id, with the project", () => ({ containerName: web.containerId, projectId: "web" })],
  ])("finds a log by %s", async (_what, named) => {
    const told = await bench.told(acme, "host.logs", named());

    expect(messages(told)).toHaveLength(3);
    expect(told).toMatchObject({ projectId: "web", total: 3, hasMore: false });
    expect(told.logs).toMatchObject([
      {
        ...{ timestamp: "2027-01-01T00:00:00.000Z", level: "info", stream: "stdout", message: "ready on 3000" },
        ...{ projectId: "web", containerId: web.containerId },
      },
      { level: "error" },
      { level: "warn" },
    ]);
  });

  test("shows the newest, of what is asked for", async () => {
    const of = async (args: object) => messages(await bench.told(acme, "host.logs", { containerName: "web", ...args }));

    expect(await of({ level: "error" })).toEqual(["ERROR lost the database"]);
    expect(await of({ search: '"slow query" -database' })).toEqual(['warn slow query "select 1"']);
    expect(await of({ stream: "stderr" })).toEqual([]);
    expect(await of({ limit: 1 })).toEqual(['warn slow query "select 1"']);
    expect(await of({ until: "2026-01-01" })).toEqual([]);
    expect(await bench.told(acme, "host.logs", { containerName: "web", limit: 1 })).toMatchObject({ hasMore: true });
  });

  test("of one run leaves out what others printed", async () => {
    bench.world.runner.exit(web.containerId);
    const again = await started("web");
    await print(again, "again");

    expect(messages(await bench.told(acme, "host.logs", { containerName: again.containerName }))).toEqual(["again"]);
    expect(messages(await bench.told(acme, "host.logs", { containerName: "web" }))).toHaveLength(4);
  });

  test.each([
    [{}, "containerName or projectId is missing"],
    [{ containerName: "nobody" }, "nobody"],
    [{ containerName: "api", projectId: "none" }, undefined],
    [{ containerName: "web", level: "loud" }, "level"],
    [{ containerName: "web", since: "yesterday" }, "since takes"],
    [{ containerName: "web", search: '"open' }, "never closed"],
    [{ containerName: "web", limit: 0 }, "limit"],
  ])("of %j", async (args, said) => {
    if (said === undefined) return expect(messages(await bench.told(acme, "host.logs", args))).toHaveLength(2);
    const failure = await bench.refusal(acme, "host.logs", args);

    expect(failure.code).toBe("INVALID_PARAMS");
    expect(failure.message).toContain(said);
  });
});

describe("host.searchLogs", () => {
  test("finds in all logs, in the order of time, and counts what is found", async () => {
    const told = await bench.told(acme, "host.searchLogs", { query: "level:error", includeFacets: true });

    expect(messages(told)).toEqual(["ERROR lost the database", "error: no such user"]);
    expect(told).toMatchObject({ total: 2, facets: { total: 2, byLevel: { error: 2 } } });
  });

  test("finds in those that are named alone, and the newest where there are more", async () => {
    const search = (args: object) => bench.told(acme, "host.searchLogs", { query: "", ...args });

    expect(messages(await search({ containers: ["api"] }))).toHaveLength(2);
    expect(messages(await search({ limit: 1 }))).toEqual(["error: no such user"]);
    expect(await search({ limit: 1 })).toMatchObject({ hasMore: true });
    expect(await search({})).not.toHaveProperty("facets");
  });
});

describe("host.exportLogs", () => {
  test.each([
    ["json", "application/json", "web-log.json"],
    ["csv", "text/csv; charset=utf-8; header=present", "web-log.csv"],
    ["text", "text/plain; charset=utf-8", "web-log.txt"],
  ])("gives a log as %s", async (format, contentType, filename) => {
    const told = await bench.told(acme, "host.exportLogs", { containerName: "web", format });

    expect(told).toMatchObject({ format, contentType, filename, lineCount: 3, isWhole: true });
    expect(String(told.content)).toContain("lost the database");
    if (format === "json") expect(JSON.parse(String(told.content))).toHaveLength(3);
  });

  test("gives the newest part of a log that is too long, and says so", async () => {
    for (let part = 0; part < 8; part++)
      await print(web, ...Array.from({ length: 10 }, () => `${part} ${"x".repeat(15_000)}`));

    const told = await bench.told(acme, "host.exportLogs", { containerName: "web", format: "text" });

    expect(told).toMatchObject({ isWhole: false, lineCount: 66 });
    expect(String(told.content)).not.toContain("ready on 3000");
  });
});

test("host.clearLogs forgets what one project has printed", async () => {
  await bench.told(acme, "host.clearLogs", { containerName: "web" });

  expect(messages(await bench.told(acme, "host.logs", { containerName: "web" }))).toEqual([]);
  expect(messages(await bench.told(acme, "host.logs", { containerName: "api" }))).toHaveLength(2);
});

test("host.logStats counts one log, or all", async () => {
  expect(await bench.told(acme, "host.logStats", { containerName: "web" })).toMatchObject({
    ...{ total: 1, lineCount: 3 },
    stats: [{ projectId: "web", byLevel: { error: 1, warn: 1, info: 1 }, byRun: { [web.containerId]: 3 } }],
  });
  expect(await bench.told(acme, "host.logStats", {})).toMatchObject({ total: 2, lineCount: 5 });
});

test.each(["nobody", "../web", "\0", "\ud800", "__proto__"])("no log is called %j", async (containerName) => {
  expect(await bench.refusal(acme, "host.logs", { containerName })).toMatchObject({
    details: { reason: "CONTAINER_NOT_FOUND", containerName },
  });
});

test.each(["host.logs", "host.clearLogs", "host.exportLogs", "host.logStats"])(
  "%s of another tenant's finds none",
  async (name) => {
    for (const containerName of ["web", web.containerName, web.containerId]) {
      expect(await bench.refusal(other, name, { containerName })).toMatchObject({
        details: { reason: "CONTAINER_NOT_FOUND" },
      });
    }
    expect(await bench.told(other, "host.searchLogs", { query: "" })).toMatchObject({ logs: [], total: 0 });
    expect(await bench.told(other, "host.logStats", {})).toMatchObject({ total: 0, stats: [] });
    expect(messages(await bench.told(acme, "host.logs", { containerName: "web" }))).toHaveLength(3);
  },
);

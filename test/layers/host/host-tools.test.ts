import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type HostBench, hostBench } from "../../fixtures/host-parts.ts";
import { tenant } from "../../fixtures/tenants.ts";

const acme = tenant("acme");
const other = tenant("other");

let bench: HostBench;

beforeEach(async () => {
  bench = await hostBench();
  bench.world.workspaces.put("acme", "shop", { "package.json": '{"scripts":{"dev":"vite"}}' });
});
afterEach(() => bench.remove());

const register = async (args: object = {}) =>
  String((await bench.told(acme, "host.register", { workspace: "shop", name: "Shop", ...args })).projectId);

describe("host.register", () => {
  test("tells what the project is made with and how it is started", async () => {
    const told = await bench.told(acme, "host.register", { workspace: "shop", name: "Shop", ports: [3100] });

    expect(told).toMatchObject({
      success: true,
      projectId: expect.stringMatching(/^proj_/),
      message: "Registered Shop; starts with: npm run dev",
      details: {
        name: "Shop",
        workspace: "shop",
        status: "registered",
        techStack: ["nodejs"],
        metadata: { primaryTech: "node", startCommand: "npm run dev", startCommandFrom: "package.json scripts.dev" },
        ports: { primary: 3100, allocated: [], range: { first: 3000, last: 3999 }, type: "node" },
        registeredAt: "2027-01-01T00:00:00.000Z",
      },
    });
  });

  test("refuses a workspace that is a project already, and tells which", async () => {
    const existingProjectId = await register();

    expect(await bench.refusal(acme, "host.register", { workspace: "shop/", name: "Again" })).toMatchObject({
      code: "INVALID_PARAMS",
      details: { existingProjectId },
    });
  });

  test.each([
    [{}, "workspace"],
    [{ workspace: "shop" }, "name"],
    [{ workspace: "", name: "x" }, "workspace"],
    [{ workspace: "shop", name: "x", ports: [70_000] }, "ports.0"],
    [{ workspace: "shop", name: "x", env: { "A-B": "1" } }, "env.A-B"],
    [undefined, "host.register"],
  ])("refuses %j and names what is wrong", async (args, flawed) => {
    const failure = await bench.refusal(acme, "host.register", args as object);

    expect(failure.code).toBe("INVALID_PARAMS");
    expect(failure.message).toContain(`${flawed}:`);
  });

  test.each([
    [
      { workspace: "gone", name: "x" },
      { code: "INVALID_PARAMS", details: { reason: "WORKSPACE_NOT_FOUND" } },
    ],
    [
      { workspace: "../shop", name: "x" },
      { code: "INVALID_PARAMS", details: { reason: "WORKSPACE_FORBIDDEN" } },
    ],
    [
      { workspace: "shop", name: "x", ports: [2601] },
      { code: "SYSTEM_RESERVED", details: { port: 2601, suggestions: [3000, 3001, 3002] } },
    ],
    [
      { workspace: "shop", name: "x", ports: [9999] },
      { code: "WRONG_RANGE", details: { port: 9999 } },
    ],
  ])("refuses %j", async (args, failure) => {
    expect(await bench.refusal(acme, "host.register", args)).toMatchObject(failure);
  });
});

describe("host.start", () => {
  test("takes the arguments of the MCP Debug Host: a project, a command, a port and an environment", async () => {
    const projectId = await register();

    const told = await bench.told(acme, "host.start", { projectId, command: "echo hi", port: 3200, env: { A: "1" } });

    const [order] = bench.world.runner.orders;
    expect(order).toMatchObject({ command: { shell: "echo hi" }, port: 3200, environment: { A: "1" } });
    expect(told).toMatchObject({
      success: true,
      projectId,
      containerId: order?.runId,
      containerName: `debug-host-${projectId}-${bench.world.clock.nowMs()}`,
      status: "running",
      startTime: bench.world.clock.nowMs(),
      ports: { primary: 3200, exposed: [3200] },
      accessUrl: `http://127.0.0.1:3000/p/${projectId}/`,
      alreadyRunning: false,
    });
  });

  test("takes the arguments of its product's tools: an environment and the settings of a container", async () => {
    const projectId = await register();
    const dockerConfig = { image: "node:24", ports: ["3201:80"], env: ["A=1=2", "B="] };

    const told = await bench.told(acme, "host.start", { projectId, environment: "production", dockerConfig });

    expect(bench.world.runner.orders).toMatchObject([
      { command: { shell: "npm run dev" }, port: 3201, environment: { NODE_ENV: "production", A: "1=2", B: "" } },
    ]);
    expect(told.message).toContain("no image is used");
  });

  test("makes a project of an id that is none, where it is told a command", async () => {
    const told = await bench.told(acme, "host.start", { projectId: "load-test-1", command: 'echo "test"' });

    expect(told).toMatchObject({ success: true, projectId: "load-test-1", status: "running" });
    expect(await bench.refusal(acme, "host.start", { projectId: "load-test-2" })).toMatchObject({
      code: "INVALID_PARAMS",
      details: { reason: "PROJECT_NOT_FOUND" },
    });
  });

  test("tells how a program ended that has ended already", async () => {
    bench.world.runner.onStart = (runId) => bench.world.runner.exit(runId, { code: 2 });

    expect(await bench.told(acme, "host.start", { projectId: "p", command: "exit 2" })).toMatchObject({
      status: "error",
      exit: { reason: "exited", exitCode: 2 },
      message: "p was started and has ended with exit code 2",
    });
  });

  test("says so where the project runs as asked for, and refuses where it runs otherwise", async () => {
    const projectId = await register();
    await bench.told(acme, "host.start", { projectId });

    expect(await bench.told(acme, "host.start", { projectId })).toMatchObject({ alreadyRunning: true });
    expect(await bench.refusal(acme, "host.start", { projectId, command: "other" })).toMatchObject({
      code: "PROJECT_RUNNING",
      details: { projectId, suggestions: ["host.restart", "host.stop"] },
    });
  });

  test.each(["host.start", "host.restart"])(
    "%s does nothing for a caller that has gone while it waited for its turn",
    async (name) => {
      const projectId = await register();
      const tool = bench.tools.find((each) => each.name === name);

      const answered = await tool?.answer({ projectId }, { ...bench.call(acme), signal: AbortSignal.abort() });

      expect(answered).toMatchObject({ ok: false, problem: { code: "TIMEOUT" } });
      expect(bench.world.runner.orders).toEqual([]);
    },
  );

  test("tells what stands in the way of a port, and what is free instead", async () => {
    const [shop, blog] = [await register(), "blog"];
    await bench.told(acme, "host.start", { projectId: shop, port: 3000 });
    bench.world.runner.busyPorts.add(3001);
    const startOn = (port: number, of = blog) =>
      bench.refusal(of === blog ? acme : other, "host.start", { projectId: blog, command: "x", port });

    expect(await startOn(3000)).toMatchObject({
      code: "PORT_IN_USE",
      details: { conflictingProject: shop, suggestions: [3002, 3003, 3004] },
    });
    expect(await startOn(3001)).toMatchObject({ code: "HOST_PORT_BUSY", details: { suggestions: [3002, 3003, 3004] } });
    expect(await startOn(2650)).toMatchObject({
      code: "SYSTEM_RESERVED",
      details: { port: 2650, suggestions: [3002, 3003, 3004] },
    });
    bench.world.runner.reservedPorts.add(3002);
    expect(await startOn(3002)).toMatchObject({
      code: "SYSTEM_RESERVED",
      details: { suggestions: [3003, 3004, 3005] },
    });
    expect(await startOn(7000)).toMatchObject({ code: "WRONG_RANGE" });
    const theirs = await startOn(3000, "theirs");
    expect(theirs.code).toBe("HOST_PORT_BUSY");
    expect(JSON.stringify(theirs)).not.toContain(shop);
  });

  test.each([
    ["containers", { containers: 0 }, ["host.stop"]],
    ["projects", { projects: 0 }, ["host.remove"]],
  ] as const)("beyond the quota of %s is refused with the limit", async (quota, limits, suggestions) => {
    expect(await bench.refusal(acme, "host.start", { projectId: "p", command: "x" }, limits)).toMatchObject({
      code: "QUOTA_EXCEEDED",
      details: { quota, limit: 0, suggestions },
    });
  });

  test.each([
    [
      { reason: "runner_full", retryAfterSeconds: 5 },
      { code: "RUNNER_FULL", details: { retryAfterSeconds: 5 } },
    ],
    [{ reason: "environment_refused", name: "HOME" }, { details: { reason: "ENVIRONMENT_REFUSED", name: "HOME" } }],
    [{ reason: "workspace_missing" }, { details: { reason: "WORKSPACE_NOT_FOUND" } }],
    [{ reason: "workspace_outside" }, { details: { reason: "WORKSPACE_FORBIDDEN" } }],
    [{ reason: "order_too_large", bytes: 9, bytesMax: 8 }, { details: { reason: "TOO_LARGE" } }],
    [
      { reason: "port_reserved", port: 3000 },
      { code: "SYSTEM_RESERVED", details: { suggestions: [3001, 3002, 3003] } },
    ],
    [
      { reason: "port_taken", port: 3000 },
      { code: "HOST_PORT_BUSY", details: { suggestions: [3001, 3002, 3003] } },
    ],
  ] as const)("tells why the runner refuses: %j", async (refusal, failure) => {
    bench.world.runner.refusal = refusal;

    expect(await bench.refusal(acme, "host.start", { projectId: "p", command: "x", port: 3000 })).toMatchObject({
      code: "INVALID_PARAMS",
      ...failure,
    });
  });
});

describe("host.stop, host.restart and host.remove", () => {
  test("a stop tells how the run ended, and succeeds where nothing runs", async () => {
    const projectId = await register();
    await bench.told(acme, "host.start", { projectId });

    expect(await bench.told(acme, "host.stop", { projectId, force: true })).toMatchObject({
      ...{ success: true, status: "stopped", stopTime: bench.world.clock.nowMs(), message: "Shop has ended" },
      exit: { reason: "stopped", exitCode: 137 },
    });
    expect(await bench.told(acme, "host.stop", { projectId })).toMatchObject({ message: "Shop did not run" });
  });

  test("a restart runs what ran, as it ran, on the same port", async () => {
    const projectId = await register();
    const first = await bench.told(acme, "host.start", {
      projectId,
      command: "serve",
      env: { A: "1" },
      environment: "staging",
    });

    const again = await bench.told(acme, "host.restart", { projectId });

    const [before, after] = bench.world.runner.orders;
    expect(after).toEqual({ ...before, runId: again.containerId });
    expect(again).toMatchObject({ restartTime: bench.world.clock.nowMs(), ports: first.ports, status: "running" });
    expect(bench.world.runner.open()).toEqual([again.containerId]);
  });

  test("a restart of what never ran starts it", async () => {
    expect(await bench.told(acme, "host.restart", { projectId: await register() })).toMatchObject({
      status: "running",
    });
  });

  test("a removal stops the project and forgets it and its log", async () => {
    const projectId = await register();
    const { containerId } = await bench.told(acme, "host.start", { projectId });
    const writer = bench.logs.writer(acme, projectId);
    await writer.append([
      { runId: String(containerId), atEpochMs: bench.world.clock.nowMs(), stream: "stdout", text: "x" },
    ]);
    writer.close();

    expect(await bench.told(acme, "host.remove", { projectId })).toMatchObject({ success: true });

    expect(bench.world.runner.open()).toEqual([]);
    expect(await bench.logs.projects(acme, 10)).toEqual([]);
    expect(await bench.refusal(acme, "host.status", { projectId })).toMatchObject({
      details: { reason: "PROJECT_NOT_FOUND" },
    });
  });

  test("a project that has not ended is not removed", async () => {
    const projectId = await register();
    await bench.told(acme, "host.start", { projectId });
    bench.world.runner.isObedient = false;
    const remove = bench.tools.find(({ name }) => name === "host.remove");

    const answered = await remove?.answer({ projectId }, { ...bench.call(acme), deadlineEpochMs: 0 });

    expect(answered).toMatchObject({ ok: false, problem: { code: "TIMEOUT" } });
    expect(await bench.told(acme, "host.status", { projectId })).toMatchObject({ status: "stopping" });
  });

  test.each(["host.stop", "host.restart", "host.remove", "host.status"])(
    "%s of another tenant's finds none",
    async (name) => {
      const projectId = await register();
      await bench.told(acme, "host.start", { projectId });

      expect(await bench.refusal(other, name, { projectId })).toMatchObject({
        details: { reason: "PROJECT_NOT_FOUND" },
      });
      expect(bench.world.runner.open()).toHaveLength(1);
    },
  );
});

describe("host.status and host.list", () => {
  test("tell how a project stands", async () => {
    const projectId = await register();
    await bench.told(acme, "host.start", { projectId });
    bench.world.clock.advance(5_000);

    expect(await bench.told(acme, "host.status", { projectId })).toMatchObject({
      ...{ success: true, projectName: "Shop", status: "running", isRunning: true, uptime: 5_000 },
      ...{ health: { status: "unknown" }, container: { state: "running" }, lastHealthCheck: bench.world.clock.nowMs() },
    });
  });

  test("a project that never ran has no container", async () => {
    expect(await bench.told(acme, "host.status", { projectId: await register() })).toMatchObject({
      ...{ status: "registered", isRunning: false, isHealthy: false, container: null, uptime: 0 },
      health: { status: "stopped" },
    });
  });

  test("a list shows those that are asked for, of one's own", async () => {
    const projectId = await register();
    await bench.told(acme, "host.start", { projectId });
    await bench.told(other, "host.start", { projectId: "theirs", command: "x" });
    bench.world.workspaces.put("acme", "api", { "app.py": "" });
    await register({ workspace: "api", name: "Api" });
    const names = async (args: object) => {
      const { projects } = await bench.told(acme, "host.list", args);
      return (projects as { name: string }[]).map(({ name }) => name).sort();
    };

    expect(await names({})).toEqual(["Api", "Shop"]);
    expect(await names({ status: "running" })).toEqual(["Shop"]);
    expect(await names({ status: "stopped" })).toEqual(["Api"]);
    expect(await names({ techStack: "Python" })).toEqual(["Api"]);
    expect(await bench.told(acme, "host.list", { status: "running" })).toMatchObject({
      ...{ total: 1, totalRegistered: 2, filters: { status: "running", techStack: null } },
      metadata: { runningCount: 1, stoppedCount: 1 },
    });
  });
});

describe("ports", () => {
  test("are tried out, each time anew", async () => {
    const check = (port: number) => bench.told(acme, "host.checkPort", { port });

    expect(await check(3000)).toMatchObject({ port: 3000, host: "localhost", available: true, status: "available" });
    bench.world.runner.busyPorts.add(3000).add(9000);
    expect(await check(3000)).toMatchObject({
      available: false,
      status: "in_use",
      code: "HOST_PORT_BUSY",
      suggestions: [3001, 3002, 3003],
    });
    expect(await check(9000)).toMatchObject({ available: false, status: "in_use" });
    expect(await check(9001)).toMatchObject({ available: false, status: "available", code: "WRONG_RANGE" });
    expect(await check(80)).toMatchObject({
      available: false,
      status: "in_use",
      code: "SYSTEM_RESERVED",
      suggestions: [3001, 3002, 3003],
    });
    bench.world.runner.busyPorts.clear();
    expect(await check(3000)).toMatchObject({ available: true, checkedAt: "2027-01-01T00:00:00.000Z" });
  });

  test("of other machines are not looked at", async () => {
    expect(await bench.refusal(acme, "host.checkPort", { port: 3000, host: "10.0.0.1" })).toMatchObject({
      code: "INVALID_PARAMS",
    });
  });

  test("are suggested by tech, or from a port on", async () => {
    expect(await bench.told(acme, "host.suggestPort", { type: "php" })).toMatchObject({
      ...{ port: 8080, suggestions: [8080, 8081, 8082], type: "php", range: { first: 8080, last: 8980 } },
    });
    expect(await bench.told(acme, "host.suggestPort", { preferredPort: 5005, count: 1 })).toMatchObject({
      ...{ port: 5005, suggestions: [5005], type: "python" },
    });
    for (let port = 8080; port <= 8980; port++) bench.world.runner.busyPorts.add(port);
    expect(await bench.refusal(acme, "host.suggestPort", { type: "php" })).toMatchObject({
      code: "NO_AVAILABLE_PORTS",
    });
  });

  test("of one's own are listed, with the quota", async () => {
    const projectId = await register();
    await bench.told(acme, "host.start", { projectId, port: 3000 });
    await bench.told(other, "host.start", { projectId: "theirs", command: "x", port: 3001 });

    expect(await bench.told(acme, "host.ports", {})).toMatchObject({
      ports: [{ port: 3000, projectId, type: "node" }],
      total: 1,
      reserved: [{ first: 2601, last: 2699 }],
      quota: { used: 1, limit: 100, percentage: 1 },
    });
    expect(await bench.told(acme, "host.ports", { projectId: "none" })).toMatchObject({ total: 0 });
  });
});

test("as a tool of MCP it answers structured and as text, and says that it failed", async () => {
  const status = bench.tools.find(({ name }) => name === "host.status")?.tool;
  const projectId = await register();
  const run = async (args: object) => status?.run(args as never, bench.call(acme) as never);

  const found = await run({ projectId });
  expect(found).toMatchObject({ structuredContent: { success: true, projectId } });
  const refusedReply = (await run({ projectId: "none" })) as { content: { text: string }[] };
  expect(refusedReply).toMatchObject({
    isError: true,
    structuredContent: { success: false, error: { code: "INVALID_PARAMS" } },
  });
  expect(JSON.parse(refusedReply.content[0]?.text ?? "")).toMatchObject({ success: false });
});

/** Literals on purpose: clients call them by these names. */
test("the tools are those of the MCP Debug Host", () => {
  expect(bench.tools.map(({ name }) => name).sort()).toEqual([
    "host.checkPort",
    "host.clearLogs",
    "host.exportLogs",
    "host.list",
    "host.logStats",
    "host.logs",
    "host.ports",
    "host.register",
    "host.remove",
    "host.restart",
    "host.searchLogs",
    "host.start",
    "host.status",
    "host.stop",
    "host.suggestPort",
  ]);
});

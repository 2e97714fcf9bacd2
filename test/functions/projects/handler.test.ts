import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TOOL_TIMEOUT_MS } from "../../../functions/projects/limits.ts";
import { LOCAL_DOOR } from "../../../layers/local/limits.ts";
import { eventReader } from "../../fixtures/event-reader.ts";
import { type SurfaceBench, surfaceBench } from "../../fixtures/surface-bench.ts";
import { tenant } from "../../fixtures/tenants.ts";

/** What the MCP Debug Host answers over HTTP, case by case (source: its own tests of its server). */

let bench: SurfaceBench;
beforeEach(async () => {
  bench = await surfaceBench();
});
afterEach(() => bench.remove());

const call = (name: string, args?: object, more: object = {}) =>
  bench.ask("POST", "/mcp/tools/call", { json: { name, ...(args !== undefined && { arguments: args }) }, ...more });

const start = (projectId: string) => call("host.start", { projectId, command: "serve" });

describe("POST /mcp/initialize", () => {
  test("tells the protocol and who serves", async () => {
    expect(await bench.ask("POST", "/mcp/initialize")).toMatchObject({
      status: 200,
      json: {
        protocol: "mcp",
        version: "1.0",
        capabilities: { tools: true, streaming: true },
        serverInfo: { name: "MCP Debug Host", version: "1.0.0", description: expect.any(String) },
      },
    });
  });
});

describe("POST /mcp/tools/list", () => {
  test("tells each tool with its name, what it does, and what it takes", async () => {
    const { status, json } = await bench.ask("POST", "/mcp/tools/list", { json: {} });

    const { tools } = json as { tools: { name: string; description: string; inputSchema: object }[] };
    expect(status).toBe(200);
    expect(tools).toHaveLength(15);
    for (const tool of tools) expect(Object.keys(tool).sort()).toEqual(["description", "inputSchema", "name"]);
    expect(tools.find(({ name }) => name === "host.register")?.inputSchema).toMatchObject({
      type: "object",
      properties: { workspace: { type: "string" }, name: { type: "string" }, techStack: { type: "array" } },
      required: ["workspace", "name"],
    });
  });
});

describe("POST /mcp/tools/call", () => {
  test("answers with a result and no error", async () => {
    expect(await start("web")).toMatchObject({
      status: 200,
      json: { result: { success: true, projectId: "web", status: "running" }, error: null },
    });
  });

  test("takes a tool without arguments", async () => {
    expect(await call("host.list")).toMatchObject({ status: 200, json: { result: { projects: [] }, error: null } });
  });

  test.each([
    ["{", "INVALID_PARAMS"],
    ['"text"', "INVALID_PARAMS"],
    ["", "INVALID_PARAMS"],
    ["{}", "INVALID_PARAMS"],
    ['{"arguments":{}}', "INVALID_PARAMS"],
    ['{"name":3}', "INVALID_PARAMS"],
    ['{"name":"host.none"}', "TOOL_NOT_FOUND"],
    ['{"name":"host.start"}', "INVALID_PARAMS"],
    ['{"name":"host.start","arguments":{"command":"x"}}', "INVALID_PARAMS"],
    ['{"name":"host.start","arguments":[]}', "INVALID_PARAMS"],
    ['{"name":"host.status","arguments":{"projectId":"none"}}', "INVALID_PARAMS"],
  ])("answers %s with 400, no result and %s", async (text, code) => {
    expect(await bench.ask("POST", "/mcp/tools/call", { text })).toMatchObject({
      status: 400,
      json: { result: null, error: { code, message: expect.any(String) } },
    });
  });

  test("is noted by the name of a tool that there is, and no other", async () => {
    const known = await bench.ask("POST", "/mcp/tools/call", { text: '{"name":"host.list"}' });
    const unknown = await bench.ask("POST", "/mcp/tools/call", { text: '{"name":"host.none"}' });

    expect(known.reply.log).toEqual({ operation: "POST /mcp/tools/call", tool: "host.list", outcome: "ok" });
    expect(unknown.reply.log).toEqual({ operation: "POST /mcp/tools/call", outcome: "tool_not_found" });
  });

  test("names the parameter that is missing", async () => {
    const { json } = await call("host.register", { workspace: "x" });

    expect(json).toMatchObject({
      error: { message: expect.stringContaining("name:"), details: { tool: "host.register" } },
    });
  });

  test("answers 408 when a tool takes too long, and the tool is told to stop", async () => {
    await bench.remove();
    bench = await surfaceBench({ timeoutMs: 1_000 });
    await start("web");
    bench.world.runner.isObedient = false;
    const { look } = bench.world.runner;
    bench.process.runner.look = () => new Promise(() => {});

    const stopped = call("host.stop", { projectId: "web" });
    await advanced(1_000);

    expect(await stopped).toMatchObject({
      status: 408,
      json: { result: null, error: { code: "TIMEOUT", message: expect.stringContaining("host.stop") } },
    });
    bench.process.runner.look = look;
  });

  test("answers 500 with no more than an id when the server fails", async () => {
    bench.process.runner.portState = () => Promise.reject(new Error("secret"));
    const failed = await start("web");

    expect(failed).toMatchObject({
      status: 500,
      json: { result: null, error: { code: "INTERNAL_ERROR", details: { requestId: "request-1" } } },
    });
    expect(JSON.stringify(failed)).not.toContain("secret");
    expect(bench.faults).toEqual([new Error("secret")]);
  });

  test("tells that the runner is away", async () => {
    bench.world.runner.isDown = true;

    const away = await start("web");

    expect(away).toMatchObject({ status: 503, json: { error: { code: "INTERNAL_ERROR" } } });
    expect(away.reply.headers["retry-after"]).toBe("1");
  });

  test.each([
    ["PROJECT_RUNNING", 409, { command: "other" }],
    ["WRONG_RANGE", 400, { port: 7_000, projectId: "b", command: "x" }],
    ["SYSTEM_RESERVED", 409, { port: 2_601, projectId: "b", command: "x" }],
  ])("answers %s with %d", async (code, status, args) => {
    await start("web");

    expect(await call("host.start", { projectId: "web", ...args })).toMatchObject({
      status,
      json: { error: { code } },
    });
  });

  test("tells when a full runner may be asked again", async () => {
    bench.world.runner.refusal = { reason: "runner_full", retryAfterSeconds: 5 };

    const full = await start("web");

    expect(full).toMatchObject({ status: 503, json: { error: { code: "RUNNER_FULL" } } });
    expect(full.reply.headers["retry-after"]).toBe("5");
  });

  test("answers ten calls at once each with its own", async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => start(`p${index}`)));

    expect(answers.map(({ json }) => (json as { result: { projectId: string } }).result.projectId)).toEqual(
      Array.from({ length: 10 }, (_, index) => `p${index}`),
    );
  });
});

describe("whoever may not", () => {
  test.each(["host.start", "host.stop", "host.register", "host.remove", "host.clearLogs"])(
    "change anything, is refused %s, and it is noted",
    async (name) => {
      const { status, reply } = await call(name, { projectId: "web" }, { role: "viewer" });

      expect(status).toBe(403);
      expect(reply.log?.refusedAction).toBe("mcp.call");
    },
  );

  test.each(["host.list", "host.ports"])("change anything may look: %s", async (name) => {
    expect((await call(name, {}, { role: "viewer" })).status).toBe(200);
  });

  test("see the toolkit finds nothing of it", async () => {
    for (const [method, path] of [
      ["POST", "/mcp/initialize"],
      ["POST", "/mcp/tools/list"],
      ["GET", "/api/projects"],
      ["GET", "/mcp/logs/web/stream"],
    ] as const) {
      expect(await bench.ask(method, path, { toolkits: ["cyberchef"] })).toMatchObject({
        status: 404,
        json: { error: { code: "METHOD_NOT_FOUND" } },
      });
    }
  });
});

test.each([
  ["POST", "/mcp/tools"],
  ["POST", "/mcp/unknown"],
  ["GET", "/mcp/tools/list"],
  ["GET", "/mcp/logs/web"],
  ["GET", "/mcp/logs/a.b/stream"],
  ["DELETE", "/api/projects"],
  ["GET", "/api/projects/web/none"],
  ["PUT", "/api/projects/web/start"],
  ["GET", "/api/ports/x/y/check"],
])("%s %s is no route: 404 and METHOD_NOT_FOUND", async (method, path) => {
  expect(await bench.ask(method, path)).toMatchObject({
    status: 404,
    json: { result: null, error: { code: "METHOD_NOT_FOUND", message: `There is no ${method} ${path}` } },
  });
});

describe("GET /mcp/logs/:projectId/stream", () => {
  async function print(text: string): Promise<void> {
    const writer = bench.logs.writer(tenant("acme"), "web");
    await writer.append([{ runId: "r1", atEpochMs: bench.world.clock.nowMs(), stream: "stdout", text }]);
    writer.close();
  }

  test("tells that it is there, then what was printed, and that this was all", async () => {
    await start("web");
    await print("one");
    await print("error: two");

    const { status, reply } = await bench.ask("GET", "/mcp/logs/web/stream?follow=false&level=error");

    expect(status).toBe(200);
    expect(reply.headers).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": expect.stringContaining("no-cache"),
    });
    const events = eventReader(reply);
    expect(await events.next()).toMatchObject({ event: "log", data: { type: "connected", projectId: "web" } });
    expect(await events.next()).toMatchObject({
      event: "log",
      data: { message: "error: two", level: "error", historical: true },
    });
    expect(await events.next()).toMatchObject({ event: "status", data: { type: "historical_complete", count: 1 } });
    expect(await events.next()).toBeUndefined();
  });

  test.each(["tail=x", "level=loud", "follow=maybe", "since=when"])("refuses %s with 400", async (query) => {
    await start("web");

    expect(await bench.ask("GET", `/mcp/logs/web/stream?${query}`)).toMatchObject({
      status: 400,
      json: { result: null, error: { code: "INVALID_PARAMS" } },
    });
  });

  test("of what is not there, or is another tenant's, is 404", async () => {
    await start("web");

    expect((await bench.ask("GET", "/mcp/logs/none/stream")).status).toBe(404);
    expect((await bench.ask("GET", "/mcp/logs/web/stream?containerName=other")).status).toBe(404);
    const theirs = await bench.ask("GET", "/mcp/logs/web/stream", { tenant: "other" });
    expect(theirs).toMatchObject({ status: 404, json: { error: { details: { projectId: "web" } } } });
  });

  test("a log can be taken away whole", async () => {
    await start("web");
    await print("one");

    const { reply } = await bench.ask("GET", "/api/projects/web/logs/export?format=text");

    expect(reply.headers).toMatchObject({ "content-disposition": 'attachment; filename="web-log.txt"' });
    expect(typeof reply.body === "object" && (await textOf(reply.body))).toContain("one");
    expect((await bench.ask("GET", "/api/projects/web/logs/export?format=xml")).status).toBe(400);
    expect((await bench.ask("GET", "/api/projects/web/logs/export", { tenant: "other" })).status).toBe(404);
  });
});

describe("/api/projects", () => {
  test("registers, shows, starts, restarts, stops and removes", async () => {
    bench.world.workspaces.put("acme", "shop", { "server.js": "" });
    const { json } = await bench.ask("POST", "/api/projects", { json: { workspace: "shop", name: "Shop" } });
    const { projectId } = json as { projectId: string };
    const ask = async (method: string, path: string, more: object = {}) => {
      const told = await bench.ask(method, `/api/projects/${projectId}${path}`, more);
      return told.status === 200 ? told.json : told;
    };

    expect(await ask("POST", "/start")).toMatchObject({ success: true, status: "running" });
    expect(await ask("POST", "/restart")).toMatchObject({ success: true, status: "running" });
    expect(await ask("GET", "/health")).toMatchObject({ projectId, status: "running", isRunning: true });
    expect(await ask("GET", "")).toMatchObject({ projectName: "Shop" });
    expect(await ask("POST", "/stop", { json: { force: true } })).toMatchObject({ exit: { exitCode: 137 } });
    expect(await bench.ask("GET", "/api/servers")).toMatchObject({ json: { total: 1 } });
    expect(await bench.ask("GET", `/api/servers/${projectId}`)).toMatchObject({ json: { status: "stopped" } });
    expect(await ask("DELETE", "")).toMatchObject({ success: true });
    expect(await ask("GET", "")).toMatchObject({ status: 404, json: { success: false, code: "INVALID_PARAMS" } });
  });

  test("has a configuration, that holds from the next start on", async () => {
    await start("web");
    const put = (json: object, id = "web") => bench.ask("PUT", `/api/projects/${id}/config`, { json });

    expect(await put({ environment: { A: "1" }, ports: [3100], command: "other" })).toMatchObject({
      json: { success: true, environment: { A: "1" }, ports: [3100], command: "other" },
    });
    expect(await bench.ask("GET", "/api/projects/web/config")).toMatchObject({ json: { ports: [3100] } });
    expect(await put({ volumes: {} })).toMatchObject({ status: 400 });
    expect(await put({ ports: [80] })).toMatchObject({
      status: 409,
      json: { code: "SYSTEM_RESERVED", suggestedPort: expect.any(Number) },
    });
    expect(await put({ ports: [3100] }, "none")).toMatchObject({ status: 404 });
    expect(await bench.ask("GET", "/api/projects/none/config")).toMatchObject({ status: 404 });
  });

  test("tells a free port where one is reserved", async () => {
    const reserved = await bench.ask("POST", "/api/projects/other/start", { json: { command: "x", port: 2_601 } });

    expect(reserved).toMatchObject({ status: 409, json: { code: "SYSTEM_RESERVED", suggestedPort: 3_000 } });
  });

  test("tells a free port where one is taken", async () => {
    await call("host.start", { projectId: "web", command: "x", port: 3_000 });

    const taken = await bench.ask("POST", "/api/projects/other/start", { json: { command: "x", port: 3_000 } });

    expect(taken).toMatchObject({
      status: 409,
      json: { code: "PORT_IN_USE", error: expect.any(String), suggestedPort: 3_001 },
    });
  });

  test("does a batch, each project by itself", async () => {
    await start("a");
    await start("b");

    const batch = await bench.ask("POST", "/api/projects/batch", {
      json: { action: "stop", projectIds: ["a", "none", "b", "a"] },
    });

    expect(batch.json).toEqual({
      action: "stop",
      total: 3,
      succeeded: ["a", "b"],
      failed: [{ projectId: "none", error: expect.stringContaining("none"), code: "INVALID_PARAMS" }],
      timestamp: bench.world.clock.nowMs(),
    });
    expect(bench.world.runner.open()).toEqual([]);
  });

  test.each([
    {},
    { action: "burn", projectIds: ["a"] },
    { action: "stop", projectIds: [] },
    { action: "stop", projectIds: ["a/b"] },
  ])("refuses the batch %j", async (json) => {
    expect((await bench.ask("POST", "/api/projects/batch", { json })).status).toBe(400);
  });

  test("removes everything only for who says so in words", async () => {
    await start("a");
    await start("b");

    expect((await bench.ask("POST", "/api/projects/clear-all", { json: { confirm: true } })).status).toBe(400);
    expect(await bench.ask("POST", "/api/projects/clear-all", { json: { confirm: "DELETE_ALL" } })).toMatchObject({
      json: { success: true, total: 2, succeeded: ["a", "b"], failed: [] },
    });
    expect(await bench.ask("GET", "/api/projects")).toMatchObject({ json: { totalRegistered: 0 } });
  });

  test("refuses a body that is none", async () => {
    for (const path of ["/api/projects/a/start", "/api/projects/batch", "/api/projects/clear-all"]) {
      expect((await bench.ask("POST", path, { text: "{" })).status).toBe(400);
    }
    expect((await bench.ask("POST", "/api/projects/a/start", { text: "[]" })).status).toBe(400);
    expect((await bench.ask("PUT", "/api/projects/a/config", { text: "{" })).status).toBe(400);
  });
});

describe("/api/ports", () => {
  test("suggests, checks and lists", async () => {
    expect(await bench.ask("GET", "/api/ports/suggest?type=python&count=2")).toMatchObject({
      json: { suggestions: [5_000, 5_001] },
    });
    expect(await bench.ask("GET", "/api/ports/5000/check")).toMatchObject({ json: { available: true } });
    expect(await bench.ask("GET", "/api/ports")).toMatchObject({ json: { total: 0 } });
    expect((await bench.ask("GET", "/api/ports/x/check")).status).toBe(400);
    expect((await bench.ask("GET", "/api/ports/suggest?count=x")).status).toBe(400);
    expect((await bench.ask("GET", "/api/ports/%zz/check")).status).toBe(404);
  });
});

test("a tool's time is less than the door's", () => {
  expect(TOOL_TIMEOUT_MS).toBeLessThan(LOCAL_DOOR.callTimeoutMs);
});

async function textOf(body: Uint8Array | AsyncIterable<string | Uint8Array>): Promise<string> {
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  let text = "";
  for await (const piece of body) text += piece;
  return text;
}

/** Time passes once what is under way waits for it. */
async function advanced(durationMs: number): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  bench.world.clock.advance(durationMs);
}

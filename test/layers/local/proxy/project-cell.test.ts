import { readFileSync } from "node:fs";
import { request as ask } from "node:http";
import { connect } from "node:net";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PAGE_POLICY } from "../../../../layers/http/passage/proxy-headers.ts";
import { type ProjectCell, projectCell } from "../../../fixtures/project-cell.ts";

/** A real program behind a real cell. */

const PROGRAM = readFileSync(resolve(import.meta.dirname, "project-program.js"), "utf8");

let cell: ProjectCell;
let projectId: string;

beforeAll(async () => {
  cell = await projectCell();
  cell.folder("local", "shop", {
    "package.json": '{"type":"module","scripts":{"dev":"node server.js"}}',
    "server.js": PROGRAM,
  });
  projectId = String((await cell.told("host.register", { workspace: "shop", name: "Shop" })).projectId);
  await cell.told("host.start", { projectId });
  await cell.listening(projectId);
}, 60_000);
afterAll(() => cell.close());

const get = (path: string, headers: Record<string, string> = {}, token: string = cell.owner) =>
  fetch(`${cell.url}/p/${projectId}${path}`, {
    headers: { ...(token !== "" && { authorization: `Bearer ${token}` }), ...headers },
    redirect: "manual",
  });

test("a project that was registered and started answers under its path", async () => {
  const reply = await get("/");

  expect([reply.status, await reply.text()]).toEqual([200, "hello"]);
  expect(reply.headers.get("content-security-policy")).toBe(PAGE_POLICY);
  expect(reply.headers.get("x-request-id")).toMatch(/./);
});

test("its address is told, and leads to it", async () => {
  const { accessUrl } = await cell.told("host.status", { projectId });

  expect(accessUrl).toBe(`${cell.url}/p/${projectId}/`);
});

test("an address without the slash at its end leads to the one with it", async () => {
  const reply = await get("?a=1");

  expect([reply.status, reply.headers.get("location")]).toEqual([308, `/p/${projectId}/?a=1`]);
});

describe("who asks", () => {
  test("without a credential is refused, and learns nothing", async () => {
    const reply = await get("/", {}, "");
    const none = await fetch(`${cell.url}/p/none/`);

    expect([reply.status, none.status]).toEqual([401, 401]);
    expect(reply.headers.get("www-authenticate")).toMatch(/^Bearer/);
  });

  test("as another tenant finds no such project", async () => {
    const operator = cell.token({ tenant: "fleet", role: "operator" });
    await cell.ask("POST", "/api/tenants", {
      token: operator,
      json: { tenantId: "other", name: "Other", plan: "team" },
    });
    const theirs = cell.token({ tenant: "other" });

    const [reply, none] = [await get("/", {}, theirs), await cell.ask("GET", "/p/none/", { token: theirs })];

    expect([reply.status, none.status]).toEqual([404, 404]);
    expect(await reply.json()).toMatchObject({ code: "project_unknown" });
  });

  test("as one who only reads may read there and send nothing", async () => {
    const viewer = cell.token({ role: "viewer" });

    expect((await get("/", {}, viewer)).status).toBe(200);
    expect((await cell.ask("POST", `/p/${projectId}/asked`, { token: viewer, json: {} })).status).toBe(403);
  });

  test("from a page of another origin is refused", async () => {
    expect((await get("/", { origin: "https://evil.example" })).status).toBe(403);
  });

  test("from the project's own page is let, where a credential shows it", async () => {
    const reply = await get("/", { origin: "null" });

    expect([reply.status, reply.headers.get("access-control-allow-origin")]).toEqual([200, "null"]);
  });

  test("from the project's own page may not ask the cell itself", async () => {
    const reply = await fetch(`${cell.url}/mcp/tools/list`, {
      method: "POST",
      headers: { authorization: `Bearer ${cell.owner}`, origin: "null" },
    });

    expect(reply.status).toBe(403);
  });
});

describe("what a project is told", () => {
  test("is the request as it was sent, but for what the caller showed to the cell", async () => {
    const reply = await fetch(`${cell.url}/p/${projectId}/asked?q=%20a/../b`, {
      method: "PUT",
      headers: {
        authorization: `Bearer ${cell.owner}`,
        cookie: "hyperpage-session=secret; own=1",
        "x-project-authorization": "Basic own",
        "content-type": "text/plain",
      },
      body: "ünïcode",
    });

    const told = await reply.json();
    expect(told).toMatchObject({ method: "PUT", url: "/asked?q=%20a/../b", body: "ünïcode" });
    expect(told).toMatchObject({
      headers: {
        ...{ authorization: "Basic own", cookie: "own=1", "content-type": "text/plain" },
        ...{ "x-forwarded-prefix": `/p/${projectId}`, "x-forwarded-host": new URL(cell.url).host },
      },
    });
    expect(JSON.stringify(told)).not.toContain(cell.owner);
    expect(JSON.stringify(told)).not.toContain("secret");
  });
});

describe("what a caller is told", () => {
  test("sets no cookie of the cell's and clears nothing of it", async () => {
    const reply = await get("/cookies");

    expect(reply.headers.getSetCookie()).toEqual([`mine=1; Path=/p/${projectId}/`]);
    expect(reply.headers.get("clear-site-data")).toBeNull();
  });

  test("leads on within the project", async () => {
    expect((await get("/login")).headers.get("location")).toBe(`/p/${projectId}/asked?from=login`);
  });

  test("is the project's own error where it has one", async () => {
    const reply = await get("/nowhere");

    expect([reply.status, await reply.text()]).toEqual([404, "the project's own 404"]);
  });

  test("is broken off where the project breaks off, and is no whole reply", async () => {
    const reply = await get("/break");

    await expect(reply.text()).rejects.toThrow();
  });

  test("says so where the project hangs up", async () => {
    const reply = await get("/hang-up");

    expect([reply.status, await reply.json()]).toMatchObject([502, { code: "project_reply_broken" }]);
  });

  test("comes whole where it is large", async () => {
    const bytes = new Uint8Array(await (await get("/large")).arrayBuffer());

    expect([bytes.byteLength, bytes.every((byte) => byte === 7)]).toEqual([8 * 1024 * 1024, true]);
  });
});

test("bodies pass both ways piece by piece, larger than any that the cell would hold", async () => {
  const { host, hostname, port } = new URL(cell.url);
  const sending = ask({
    ...{ host: hostname, port, method: "POST", path: `/p/${projectId}/echo` },
    headers: { host, authorization: `Bearer ${cell.owner}`, "transfer-encoding": "chunked" },
  });
  const piece = Buffer.alloc(1024 * 1024, 3);
  sending.write(piece);
  const reply = await new Promise<AsyncIterable<Buffer>>((answer) => sending.on("response", answer));
  let bytes = 0;
  let pieces = 1;

  for await (const chunk of reply) {
    bytes += chunk.byteLength;
    if (bytes !== pieces * piece.byteLength) continue;
    if (pieces === 6) sending.end();
    else sending.write(piece);
    pieces = Math.min(pieces + 1, 6);
  }

  expect(bytes).toBe(6 * piece.byteLength);
});

describe("a WebSocket", () => {
  function opened(path: string, token: string = cell.owner) {
    const { host, hostname, port } = new URL(cell.url);
    const socket = connect(Number(port), hostname);
    let text = "";
    socket.setEncoding("utf8").on("data", (piece) => {
      text += piece;
    });
    socket.on("error", () => {});
    const lines = [
      `GET /p/${projectId}${path} HTTP/1.1`,
      ...[`host: ${host}`, "connection: Upgrade", "upgrade: websocket", "sec-websocket-version: 13"],
      ...["sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="],
      ...(token === "" ? [] : [`authorization: Bearer ${token}`]),
    ];
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    const readTo = async (pattern: RegExp): Promise<string> => {
      for (let attempt = 0; attempt < 500 && !pattern.test(text); attempt++) await sleep(10);
      return text;
    };
    return { socket, readTo };
  }

  test("passes both ways, without the caller's credentials", async () => {
    const { socket, readTo } = opened("/ws");

    const head = await readTo(/no credentials/);
    socket.write("ping");
    const all = await readTo(/ping/);
    socket.destroy();

    // The answer to the key is that of RFC 6455, section 1.3.
    expect(head).toMatch(/^HTTP\/1\.1 101 /);
    expect(head).toContain("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    expect(all).toContain("ping");
  });

  test("is refused to who has no credential, or only reads, and where the project takes none", async () => {
    const [nobody, viewer, elsewhere] = [
      opened("/ws", ""),
      opened("/ws", cell.token({ role: "viewer" })),
      opened("/other"),
    ];

    expect(await nobody.readTo(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 401 /);
    expect(await viewer.readTo(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 403 /);
    expect(await elsewhere.readTo(/project_no_websocket/)).toMatch(/^HTTP\/1\.1 502 /);
  });
});

test("what a project prints can be listened to as it comes", async () => {
  const stream = await fetch(`${cell.url}/mcp/logs/${projectId}/stream?search=printed`, {
    headers: { authorization: `Bearer ${cell.owner}` },
  });
  const pieces = (stream.body ?? new ReadableStream<Uint8Array>()).getReader();
  let text = "";
  const readTo = async (sought: string): Promise<void> => {
    while (!text.includes(sought)) text += Buffer.from((await pieces.read()).value ?? []).toString();
  };
  await readTo("historical_complete");

  await get("/print?number=7");
  await readTo("printed /print?number=7");
  await pieces.cancel();

  expect(text).toContain('"realtime":true');
  expect(text).not.toContain("ready on");
});

describe("the end of a run", () => {
  test("by host.stop is that of all its processes, and its path says that it does not run", async () => {
    cell.folder("local", "tree", { "package.json": '{"type":"module"}', "server.js": PROGRAM });
    const { projectId: tree } = await cell.told("host.register", { workspace: "tree", name: "Tree" });
    await cell.told("host.start", { projectId: tree });
    await cell.listening(String(tree));
    const before = cell.processesIn("local", "tree");

    const stopped = await cell.told("host.stop", { projectId: tree });

    expect(stopped).toMatchObject({ status: "stopped", exit: { reason: "stopped", signal: "SIGTERM" } });
    expect(before.length).toBeGreaterThanOrEqual(2);
    expect(cell.processesIn("local", "tree")).toEqual([]);
    const { status, json } = await cell.ask("GET", `/p/${String(tree)}/`, { token: cell.owner });
    expect([status, json]).toMatchObject([502, { code: "project_not_running" }]);
  });

  test("by itself keeps its exit code and its words", async () => {
    const command = "echo out; echo error: bad >&2; exit 7";
    await cell.told("host.start", { projectId: "short", command });

    const status = await ended("short");

    expect(status).toMatchObject({ status: "error", exit: { reason: "exited", exitCode: 7 }, isRunning: false });
    const { logs } = await cell.told("host.logs", { projectId: "short" });
    expect(logs).toMatchObject([
      { message: "out", stream: "stdout" },
      { message: "error: bad", stream: "stderr", level: "error" },
      { message: "ended with code 7 (exited)", stream: "system" },
    ]);
  });

  async function ended(id: string): Promise<Readonly<Record<string, unknown>>> {
    for (let attempt = 0; attempt < 200; attempt++) {
      const status = await cell.told("host.status", { projectId: id });
      if (status.status !== "running" && status.status !== "starting") return status;
      await sleep(25);
    }
    throw new TypeError(`${id} does not end`);
  }
});

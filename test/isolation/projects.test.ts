import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { sendArchive } from "../../layers/local/workspace/send-archive.ts";
import type { Told } from "../fixtures/api-cell.ts";
import { archiveOf } from "../fixtures/archives.ts";
import { eventually } from "../fixtures/eventually.ts";
import { type ProjectCell, projectCell } from "../fixtures/project-cell.ts";

/**
 * A tenant that knows the names of another's project, its runs and its port: it finds nothing, changes nothing, and can't
 * tell what is another's from what is not there. Its twin does the same with names of nothing, and is told the same.
 */

/** In all that the keeper's project is and prints. */
const MARK = "keeper-keeps-this";

interface Names {
  readonly projectId: string;
  readonly containerId: string;
  readonly containerName: string;
  /** Of what its files were sent by. */
  readonly uploadId: string;
}

/** Each is as long as its like, so that no reply differs in length. */
const NOBODYS: Names = {
  projectId: "shop-of-none",
  containerId: `r1-${"A".repeat(16)}`,
  containerName: "debug-host-shop-of-none-1000000000000",
  uploadId: "0a1b2c3d-0000-4000-8000-000000000001",
};

let cell: ProjectCell;
let keeper: string;
let kept: Names & { readonly port: number };
let twins: readonly { readonly token: string; readonly names: Names }[];
let before: string;

beforeAll(async () => {
  cell = await projectCell();
  const operator = cell.token({ tenant: "fleet", role: "operator" });
  for (const tenantId of ["keeper-1", "twin-one", "twin-two"]) {
    const made = await cell.ask("POST", "/api/tenants", {
      token: operator,
      json: { tenantId, name: "T", plan: "team" },
    });
    if (made.status !== 201) throw new TypeError(made.text);
  }
  keeper = cell.token({ tenant: "keeper-1" });
  const uploadId = await sentFiles("shop-of-some", keeper);
  const page = `require("http").createServer((_q, s) => s.end("${MARK}")).listen(process.env.PORT)`;
  const command = `echo "${MARK}"; exec node -e '${page}'`;
  const started = Started.parse(await cell.told("host.start", { projectId: "shop-of-some", command }, keeper));
  kept = { ...started, uploadId, port: started.ports.primary };
  await cell.listening(kept.projectId, keeper);
  await eventually(async () => expect(await logged()).toContain(MARK));
  twins = [
    { token: cell.token({ tenant: "twin-one" }), names: kept },
    { token: cell.token({ tenant: "twin-two" }), names: NOBODYS },
  ];
  before = await shown();
}, 60_000);
afterAll(async () => {
  await cell.told("host.stop", { projectId: kept.projectId, force: true }, keeper);
  await cell.close();
});

const Started = z.object({
  projectId: z.string(),
  containerId: z.string(),
  containerName: z.string(),
  ports: z.object({ primary: z.int() }),
});

const Offered = z.object({
  uploadId: z.string(),
  upload: z.object({ method: z.literal("PUT"), url: z.string(), headers: z.record(z.string(), z.string()) }),
});

/** Has the project's files be what was sent. */
async function sentFiles(projectId: string, token: string): Promise<string> {
  const { content, ...said } = await archiveOf({ "notes.txt": MARK });
  const path = `/api/projects/${projectId}/workspace`;
  const { uploadId, upload } = Offered.parse((await cell.ask("POST", path, { token, json: said })).json);
  await sendArchive(upload, { archive: content });
  const accepted = await cell.ask("PUT", path, { token, json: { uploadId } });
  if (accepted.status !== 200) throw new TypeError(accepted.text);
  return uploadId;
}

async function logged(): Promise<string> {
  return JSON.stringify(await cell.told("host.logs", { projectId: kept.projectId }, keeper));
}

/** All that the keeper sees of its project, but for what passes with time. */
async function shown(): Promise<string> {
  const status = await cell.told("host.status", { projectId: kept.projectId }, keeper);
  const passing = ["uptime", "lastHealthCheck", "container", "health", "isHealthy"];
  const lasting = Object.entries(status).filter(([name]) => !passing.includes(name));
  const { text } = await cell.ask("GET", `/api/projects/${kept.projectId}/workspace`, { token: keeper });
  return JSON.stringify([lasting, text, await cell.told("host.ports", {}, keeper), await logged()]);
}

/** What a twin could tell two cases apart by, with its names written over. */
function toldTo(names: Names, { status, headers, text }: Told): string {
  const heads = ["content-type", "location", "set-cookie", "www-authenticate"].map((name) => headers.get(name));
  const all = [status, ...heads, text].join("\n");
  return [names.containerName, names.containerId, names.projectId, names.uploadId]
    .reduce((told, name) => told.replaceAll(name, "NAME"), all)
    .replace(/"requestId":"[^"]*"/g, "REQUEST")
    .replace(/\b\d{13}\b/g, "TIME");
}

async function bothTold(asks: (names: Names, token: string) => Promise<Told>): Promise<readonly [string, string]> {
  const [one = "", two = ""] = await Promise.all(
    twins.map(async ({ names, token }) => toldTo(names, await asks(names, token))),
  );
  return [one, two];
}

const NAMED: Readonly<Record<string, (names: Names) => object>> = {
  "host.start": ({ projectId }) => ({ projectId }),
  "host.stop": ({ projectId }) => ({ projectId, force: true }),
  "host.restart": ({ projectId }) => ({ projectId }),
  "host.status": ({ projectId }) => ({ projectId }),
  "host.remove": ({ projectId }) => ({ projectId }),
  "host.ports": ({ projectId }) => ({ projectId }),
  "host.list": () => ({}),
  "host.logs": ({ projectId, containerId }) => ({ projectId, containerName: containerId }),
  "host.clearLogs": ({ containerName }) => ({ containerName }),
  "host.exportLogs": ({ projectId }) => ({ projectId }),
  "host.logStats": ({ containerName }) => ({ containerName }),
  "host.searchLogs": ({ projectId }) => ({ query: "", containers: [projectId] }),
  "host.register": ({ projectId, uploadId }) => ({ workspace: `../keeper-1/${projectId}.${uploadId}`, name: "x" }),
};

test.each(Object.entries(NAMED))("%s does not tell another's from nobody's", async (name, args) => {
  const [theirs, nobodys] = await bothTold((names, token) => cell.tool(name, args(names), token));

  expect(theirs).toBe(nobodys);
  expect(theirs).not.toContain(MARK);
});

const PATHS: readonly (readonly [method: string, path: (names: Names) => string, json?: (names: Names) => object])[] = [
  ["GET", ({ projectId }) => `/p/${projectId}/`],
  ["POST", ({ projectId }) => `/p/${projectId}/`, () => ({})],
  ["GET", ({ projectId }) => `/p/${projectId}`],
  ["GET", ({ projectId }) => `/mcp/logs/${projectId}/stream?follow=false`],
  ["GET", ({ projectId }) => `/api/projects/${projectId}`],
  ["GET", ({ projectId }) => `/api/projects/${projectId}/health`],
  ["GET", ({ projectId }) => `/api/projects/${projectId}/config`],
  ["PUT", ({ projectId }) => `/api/projects/${projectId}/config`, () => ({ command: "theirs" })],
  ["GET", ({ projectId }) => `/api/projects/${projectId}/logs/export`],
  ["GET", ({ projectId }) => `/api/projects/${projectId}/workspace`],
  ["PUT", ({ projectId }) => `/api/projects/${projectId}/workspace`, ({ uploadId }) => ({ uploadId })],
  ["DELETE", ({ projectId }) => `/api/projects/${projectId}/workspace`],
  ["POST", ({ projectId }) => `/api/projects/${projectId}/stop`, () => ({ force: true })],
  ["DELETE", ({ projectId }) => `/api/projects/${projectId}`],
  ["GET", ({ projectId }) => `/api/servers/${projectId}`],
  ["POST", () => "/api/projects/batch", ({ projectId }) => ({ action: "stop", projectIds: [projectId] })],
  ["POST", () => "/api/projects/clear-all", () => ({ confirm: "DELETE_ALL" })],
];

test.each(
  PATHS.map(
    ([method, path, json]) => [`${method} ${path({ ...NOBODYS, projectId: "*" })}`, { method, path, json }] as const,
  ),
)("%s does not tell another's from nobody's", async (_what, { method, path, json }) => {
  const [theirs, nobodys] = await bothTold((names, token) =>
    cell.ask(method, path(names), { token, json: json?.(names) }),
  );

  expect(theirs).toBe(nobodys);
  expect(theirs).not.toContain(MARK);
});

test("an upload for a project of another's name is one's own", async () => {
  const [token = ""] = twins.map((twin) => twin.token);

  const uploadId = await sentFiles(kept.projectId, token);

  expect(uploadId).not.toBe(kept.uploadId);
  expect((await cell.ask("GET", `/api/projects/${kept.projectId}/workspace`, { token: keeper })).text).toContain(
    kept.uploadId,
  );
  await cell.told("host.remove", { projectId: kept.projectId }, token);
});

describe("a port that another has", () => {
  let other: Server;
  let otherPort = 0;

  beforeAll(async () => {
    // Something of the machine's own, on the next port that is free.
    for (let port = kept.port + 1; otherPort === 0; port++) {
      const server = createServer();
      const isOpen = await new Promise<boolean>((resolve) => {
        server.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true));
      });
      if (isOpen) [other, otherPort] = [server, port];
    }
  });
  afterAll(() => other.close());

  test.each(["host.checkPort", "host.start"])("is to %s what any port is that the machine uses", async (name) => {
    const [token = ""] = twins.map((twin) => twin.token);
    const told = async (port: number) => {
      const { status, text } = await cell.tool(
        name,
        { port, ...(name === "host.start" && { projectId: "mine", command: "true" }) },
        token,
      );
      return `${status} ${text}`
        .replace(/"suggestions":\[[^\]]*\]/, "FREE")
        .replaceAll(String(port), "PORT")
        .replace(/"checkedAt":"[^"]*"/, "TIME");
    };

    const [theirs, machines] = [await told(kept.port), await told(otherPort)];

    expect(theirs).toBe(machines);
    expect(theirs).toContain("HOST_PORT_BUSY");
    expect(theirs).not.toContain(kept.projectId);
  });
});

test("a project of the same name is one's own, and the other's is as it was", async () => {
  const [token = ""] = twins.map((twin) => twin.token);

  const own = await cell.told("host.start", { projectId: kept.projectId, command: "echo mine" }, token);

  expect(own.containerId).not.toBe(kept.containerId);
  await cell.told("host.remove", { projectId: kept.projectId, force: true }, token);
});

test("after all that, the keeper's project runs as it did, and its log has nothing of others", async () => {
  expect(await shown()).toBe(before);
  expect((await cell.ask("GET", `/p/${kept.projectId}/`, { token: keeper })).text).toBe(MARK);
});

test("a tenant that is suspended has its projects stopped, and finds them so when it is back", async () => {
  const operator = cell.token({ tenant: "fleet", role: "operator" });
  const token = cell.token({ tenant: "twin-two" });
  await cell.told("host.start", { projectId: "lasting", command: "sleep 600" }, token);
  await eventually(() => expect(cell.processesIn("twin-two", "lasting")).not.toEqual([]));

  const json = { reason: "unpaid" };
  const suspended = await cell.ask("POST", "/api/tenants/twin-two/suspend", { token: operator, json });
  expect(suspended.status).toBe(200);
  await vi.waitFor(() => expect(cell.processesIn("twin-two", "lasting")).toEqual([]), {
    timeout: 30_000,
    interval: 100,
  });

  expect((await cell.tool("host.status", { projectId: "lasting" }, token)).status).toBe(403);
  await cell.ask("POST", "/api/tenants/twin-two/resume", { token: operator });
  // The processes are gone before their end is told of and written down.
  await vi.waitFor(
    async () =>
      expect(await cell.told("host.status", { projectId: "lasting" }, token)).toMatchObject({
        status: "stopped",
        exit: { reason: "stopped" },
      }),
    { timeout: 10_000, interval: 100 },
  );
  expect(cell.processesIn("keeper-1", `${kept.projectId}.${kept.uploadId}`)).not.toEqual([]);
}, 60_000);

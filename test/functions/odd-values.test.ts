import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { DescribedApi, type DescribedOperation } from "../fixtures/described-api.ts";
import { argumentsOf } from "../fixtures/filled-schema.ts";
import { LEGACY, MODERN } from "../fixtures/mcp-messages.ts";
import { oddly } from "../fixtures/odd-values.ts";
import { type ProjectCell, projectCell } from "../fixtures/project-cell.ts";
import { callTool, mcp } from "../isolation/two-tenants.ts";

/**
 * Whatever stands in any place of what a tool, a method or a route takes: it is done, or refused with a reason, and never
 * the server's own failure. Tools and routes come from the live lists; so a new one is tried without a line here.
 */

let cell: ProjectCell;
let operator: string;

beforeAll(async () => {
  cell = await projectCell();
  operator = cell.token({ tenant: "fleet", role: "operator" });
}, 60_000);
afterAll(() => cell.close());

const ODD_PATHS = ["__proto__", "constructor", "%00", "%ED%A0%80", "..%2F..%2Fx", "%", "%7B%7D", "a%23b", "-1", "%20"];
const ODD_QUERIES = [...ODD_PATHS, "", "1e9", "99999999999999999999"];

const failed = (asked: string, { status, text }: { readonly status: number; readonly text: string }) =>
  status >= 500 || /"code":-32603|the operator finds/.test(text) ? [`${asked}: ${status} ${text}`] : [];

const Listed = z.object({
  result: z.object({ tools: z.array(z.object({ name: z.string(), inputSchema: z.unknown() })) }),
});

test("no tool fails at an odd argument", async () => {
  const { tools } = Listed.parse((await mcp(cell, cell.owner, "tools/list", {})).json).result;
  const found: string[] = [];

  for (const { name, inputSchema } of tools) {
    for (const args of oddly(argumentsOf(inputSchema, "x"))) {
      const told = await callTool(cell, cell.owner, name, Object(args));
      found.push(...failed(`${name} ${JSON.stringify(args)}`, told));
    }
  }

  expect(tools.length).toBeGreaterThan(35);
  expect(found).toEqual([]);
}, 240_000);

const METHODS = [
  ...["tools/call", "tools/list", "prompts/get", "prompts/list", "resources/read", "resources/list"],
  ...["resources/templates/list", "completion/complete", "server/discover", "subscriptions/listen"],
  ...["tasks/get", "tasks/update", "tasks/cancel", "initialize", "ping", "resources/subscribe", "logging/setLevel"],
];
const PARAMS = {
  ...{ name: "cyberchef_bake", arguments: { input: "x" }, uri: "x", cursor: "x", level: "debug", taskId: "x" },
  ...{ ref: { type: "ref/prompt", name: "x" }, argument: { name: "x", value: "y" }, requestState: "x" },
  ...{
    inputResponses: { x: { action: "accept", content: { y: 1 } } },
    notifications: { resourceSubscriptions: ["x"] },
  },
  ...{ protocolVersion: LEGACY[0], capabilities: {}, clientInfo: { name: "x", version: "1" } },
  _meta: {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
    progressToken: 1,
  },
};

test.each([MODERN, LEGACY[0]])(
  "no method of %s fails at an odd parameter",
  async (version) => {
    const found: string[] = [];

    for (const method of METHODS) {
      for (const params of oddly(PARAMS)) {
        const headers = { "mcp-protocol-version": version, "mcp-method": method, "mcp-name": "cyberchef_bake" };
        const json = { jsonrpc: "2.0", id: 1, method, params };
        found.push(...failed(`${method} ${JSON.stringify(params)}`, await begun(json, headers)));
      }
    }

    expect(found).toEqual([]);
  },
  120_000,
);

/** Of a stream no more than that it began: it may go on for as long as a call may. */
async function begun(json: object, headers: Readonly<Record<string, string>>) {
  const reply = await fetch(`${cell.url}/mcp`, {
    method: "POST",
    headers: {
      ...headers,
      authorization: `Bearer ${cell.owner}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    },
    body: JSON.stringify(json),
  });
  const isStream = reply.headers.get("content-type") === "text/event-stream";
  if (isStream) await reply.body?.cancel();
  return { status: reply.status, text: isStream ? "" : await reply.text() };
}

interface Try {
  readonly path: string;
  readonly json?: unknown;
}

/** Each operation with odd values in its path, its query and its body. */
function* triesOf({ path, item }: DescribedOperation, tenantId: string): Generator<Try> {
  const example = item.requestBody?.content["application/json"]?.example;
  const json = item.requestBody === undefined ? {} : { json: example ?? {} };
  const target = (text: string) => path.replace("{tenantId}", tenantId).replace(/\{\w+\}/g, text);
  for (const text of ODD_PATHS) {
    yield { path: target(text), ...json };
    yield { path: path.replace(/\{\w+\}/g, text), ...json };
  }
  for (const { name } of item.parameters.filter((each) => each.in === "query")) {
    for (const text of ODD_QUERIES) yield { path: `${target("x")}?${name}=${text}`, ...json };
  }
  if (item.requestBody !== undefined) for (const odd of oddly(example)) yield { path: target("x"), json: odd };
}

test("no route fails at an odd value in its path, its query or its body", async () => {
  const tenantId = "odd-values";
  const made = { tenantId, name: "Odd", plan: "scale" };
  await cell.ask("POST", "/api/tenants", { token: operator, json: made });
  const owner = cell.token({ tenant: tenantId });
  const { operations } = new DescribedApi((await cell.ask("GET", "/api/openapi.json")).json);
  const tried = operations.filter(({ path }) => path !== "/mcp").toSorted((a, b) => dangerOf(a) - dangerOf(b));
  const found: string[] = [];
  let count = 0;

  for (const operation of tried) {
    for (const token of [owner, operator]) {
      for (const { path, json } of triesOf(operation, tenantId)) {
        const told = await cell.ask(operation.method, path, { token, ...(json !== undefined && { json }) });
        count += told.status < 300 ? 1 : 0;
        found.push(...failed(`${operation.method} ${path} ${JSON.stringify(json)}`, told));
      }
    }
  }

  expect(tried.length).toBeGreaterThan(50);
  expect(count).toBeGreaterThan(1_000);
  expect(found).toEqual([]);
}, 240_000);

/** What ends a thing comes after all that is done with it. */
function dangerOf({ method, path }: DescribedOperation): number {
  const isTenants = /\{tenantId\}(?:\/suspend|\/resume)?$/.test(path) && method !== "GET";
  return isTenants ? (method === "DELETE" ? 2 : 1) : 0;
}

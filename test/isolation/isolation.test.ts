import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { SESSIONS_PATH } from "../../functions/sessions/user-session-reply.ts";
import * as storeKeys from "../../layers/core/store/keys.ts";
import { readUsageMessage } from "../../layers/core/usage/usage-message.ts";
import { type ApiCell, apiCell, type Told } from "../fixtures/api-cell.ts";
import { tenant } from "../fixtures/tenants.ts";

/**
 * Whatever alpha's owner does with beta's identifiers: it finds nothing, changes nothing, and can't tell what is beta's
 * from what is not there. Routes come from the server's own document, tools and resources from its own lists, keys from
 * the module that makes them: a new one is tried without a line here, or fails until it can be.
 */

/** In everything that beta keeps; in nothing that alpha may see. */
const MARK = "beta-keeps-this";
const NOBODY = "nobody-there";

let cell: ApiCell;
let alpha: string;
let beta: Identifiers;
let before: string;

interface Identifiers {
  readonly tenantId: string;
  readonly keyId: string;
  readonly subject: string;
  readonly userSessionId: string;
  readonly recipeId: string;
}

const UNKNOWN: Identifiers = {
  tenantId: NOBODY,
  keyId: "0".repeat(16),
  subject: "local:nobody",
  userSessionId: "00000000-0000-4000-8000-000000000000",
  recipeId: "00000000-0000-4000-8000-000000000000",
};

beforeAll(async () => {
  cell = await apiCell();
  const operator = cell.token({ tenant: "fleet", role: "operator" });
  for (const tenantId of ["alpha", "beta"]) {
    const json = { tenantId, name: tenantId === "beta" ? MARK : "Alpha", plan: "scale" };
    await cell.ask("POST", "/api/tenants", { token: operator, json });
  }
  alpha = cell.token({ tenant: "alpha", subject: "ann" });
  beta = await betasThings(cell.token({ tenant: "beta", subject: "ann" }));
  before = betasRows();
}, 60_000);
afterAll(() => cell.close());

async function betasThings(token: string): Promise<Identifiers> {
  const made = await cell.ask("POST", "/api/tenants/self/keys", { token, json: { name: MARK, role: "viewer" } });
  await cell.ask("PUT", "/api/tenants/self/members/bob", { token, json: { role: "viewer", name: MARK } });
  const session = await cell.ask("GET", SESSIONS_PATH, { token });
  const recipe = await callTool(token, "cyberchef_recipe_create", {
    name: MARK,
    operations: [{ op: "To Base64", args: ["A-Za-z0-9+/="] }],
  });
  return {
    tenantId: "beta",
    keyId: z.object({ keyId: z.string() }).parse(made.json).keyId,
    subject: "bob",
    userSessionId: z.object({ sessionId: z.string() }).parse(session.json).sessionId,
    recipeId: /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(recipe.text)?.[0] ?? "none",
  };
}

/** All that is stored under beta's name, but for what its own earlier calls are still summed up to. */
function betasRows(): string {
  const file = new DatabaseSync(`${cell.dataDir}/state.sqlite`, { readOnly: true });
  try {
    const [table] = file.prepare("select name from sqlite_master where type = 'table'").all();
    const rows = file.prepare(`select * from "${String(table?.name)}"`).all();
    return JSON.stringify(rows.filter(({ pk }) => /^TENANT#beta#(?!USAGE|RATE)/.test(String(pk))));
  } finally {
    file.close();
  }
}

/** What is of the call alone: when it was, and under which id. */
const OWN = /"requestId":"[^"]*"|AtEpochMs":\d+|\d{4}-\d\d-\d\dT[\d:.]+Z/g;

/** What a reply tells beside that. */
function toldBy({ status, text }: Told, ids: Identifiers): string {
  const own = Object.values(ids).reduce((shown, id) => shown.replaceAll(id, "ID"), text);
  return `${status} ${own.replace(OWN, "")}`;
}

describe("every route", async () => {
  test("answers alike for what is beta's and for what is not there, and shows nothing of it", async () => {
    const paths = await describedPaths();
    expect(paths.length).toBeGreaterThan(20);
    for (const { method, path } of paths) {
      const [theirs, nobodys] = await Promise.all([beta, UNKNOWN].map((ids) => asked(method, path, ids)));
      expect(`${method} ${path}: ${theirs}`).toBe(`${method} ${path}: ${nobodys}`);
      expect(theirs).not.toContain(MARK);
    }
  });

  test("answers alike where alpha names its own tenant and beta's things in it", async () => {
    for (const { method, path } of await describedPaths()) {
      // What alpha itself may do to itself, it may do; only what takes another identifier is tried.
      if (!/\{(?!tenantId)\w+\}/.test(path)) continue;
      const inAlpha = path.replace("{tenantId}", "self");
      const [theirs, nobodys] = await Promise.all([beta, UNKNOWN].map((ids) => asked(method, inAlpha, ids)));
      expect(`${method} ${path}: ${theirs}`).toBe(`${method} ${path}: ${nobodys}`);
    }
  });
});

async function describedPaths(): Promise<readonly { readonly method: string; readonly path: string }[]> {
  const { json } = await cell.ask("GET", "/api/openapi.json");
  const { paths } = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) }).parse(json);
  return Object.entries(paths)
    .filter(([path]) => path !== "/mcp" && !path.startsWith("/health"))
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })));
}

async function asked(method: string, path: string, ids: Identifiers): Promise<string> {
  const params: Readonly<Record<string, string>> = { ...ids, month: new Date().toISOString().slice(0, 7) };
  const target = path.replace(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = params[name];
    if (value === undefined) throw new TypeError(`${path} takes ${name}, which this test has none of: give beta one`);
    return encodeURIComponent(value);
  });
  const query = path === SESSIONS_PATH ? `?sessionId=${ids.userSessionId}` : "";
  const json = method === "GET" || method === "DELETE" ? undefined : { sessionId: ids.userSessionId, updates: {} };
  const told = await cell.ask(method, `${target}${query}`, { token: alpha, ...(json !== undefined && { json }) });
  return toldBy(told, ids);
}

function callTool(token: string, name: string, args: object): Promise<Told> {
  return mcp(token, "tools/call", { name, arguments: args }, { "mcp-name": name });
}

function mcp(
  token: string,
  method: string,
  params: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Told> {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  return cell.ask("POST", "/mcp", {
    token,
    json: { jsonrpc: "2.0", id: 1, method, params: { ...params, _meta } },
    headers: {
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...headers,
    },
  });
}

const Listed = z.object({
  result: z.object({
    tools: z.array(z.object({ name: z.string(), inputSchema: z.looseObject({}) })).default([]),
    resources: z.array(z.object({ uri: z.string() })).default([]),
  }),
});

describe("every tool", () => {
  test("given beta's recipe wherever it takes a text, shows nothing of it and does nothing to it", async () => {
    const { tools } = Listed.parse((await mcp(alpha, "tools/list", {})).json).result;
    expect(tools.length).toBeGreaterThan(10);
    for (const { name, inputSchema } of tools) {
      const [theirs, nobodys] = await Promise.all(
        [beta, UNKNOWN].map(async (ids) => {
          const told = await callTool(alpha, name, argumentsOf(inputSchema, ids.recipeId));
          return toldBy(told, ids);
        }),
      );
      expect(theirs).not.toContain(MARK);
      if (name.includes("recipe")) expect(`${name}: ${theirs}`).toBe(`${name}: ${nobodys}`);
    }
  });

  test("of beta itself would have shown it", async () => {
    const token = cell.token({ tenant: "beta", subject: "ann" });

    expect((await callTool(token, "cyberchef_recipe_get", { id: beta.recipeId })).text).toContain(MARK);
  });
});

/** Something that fits a schema, with the identifier in each place for a text. */
function argumentsOf(schema: unknown, id: string): Record<string, unknown> {
  const value = valueFor(schema, id);
  return typeof value === "object" && value !== null ? { ...value } : {};
}

const Schema = z.looseObject({
  type: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  items: z.unknown().optional(),
  minimum: z.number().optional(),
});

function valueFor(raw: unknown, id: string): unknown {
  const schema = Schema.parse(raw);
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.anyOf !== undefined) return valueFor(schema.anyOf[0], id);
  switch (schema.type) {
    case "object":
      return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, of]) => [name, valueFor(of, id)]));
    case "array":
      return [valueFor(schema.items ?? { type: "string" }, id)];
    case "number":
    case "integer":
      return schema.minimum ?? 1;
    case "boolean":
      return false;
    default:
      return id;
  }
}

test("no resource shows anything of beta's", async () => {
  const { resources } = Listed.parse((await mcp(alpha, "resources/list", {})).json).result;

  const read = resources.map(({ uri }) => mcp(alpha, "resources/read", { uri }, { "mcp-name": uri }));

  expect((await Promise.all(read)).map(({ text }) => text).join("")).not.toContain(MARK);
});

test("after all that, what is stored of beta is what it was", () => {
  expect(betasRows()).toBe(before);
  expect(before).toContain(MARK);
});

describe("every key of the stores", () => {
  /** Keys that belong to no tenant, and why that tells nobody anything. */
  const OF_NO_TENANT: Readonly<Record<string, string>> = {
    tenantIndexKey: "of the fleet: the list of tenants",
    tenantErasureKey: "of the fleet: what is due",
    blobKindPrefix: "the beginning of keys that go on with a tenant",
    blobRowKey: "of a blob, whose key has its tenant",
    blobUploadKey: "of an upload that nobody else knows the id of",
    blobPartKey: "of such an upload",
    homeKey: "of a person, by a digest of who they are",
    arrivalBucketKey: "of a person, by a digest of who they are",
    usageMarkPartition: "of the fleet: which hours have changed",
    usageMarkKey: "of the fleet, with the tenant in its sort key",
  };
  const makers = Object.entries(storeKeys).flatMap(([name, make]) =>
    make instanceof Function ? [{ name, make }] : [],
  );

  test.each(makers)("$name keeps two tenants apart, also where one's name begins the other's", ({ name, make }) => {
    const keyOf = (tenantId: string) =>
      JSON.stringify(Reflect.apply(make, undefined, [tenant(tenantId), ANY, ANY, ANY]));
    if (Object.hasOwn(OF_NO_TENANT, name)) return expect(OF_NO_TENANT[name]).not.toBe("");

    const [acme, longer, other] = ["acme", "acme-two", "globex"].map(keyOf);

    expect(new Set([acme, longer, other]).size).toBe(3);
    expect(acme).toMatch(/(?:TENANT#acme#|\/acme\/)/);
  });
});

/** Whatever a maker of keys asks for beside the tenant: a text, a number, or an object of them. */
const ANY: unknown = new Proxy(
  {},
  {
    get: (_target, name) => (name === Symbol.toPrimitive ? () => "1" : "1"),
  },
);

test("a message can't name another tenant than the one it is sent by", () => {
  const reading = { source: "s", epochHour: 1, seq: 1, totals: { calls: 1 } };

  expect(readUsageMessage(JSON.stringify({ readings: [reading] }))).toHaveLength(1);
  for (const forged of [{ readings: [{ ...reading, tenantId: "beta" }] }, { tenantId: "beta", readings: [reading] }]) {
    expect(() => readUsageMessage(JSON.stringify(forged))).toThrow();
  }
});

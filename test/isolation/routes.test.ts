import { afterAll, beforeAll, expect, test } from "vitest";
import type { DescribedOperation } from "../fixtures/described-api.ts";
import {
  askAs,
  type Identifiers,
  MARK,
  NOBODYS,
  type Probe,
  type TwoTenants,
  toldTo,
  twoTenants,
} from "./two-tenants.ts";

/**
 * Whatever a tenant's owner asks for with another tenant's identifiers: they find nothing, change nothing, and can't tell
 * what is another's from what is not there. The routes come from the server's own document, which is held against its
 * routes elsewhere; so a new one is tried without a line here, or fails until it says how it can be.
 */

let both: TwoTenants;
let before: string;

beforeAll(async () => {
  both = await twoTenants();
  before = both.stored();
}, 60_000);
afterAll(() => both.close());

/** What the document leaves to others to say. */
const BODIES: Readonly<Record<string, (ids: Identifiers) => Omit<Probe, "method" | "path">>> = {
  saveUserSession: ({ sessionId }) => ({ json: { sessionId, updates: { userId: "new" } } }),
  mergeUserSession: () => ({ json: { userId: "new" } }),
  registerClient: () => ({ json: { redirect_uris: ["http://127.0.0.1:9/cb"] } }),
  takeConsent: ({ tenantId }) => form({ ticket: tenantId, token: tenantId, answer: "allow" }),
  getToken: ({ tenantId }) => form({ grant_type: "refresh_token", refresh_token: tenantId, client_id: tenantId }),
  revokeToken: ({ tenantId }) => form({ token: tenantId, client_id: tenantId }),
};

function form(fields: Record<string, string>): Omit<Probe, "method" | "path"> {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return { text: new URLSearchParams(fields).toString(), headers };
}

/** In which tests its calls are made instead. */
const TRIED_ELSEWHERE: Readonly<Record<string, string>> = { "/mcp": "tools.test.ts and sessions.test.ts" };

function tried(): readonly DescribedOperation[] {
  return both.api.operations.filter(({ path }) => !Object.hasOwn(TRIED_ELSEWHERE, path));
}

/** Each way in which an operation takes identifiers: in its path and body, and by each part of its query. */
function probesOf({ method, path, item }: DescribedOperation, ids: Identifiers, tenantId: string): readonly Probe[] {
  const target = path.replace(/\{(\w+)\}/g, (_whole, name: string) =>
    encodeURIComponent(name === "tenantId" ? tenantId : identifier(ids, name, `${method} ${path}`)),
  );
  const taken = item.parameters.filter((each) => each.in === "query" && isFreeText(each.schema));
  const asked = (name: string): string => `${name}=${encodeURIComponent(identifierIn(ids, name) ?? ids.tenantId)}`;
  const numbers = item.parameters.filter(
    (each) => each.in === "query" && each.required === true && isNumber(each.schema),
  );
  const besides = numbers.map(({ name }) => `&${name}=1`).join("");
  const queries = taken.map(({ name }) => `?${asked(name)}${besides}`);
  return ["", ...queries].map((query) => ({ method, path: `${target}${query}`, ...bodyOf(item, ids) }));
}

function identifier(ids: Identifiers, name: string, operation: string): string {
  const value = identifierIn(ids, name);
  if (value === undefined) throw new TypeError(`${operation} takes ${name}: give the tenants one in two-tenants.ts`);
  return value;
}

function identifierIn(ids: Identifiers, name: string): string | undefined {
  return Object.entries(ids).find(([each]) => each === name)?.[1];
}

function isFreeText(schema: unknown): boolean {
  const { type, enum: words, format } = Object(schema);
  return type === "string" && words === undefined && format === undefined;
}

const isNumber = (schema: unknown): boolean => Object(schema).type === "integer";

function bodyOf({ operationId, requestBody }: DescribedOperation["item"], ids: Identifiers) {
  if (requestBody === undefined) return {};
  const { example } = requestBody.content["application/json"] ?? {};
  if (example !== undefined) return { json: withIdentifiers(example, ids) };
  const given = BODIES[operationId];
  if (given === undefined) throw new TypeError(`${operationId} has no example of its body: say how in BODIES`);
  return given(ids);
}

/** An example with the identifiers in the place of those that it shows. */
function withIdentifiers(example: unknown, ids: Identifiers): unknown {
  if (Array.isArray(example)) return example.map((each) => withIdentifiers(each, ids));
  if (typeof example !== "object" || example === null) return example;
  return Object.fromEntries(
    Object.entries(example).map(([name, value]) => [name, identifierIn(ids, name) ?? withIdentifiers(value, ids)]),
  );
}

/** What both twins are told when each makes its probes one after another, as their own tenant or as the one looked for. */
async function twinsTold(operation: DescribedOperation, within: "own" | "looked-for") {
  const told = both.twins.map(async (twin) => {
    const lines: string[] = [];
    for (const token of twin.credentials) {
      const tenantId = within === "own" ? "self" : twin.ids.tenantId;
      for (const probe of probesOf(operation, twin.ids, tenantId)) {
        lines.push(`${operation.item.operationId} ${toldTo(twin, await askAs(both.cell, token, probe))}`);
      }
    }
    return lines.join("\n");
  });
  return Promise.all(told);
}

test("no route tells what is another's from what is not there, or shows anything of it", async () => {
  expect(tried().length).toBeGreaterThan(25);
  for (const operation of tried()) {
    const [theirs, nobodys] = await twinsTold(operation, "looked-for");
    expect(theirs).toBe(nobodys);
    expect(theirs).not.toContain(MARK);
  }
});

test("no route finds another's things in one's own tenant", async () => {
  // What takes no identifier but the tenant's is the prober's own to do.
  const taking = tried().filter(({ path }) => /\{(?!tenantId)\w+\}/.test(path) || !path.includes("{tenantId}"));

  expect(taking.length).toBeGreaterThan(10);
  for (const operation of taking) {
    const [theirs, nobodys] = await twinsTold(operation, "own");
    expect(theirs).toBe(nobodys);
    expect(theirs).not.toContain(MARK);
  }
});

test("after all that, what is stored of it is what it was", () => {
  expect(both.stored()).toBe(before);
  expect(before.split(MARK).length).toBeGreaterThan(4);
});

/** Who has the right to an operation may not be able to show it here. */
const NOT_SHOWN: Readonly<Record<string, string>> = {
  joinTenant: "for those who belong to no tenant",
  askForConsent: "for clients that were made known",
  takeConsent: "for a person with a ticket",
  getToken: "for clients with a code",
  revokeToken: "for clients with a token",
  openWebSocket: "for clients that upgrade: whose frames are tried where sockets are",
};

test("each of these calls does something for whoever it belongs to", async () => {
  const gamma = await both.another("gamma");
  const byDanger = tried().toSorted((left, right) => dangerOf(left) - dangerOf(right));
  for (const operation of byDanger.filter(({ item }) => !Object.hasOwn(NOT_SHOWN, item.operationId))) {
    const statuses: number[] = [];
    for (const token of [gamma.token, both.operator]) {
      for (const probe of probesOf(operation, gamma.ids, "gamma").slice(0, 2)) {
        statuses.push((await askAs(both.cell, token, probe)).status);
      }
    }
    // A conflict is told of what is there.
    const isShown = statuses.some((status) => status < 400 || status === 409);
    expect(`${operation.item.operationId} ${statuses} ${isShown}`).toBe(
      `${operation.item.operationId} ${statuses} true`,
    );
  }
});

/** What ends a thing comes after all that is done with it. */
function dangerOf({ method, path }: DescribedOperation): number {
  if (method === "GET") return 0;
  if (method !== "DELETE") return path.endsWith("{tenantId}/suspend") ? 3 : path.endsWith("{tenantId}/resume") ? 4 : 1;
  return path.endsWith("{tenantId}") ? 5 : 2;
}

test("what names nothing is what no tenant has", () => {
  for (const [name, value] of Object.entries(NOBODYS)) {
    if (name !== "month") expect(before).not.toContain(`"${value}"`);
  }
});

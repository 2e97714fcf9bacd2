import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { PROJECT_PATHS } from "../../../functions/project-paths.ts";
import { Tenancy } from "../../../functions/tenancy.ts";
import { openApiHandler, tenantsOperations } from "../../../functions/tenants/handler.ts";
import { PROVIDER_PATHS } from "../../../functions/tenants/other-paths.ts";
import { Invoices } from "../../../layers/core/billing/invoices.ts";
import { PlanHistory } from "../../../layers/core/billing/plan-history.ts";
import { DEPLOYED_FUNCTIONS } from "../../../lib/functions.ts";
import { type ApiCell, apiCell } from "../../fixtures/api-cell.ts";
import { DescribedApi, type DescribedOperation } from "../../fixtures/described-api.ts";
import { aCall, aRequest, problemOf } from "../../fixtures/http-call.ts";
import { manualClock } from "../../fixtures/manual-clock.ts";
import { memoryTable } from "../../fixtures/memory-table.ts";
import { seededChance } from "../../fixtures/seeded-chance.ts";

let cell: ApiCell;
let raw: unknown;
let api: DescribedApi;

beforeAll(async () => {
  cell = await apiCell();
  raw = (await cell.ask("GET", "/api/openapi.json")).json;
  api = new DescribedApi(raw);
});
afterAll(() => cell.close());

/** A path with something in the place of each name. */
const filled = (path: string): string => path.replace("{tenantId}", "self").replace(/\{\w+\}/g, "x");

describe("the OpenAPI document", () => {
  test("is one of OpenAPI 3.1", async () => {
    const { valid, errors } = await new Validator().validate(z.record(z.string(), z.unknown()).parse(raw));

    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
  });

  test("gives each operation an id of its own and tags that it explains", () => {
    const ids = api.operations.map(({ item }) => item.operationId);
    const tags = api.operations.flatMap(({ item }) => item.tags);

    expect(new Set(ids).size).toBe(ids.length);
    expect([...new Set(tags)].sort()).toEqual([...api.tags].sort());
  });

  test("has a parameter for each name in a path, and no other", () => {
    for (const { method, path, item } of api.operations) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const described = item.parameters.filter((each) => each.in === "path").map(({ name }) => name);

      expect(`${method} ${path} ${described}`).toBe(`${method} ${path} ${named}`);
    }
  });

  test("shows examples of all that tenants send and are told, as its schemas allow", () => {
    const ofOurs = api.operations.filter(({ path }) => /^\/api\/(?:tenants|jobs|schedules)/.test(path));

    expect(ofOurs.length).toBeGreaterThan(30);
    for (const { item } of ofOurs) {
      for (const { schema, example } of api.bodiesOf(item)) {
        expect([item.operationId, ...api.misfits(schema, example)]).toEqual([item.operationId]);
        expect(example).toBeDefined();
      }
    }
  });

  test("speaks of a conflict where a schedule can have no time left, and not where it is only stopped", () => {
    const statuses = (id: string) =>
      Object.keys(api.operations.find(({ item }) => item.operationId === id)?.item.responses ?? {});

    expect(statuses("resumeSchedule")).toContain("409");
    expect(statuses("pauseSchedule")).toContain("200");
    expect(statuses("pauseSchedule")).not.toContain("409");
  });
});

/** The table of the cell's router, as it tells it to whoever is lost. */
async function routedPaths(): Promise<readonly string[]> {
  const { json } = await cell.ask("GET", "/not/there");
  const { detail } = z.object({ detail: z.string() }).parse(json);
  return detail.replace(/^here is /, "").split(", ");
}

async function routedMethods(path: string): Promise<readonly string[]> {
  const { headers } = await cell.ask("OPTIONS", path);
  return (headers.get("allow") ?? "").split(", ").filter((method) => method !== "HEAD");
}

function describedMethods(operations: readonly DescribedOperation[], path: string): readonly string[] {
  return operations.filter((each) => each.path === path).map(({ method }) => method);
}

describe("a cell", () => {
  test("has each path that it routes described, with just the methods that it takes", async () => {
    const exact = (await routedPaths()).filter((path) => path === "/" || !path.endsWith("/"));

    expect(exact).toContain("/mcp");
    for (const path of exact) {
      const methods = (await routedMethods(path)).toSorted();
      expect(`${path} ${methods}`).toBe(`${path} ${describedMethods(api.operations, path).toSorted()}`);
    }
  });

  test("routes each path that is described", async () => {
    const routed = await routedPaths();

    for (const { path } of api.operations) {
      const isRouted = routed.some(
        (each) => each === path || (each.endsWith("/") && each !== "/" && path.startsWith(each)),
      );
      expect(`${path} ${isRouted}`).toBe(`${path} true`);
    }
  });

  test("answers below what it routes as a whole to what is described, and to nothing else", async () => {
    // Who may do nothing is told of every route whether it is there, and changes nothing.
    const token = cell.token({ scopes: [] });
    const below = new Set(api.operations.map(({ path }) => path).filter((path) => path.split("/").length > 3));
    for (const path of below) {
      for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
        const { status } = await cell.ask(method, filled(path), { token });
        const isDescribed = describedMethods(api.operations, path).includes(method);
        expect(`${method} ${path} ${status !== 405}`).toBe(`${method} ${path} ${isDescribed}`);
      }
    }
  });

  test("lets in whoever brings no credential where the document says so, and nowhere else", async () => {
    for (const { method, path, item } of api.operations) {
      const { status } = await cell.ask(method, filled(path));
      const isOpen = item.security?.length === 0;
      expect(`${method} ${path} ${status !== 401}`).toBe(`${method} ${path} ${isOpen}`);
    }
  });

  test("names on its landing page what is described", async () => {
    const { mcp, userSessions, jobs, tenants, openapi, health } = z
      .object({
        mcp: z.string(),
        userSessions: z.string(),
        jobs: z.string(),
        tenants: z.string(),
        openapi: z.string(),
        health: z.array(z.string()),
      })
      .parse((await cell.ask("GET", "/")).json);

    const described = api.operations.map(({ path }) => path);
    expect(described).toEqual(expect.arrayContaining([mcp, userSessions, jobs, tenants, openapi, ...health]));
  });
});

describe("the deployed functions", () => {
  test("have each of their routes described, and no path that is none of theirs", async () => {
    const deployed = await deployedApi();
    const routes = DEPLOYED_FUNCTIONS.flatMap(({ shape }) => shape.routes);

    for (const { path, methods } of routes.filter((route) => !route.path.endsWith("/"))) {
      const taken = methods.filter((method) => method !== "HEAD").toSorted();
      expect(`${path} ${describedMethods(deployed.operations, path).toSorted()}`).toBe(`${path} ${taken}`);
    }
    for (const { method, path } of deployed.operations) {
      const isRouted = routes.some(
        (route) =>
          route.methods.includes(method) &&
          (route.path === path || (route.path.endsWith("/") && path.startsWith(route.path))),
      );
      expect(`${method} ${path} ${isRouted}`).toBe(`${method} ${path} true`);
    }
  });
});

/** As the tenants function serves it. */
async function deployedApi(): Promise<DescribedApi> {
  const clock = manualClock();
  const table = memoryTable(clock);
  const tenancy = new Tenancy({
    state: table,
    control: table,
    clock,
    chance: seededChance(1),
    hash: { of: () => "", matches: () => "no" },
    region: "eu-west-1",
    regions: new Set(["eu-west-1"]),
    toolkits: new Set(),
    issuers: [],
    report: () => undefined,
  });
  const invoices = new Invoices({ table, clock, usage: tenancy.usage, plans: new PlanHistory(table, clock) });
  const reply = await openApiHandler(tenantsOperations({ tenancy, invoices, clock }), {
    ...PROVIDER_PATHS,
    ...PROJECT_PATHS,
  })(aRequest(), aCall);
  return new DescribedApi(problemOf(reply));
}

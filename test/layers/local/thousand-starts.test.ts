import { Agent, request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { inParallel } from "../../../layers/core/in-parallel.ts";
import { type ProjectCell, projectCell } from "../../fixtures/project-cell.ts";

/**
 * The test of scale that is asked of a debug host: a thousand starts at once, over a hundred tenants. Nine in ten of them may run ten
 * projects at a time; the others have a plan of one.
 */

const TENANTS = 100;
const STARTS_EACH = 10;
const TENANTS_AT_ONCE = 8;

let cell: ProjectCell;
let tokens: readonly string[];

const isSmall = (tenant: number): boolean => tenant % 10 === 0;

beforeAll(async () => {
  cell = await projectCell();
  const operator = cell.token({ tenant: "fleet", role: "operator" });
  const numbers = Array.from({ length: TENANTS }, (_, tenant) => tenant);
  await inParallel(numbers, { parallelMax: TENANTS_AT_ONCE }, async (tenant) => {
    const json = { tenantId: `crowd-${tenant}`, name: "Crowd", plan: isSmall(tenant) ? "free" : "team" };
    const made = await cell.ask("POST", "/api/tenants", { token: operator, json });
    if (made.status !== 201) throw new TypeError(made.text);
  });
  tokens = numbers.map((tenant) => cell.token({ tenant: `crowd-${tenant}` }));
}, 120_000);
afterAll(() => cell.close());

const Answer = z.object({
  result: z.object({ success: z.literal(true), projectId: z.string(), status: z.string() }).nullable(),
  error: z.object({ code: z.string(), details: z.object({ quota: z.string(), limit: z.int() }) }).nullable(),
});

test("a thousand starts at once all succeed, or are refused by a quota that says which; none is lost", async () => {
  const starts = Array.from({ length: TENANTS * STARTS_EACH }, (_, index) => ({
    index,
    tenant: index % TENANTS,
    args: { projectId: `load-test-${index}`, command: 'echo "test"' },
  }));

  const told = await Promise.all(
    starts.map(async ({ tenant, args }) => {
      const { status, text } = await posted(String(tokens[tenant]), { name: "host.start", arguments: args });
      return { tenant, status, answer: Answer.parse(JSON.parse(text)) };
    }),
  );

  const refused = told.filter(({ status }) => status !== 200);
  expect(told).toHaveLength(1_000);
  for (const { tenant, status, answer } of refused) {
    expect([isSmall(tenant), status, answer.result, answer.error?.code]).toEqual([true, 409, null, "QUOTA_EXCEEDED"]);
    expect(["projects", "containers", "cpus", "memoryBytes"]).toContain(answer.error?.details.quota);
  }
  expect(told.length - refused.length).toBeGreaterThan(900);
  await everyoneHasPrinted(
    told
      .filter(({ status }) => status === 200)
      .map(({ tenant, answer }) => ({ tenant, projectId: answer.result?.projectId ?? "" })),
  );
}, 300_000);

/** A door takes a thousand connections, of which those that made the tenants are some. */
const crowd = new Agent({ maxSockets: 950 });
afterAll(() => crowd.destroy());

function posted(token: string, json: object): Promise<{ readonly status: number; readonly text: string }> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const asking = request(`${cell.url}/mcp/tools/call`, { method: "POST", agent: crowd, headers }, (reply) => {
      let text = "";
      reply.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
      });
      reply.on("end", () => resolve({ status: reply.statusCode ?? 0, text }));
    });
    asking.on("error", reject).end(JSON.stringify(json));
  });
}

/** Each that was told to have started has run, once. */
async function everyoneHasPrinted(started: readonly { readonly tenant: number; readonly projectId: string }[]) {
  const byTenant = Map.groupBy(started, ({ tenant }) => tenant);
  for (const [tenant, projects] of byTenant) {
    await expect
      .poll(() => printed(tenant), { timeout: 60_000, interval: 100 })
      .toEqual(projects.map(({ projectId }) => `${projectId}: test`).sort());
  }
}

async function printed(tenant: number): Promise<readonly string[]> {
  const { logs } = await cell.told("host.searchLogs", { query: "stream:stdout" }, tokens[tenant]);
  return z
    .array(z.object({ projectId: z.string(), message: z.string() }))
    .parse(logs)
    .map(({ projectId, message }) => `${projectId}: ${message}`)
    .sort();
}

test("afterwards nothing is held that nobody runs", async () => {
  for (const token of tokens) {
    await expect
      .poll(async () => (await cell.told("host.ports", {}, token)).total, { timeout: 60_000, interval: 200 })
      .toBe(0);
    const { metadata } = await cell.told("host.list", {}, token);
    expect(metadata).toMatchObject({ runningCount: 0 });
  }
}, 120_000);

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type ApiCell, type Asked, apiCell, type Told } from "../../fixtures/api-cell.ts";
import { DescribedApi } from "../../fixtures/described-api.ts";
import { nextMillisecond } from "../../fixtures/next-millisecond.ts";

let cell: ApiCell;
let api: DescribedApi;
let operator: string;

beforeAll(async () => {
  cell = await apiCell();
  cell.warm();
  api = new DescribedApi((await cell.ask("GET", "/api/openapi.json")).json);
  operator = cell.token({ tenant: "fleet", role: "operator" });
});
afterAll(() => cell.close());

/** Holds every reply against the document. */
async function ask(token: string, method: string, path: string, asked: Omit<Asked, "token"> = {}): Promise<Told> {
  const told = await cell.ask(method, path, { ...asked, token });
  expect(api.flawsOf(method, path, told)).toEqual([]);
  return told;
}

async function aTenant(tenantId: string): Promise<string> {
  const json = { tenantId, name: tenantId, plan: "team" };
  expect(await ask(operator, "POST", "/api/tenants", { json })).toMatchObject({ status: 201 });
  return cell.token({ tenant: tenantId });
}

const BAKE = { tool: "cyberchef_bake", arguments: { input: "hello", recipe: [{ op: "To Base64" }] } };
const FOREVER = { tool: "no_such_tool", attemptsMax: 1 };
const LATER = { ...BAKE, delayMs: 3_600_000 };

const Submitted = z.looseObject({ jobId: z.string(), state: z.string(), revision: z.int() });

async function submitted(token: string, json: object, headers: Record<string, string> = {}) {
  const told = await ask(token, "POST", "/api/jobs", { json, headers });
  expect(told).toMatchObject({ status: 201 });
  return Submitted.parse(told.json);
}

/** The job once it has ended, by waiting for its changes. */
async function ended(token: string, jobId: string) {
  let since = 0;
  for (let round = 0; round < 20; round++) {
    const { json } = await ask(token, "GET", `/api/jobs/${jobId}?since=${since}&waitSeconds=10`);
    const job = Submitted.parse(json);
    if (["succeeded", "failed", "cancelled"].includes(job.state)) return job;
    since = job.revision;
  }
  throw new TypeError("the job did not end");
}

describe("a job", () => {
  test.each(["normal", "high"])("of %s priority runs, and comes to what the tool answers", async (priority) => {
    const { jobId } = await submitted(cell.owner, { ...BAKE, priority });

    const job = await ended(cell.owner, jobId);
    const result = await ask(cell.owner, "GET", `/api/jobs/${jobId}/result`);

    expect(job).toMatchObject({ state: "succeeded", title: "cyberchef_bake", attempts: 1, submittedBy: "local:owner" });
    expect(result.json).toMatchObject({ content: [{ type: "text", text: "aGVsbG8=" }] });
  });

  test("is named by where it is found", async () => {
    const told = await ask(cell.owner, "POST", "/api/jobs", { json: LATER });
    const { jobId } = Submitted.parse(told.json);

    expect(told.headers.get("location")).toBe(`/api/jobs/${jobId}`);
    expect(await ask(cell.owner, "GET", `/api/jobs/${jobId}`)).toMatchObject({ status: 200, json: { jobId } });
  });

  test("that does not run yet is cancelled at once, and only once", async () => {
    const { jobId } = await submitted(cell.owner, LATER);

    const cancelled = await ask(cell.owner, "POST", `/api/jobs/${jobId}/cancel`);
    const again = await ask(cell.owner, "POST", `/api/jobs/${jobId}/cancel`);
    const result = await ask(cell.owner, "GET", `/api/jobs/${jobId}/result`);

    expect(cancelled).toMatchObject({ status: 200, json: { state: "cancelled", isCancelAsked: true } });
    expect(again).toMatchObject({ status: 409, json: { code: "job_state_wrong", detail: "the job is cancelled" } });
    expect(result).toMatchObject({ status: 409, json: { code: "job_state_wrong" } });
  });

  test("that failed for good says why, is a dead letter, and is redriven", async () => {
    const { jobId } = await submitted(cell.owner, FOREVER);

    const failed = await ended(cell.owner, jobId);
    const dead = await ask(cell.owner, "GET", "/api/jobs?state=failed");
    const driven = await ask(cell.owner, "POST", `/api/jobs/${jobId}/redrive`);
    const again = await ended(cell.owner, jobId);

    expect(failed).toMatchObject({ state: "failed", failure: { code: "tool_unknown" } });
    expect(dead.json).toMatchObject({ jobs: [{ jobId, state: "failed" }] });
    expect(driven).toMatchObject({ status: 200, json: { state: "queued" } });
    expect(again.revision).toBeGreaterThan(failed.revision);
  });

  test("that has not failed is not redriven", async () => {
    const { jobId } = await submitted(cell.owner, LATER);

    const driven = await ask(cell.owner, "POST", `/api/jobs/${jobId}/redrive`);

    expect(driven).toMatchObject({ status: 409, json: { code: "job_state_wrong" } });
  });

  test.each([
    ["GET", ""],
    ["GET", "/result"],
    ["POST", "/cancel"],
    ["POST", "/redrive"],
  ])("that is not there is not found by %s %s", async (method, end) => {
    const told = await ask(cell.owner, method, `/api/jobs/job_${"0".repeat(31)}${end}`);

    expect(told).toMatchObject({ status: 404, json: { code: "job_unknown" } });
  });

  test("is metered by how long it ran", async () => {
    const token = await aTenant("metered");
    const { jobId } = await submitted(token, BAKE);
    await ended(token, jobId);

    const Usage = z.object({ periods: z.array(z.object({ totals: z.looseObject({ jobMicroseconds: z.number() }) })) });
    const used = async () => {
      const { periods } = Usage.parse((await ask(token, "GET", "/api/tenants/self/usage")).json);
      return periods.reduce((all, { totals }) => all + totals.jobMicroseconds, 0);
    };
    await expect.poll(used, { timeout: 15_000 }).toBeGreaterThan(0);
  });
});

describe("a request with an Idempotency-Key", () => {
  test("that comes again finds its job, whether the key is quoted or not", async () => {
    const first = await submitted(cell.owner, LATER, { "idempotency-key": '"again-1"' });

    const second = await submitted(cell.owner, LATER, { "idempotency-key": "again-1" });

    expect(second.jobId).toBe(first.jobId);
  });

  test("that comes twice at once makes one job", async () => {
    const headers = { "idempotency-key": "at-once" };

    const [first, second] = await Promise.all([
      submitted(cell.owner, LATER, headers),
      submitted(cell.owner, LATER, headers),
    ]);

    expect(second.jobId).toBe(first.jobId);
  });

  test("under which something else was asked is refused", async () => {
    await submitted(cell.owner, LATER, { "idempotency-key": "other" });

    const told = await ask(cell.owner, "POST", "/api/jobs", { json: BAKE, headers: { "idempotency-key": "other" } });

    expect(told).toMatchObject({ status: 422, json: { code: "idempotency_key_reused" } });
  });

  test("is the caller's own: another member's key of the same name is another one", async () => {
    const bo = cell.token({ role: "developer", subject: "bo" });
    const first = await submitted(cell.owner, LATER, { "idempotency-key": "mine" });

    const second = await submitted(bo, LATER, { "idempotency-key": "mine" });

    expect(second.jobId).not.toBe(first.jobId);
  });

  test("that is none is refused", async () => {
    const told = await ask(cell.owner, "POST", "/api/jobs", { json: BAKE, headers: { "idempotency-key": '""' } });

    expect(told).toMatchObject({ status: 400, json: { code: "request_invalid" } });
  });
});

describe("what can't be submitted is refused, with all that is wrong", () => {
  test.each([
    [{}, /body\.tool/],
    [{ tool: "" }, /body\.tool/],
    [{ ...BAKE, arguments: [] }, /body\.arguments/],
    [{ ...BAKE, kind: "project.start" }, /kind/],
    [{ ...BAKE, delayMs: -1 }, /body\.delayMs/],
    [{ ...BAKE, delayMs: 604_800_001 }, /body\.delayMs/],
    [{ ...BAKE, attemptsMax: 0 }, /body\.attemptsMax/],
    [{ ...BAKE, attemptsMax: 11 }, /body\.attemptsMax/],
    [{ ...BAKE, priority: "urgent" }, /body\.priority/],
  ])("%j", async (json, why) => {
    const told = await ask(cell.owner, "POST", "/api/jobs", { json });

    expect(told).toMatchObject({ status: 400, json: { code: "request_invalid", detail: expect.stringMatching(why) } });
  });

  test("more jobs in flight than the tenant may have", async () => {
    const token = await aTenant("few");
    const limits = { json: { jobsInFlight: 1 } };
    expect(await ask(operator, "PUT", "/api/tenants/few/limits", limits)).toMatchObject({ status: 200 });
    await submitted(token, LATER);

    const told = await ask(token, "POST", "/api/jobs", { json: LATER });

    expect(told).toMatchObject({ status: 409, json: { code: "quota_reached" } });
  });
});

describe("a list of jobs", () => {
  test("goes from the newest on, page by page, within a time", async () => {
    const token = await aTenant("lister");
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) {
      ids.unshift((await submitted(token, LATER)).jobId);
      await nextMillisecond();
    }

    const first = await ask(token, "GET", "/api/jobs?limit=2&state=queued");
    const { cursor } = z.object({ cursor: z.string() }).parse(first.json);
    const second = await ask(token, "GET", `/api/jobs?limit=2&state=queued&cursor=${cursor}`);
    const before = await ask(token, "GET", "/api/jobs?before=2020-01-01T00:00:00Z");

    const shown = [first, second].flatMap(({ json }) => z.object({ jobs: z.array(Submitted) }).parse(json).jobs);
    expect(shown.map(({ jobId }) => jobId)).toEqual(ids);
    expect(before.json).toEqual({ jobs: [] });
  });

  test.each(["state=lost", "limit=0", "limit=101", "from=yesterday", "cursor=x"])("refuses %s", async (query) => {
    expect(await ask(cell.owner, "GET", `/api/jobs?${query}`)).toMatchObject({ status: 400 });
  });
});

describe("who may", () => {
  test("viewers see jobs and change nothing", async () => {
    const viewer = cell.token({ role: "viewer" });
    const { jobId } = await submitted(cell.owner, LATER);

    expect(await ask(viewer, "GET", `/api/jobs/${jobId}`)).toMatchObject({ status: 200 });
    for (const path of ["/api/jobs", `/api/jobs/${jobId}/cancel`, `/api/jobs/${jobId}/redrive`]) {
      expect(await ask(viewer, "POST", path, { json: BAKE })).toMatchObject({ status: 403 });
    }
  });

  test("submit needs the right to the tool besides", async () => {
    const token = cell.token({ subject: "narrow", scopes: ["jobs:write"] });

    const told = await ask(token, "POST", "/api/jobs", { json: BAKE });

    expect(told).toMatchObject({ status: 403, json: { code: "scope_missing" } });
  });

  test("cancel and redrive are written down, with who did it and to which", async () => {
    const token = await aTenant("audited");
    const { jobId } = await submitted(token, LATER);
    await ask(token, "POST", `/api/jobs/${jobId}/cancel`);

    const { json } = await ask(token, "GET", "/api/tenants/self/audit");

    expect(json).toMatchObject({
      records: expect.arrayContaining([
        expect.objectContaining({ action: "job.cancel", outcome: "done", target: { kind: "job", id: jobId } }),
      ]),
    });
  });

  test("nobody sees another tenant's job, or is told that it is there", async () => {
    const other = await aTenant("stranger");
    const { jobId } = await submitted(cell.owner, LATER);

    for (const [method, end] of [
      ["GET", ""],
      ["GET", "/result"],
      ["POST", "/cancel"],
      ["POST", "/redrive"],
    ] as const) {
      const told = await ask(other, method, `/api/jobs/${jobId}${end}`);
      expect(told).toMatchObject({ status: 404, json: { code: "job_unknown" } });
    }
    expect((await ask(other, "GET", "/api/jobs")).json).toEqual({ jobs: [] });
  });
});

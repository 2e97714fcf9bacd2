import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type ApiCell, type Asked, apiCell, type Told } from "../../fixtures/api-cell.ts";
import { DescribedApi } from "../../fixtures/described-api.ts";
import { nextMillisecond } from "../../fixtures/next-millisecond.ts";

let cell: ApiCell;
let api: DescribedApi;

beforeAll(async () => {
  cell = await apiCell();
  api = new DescribedApi((await cell.ask("GET", "/api/openapi.json")).json);
});
afterAll(() => cell.close());

/** Holds every reply against the document. */
async function ask(method: string, path: string, asked: Asked = {}): Promise<Told> {
  const told = await cell.ask(method, path, { token: cell.owner, ...asked });
  expect(api.flawsOf(method, path, told)).toEqual([]);
  return told;
}

const BAKE = { tool: "cyberchef_bake", arguments: { input: "hello", recipe: [{ op: "To Base64" }] } };
const NIGHTLY = { ...BAKE, cron: "0 3 * * MON-FRI", zone: "Europe/Berlin" };

async function created(json: object): Promise<{ readonly path: string; readonly told: Told }> {
  const told = await ask("POST", "/api/schedules", { json });
  expect(told).toMatchObject({ status: 201 });
  const { scheduleId } = z.object({ scheduleId: z.string() }).parse(told.json);
  return { path: `/api/schedules/${scheduleId}`, told };
}

describe("a schedule", () => {
  test("at the times of cron in a zone is shown with its next time", async () => {
    const { path, told } = await created(NIGHTLY);

    const shown = await ask("GET", path);

    expect(told.headers.get("location")).toBe(path);
    expect(shown.json).toMatchObject({
      title: "cyberchef_bake",
      state: "active",
      cron: "0 3 * * MON-FRI",
      zone: "Europe/Berlin",
      submittedBy: "local:owner",
      nextAtEpochMs: expect.toSatisfy((atEpochMs: number) => new Date(atEpochMs).getUTCMinutes() === 0),
    });
  });

  test("without a zone is of UTC", async () => {
    const { told } = await created({ ...BAKE, cron: "15 4 1 1 *" });

    const { nextAtEpochMs } = z.object({ nextAtEpochMs: z.int() }).parse(told.json);

    expect(new Date(nextAtEpochMs).toISOString()).toMatch(/-01-01T04:15:00\.000Z$/);
  });

  test("at one moment is shown with that", async () => {
    const at = new Date(Date.now() + 86_400_000).toISOString();

    const { told } = await created({ ...BAKE, at });

    expect(told.json).toMatchObject({ atEpochMs: Date.parse(at), nextAtEpochMs: Date.parse(at) });
  });

  test("is listed after those that are older", async () => {
    const first = await created({ ...NIGHTLY, title: "older" });
    await nextMillisecond();
    const second = await created({ ...NIGHTLY, title: "newer" });

    const { json } = await ask("GET", "/api/schedules");

    const titles = z.object({ schedules: z.array(z.object({ title: z.string() })) }).parse(json).schedules;
    expect(titles.map(({ title }) => title).slice(-2)).toEqual(["older", "newer"]);
    for (const { path } of [first, second]) await ask("DELETE", path);
  });

  test("is paused, resumed and removed, each of which is written down", async () => {
    const { path } = await created(NIGHTLY);

    const paused = await ask("POST", `${path}/pause`);
    const resumed = await ask("POST", `${path}/resume`);
    const removed = await ask("DELETE", path);

    expect(paused.json).toMatchObject({ state: "paused" });
    expect(paused.json).not.toHaveProperty("nextAtEpochMs");
    expect(resumed.json).toMatchObject({ state: "active", nextAtEpochMs: expect.any(Number) });
    expect(removed.status).toBe(204);
    expect((await ask("GET", path)).status).toBe(404);
    const id = path.split("/").at(-1);
    const { records } = z
      .object({ records: z.array(z.object({ action: z.string(), target: z.object({ id: z.string() }) })) })
      .parse((await ask("GET", "/api/tenants/self/audit")).json);
    expect(records.filter(({ target }) => target.id === id).map(({ action }) => action)).toEqual(
      Array.from({ length: 3 }, () => "job-schedule.change"),
    );
  });

  test.each([
    ["GET", ""],
    ["DELETE", ""],
    ["POST", "/pause"],
    ["POST", "/resume"],
  ])("that is not there is not found by %s %s", async (method, end) => {
    const told = await ask(method, `/api/schedules/sch_${"A".repeat(16)}${end}`);

    expect(told).toMatchObject({ status: 404, json: { code: "schedule_unknown" } });
  });
});

describe("what is no schedule is refused, with what may be", () => {
  test.each([
    [BAKE, "request_invalid", /either cron, with a zone or without, or at/],
    [{ ...NIGHTLY, at: "2030-01-01T00:00:00Z" }, "request_invalid", /either cron/],
    [{ ...BAKE, at: "2030-01-01T00:00:00Z", zone: "UTC" }, "request_invalid", /either cron/],
    [{ ...BAKE, at: "tomorrow" }, "request_invalid", /body\.at/],
    [{ ...BAKE, at: "2020-01-01T00:00:00Z" }, "schedule_time_invalid", /a moment to come, within a year/],
    [{ ...BAKE, cron: "61 * * * *" }, "cron_invalid", /cron: takes .*minute/],
    [{ ...BAKE, cron: "* * * *" }, "cron_invalid", /cron: takes five fields/],
    [{ ...BAKE, cron: "0 0 30 2 *" }, "schedule_time_invalid", /takes times of which one is to come/],
    [{ ...NIGHTLY, zone: "Mars/Olympus" }, "cron_invalid", /zone: takes a name of the IANA database/],
    [{ ...NIGHTLY, delayMs: 5 }, "request_invalid", /delayMs/],
  ])("%j", async (json, code, detail) => {
    const told = await ask("POST", "/api/schedules", { json });

    expect(told).toMatchObject({ status: 400, json: { code, detail: expect.stringMatching(detail) } });
  });

  test("arguments that are too large to be written with each job", async () => {
    const json = { ...NIGHTLY, arguments: { input: "x".repeat(20_000) } };

    expect(await ask("POST", "/api/schedules", { json })).toMatchObject({
      status: 413,
      json: { code: "job_too_large" },
    });
  });

  test("one past the hundredth", async () => {
    const operator = cell.token({ tenant: "fleet", role: "operator" });
    const tenant = { tenantId: "busy", name: "Busy", plan: "scale" };
    expect((await ask("POST", "/api/tenants", { token: operator, json: tenant })).status).toBe(201);
    const token = cell.token({ tenant: "busy" });
    const one = async () => ask("POST", "/api/schedules", { token, json: NIGHTLY });
    for (let count = 0; count < 100; count++) expect((await one()).status).toBe(201);

    const refused = await one();

    expect(refused).toMatchObject({ status: 409, json: { code: "schedules_full" } });
  });
});

describe("who may", () => {
  test("viewers see schedules and change none", async () => {
    const token = cell.token({ role: "viewer" });

    expect(await ask("GET", "/api/schedules", { token })).toMatchObject({ status: 200 });
    expect(await ask("POST", "/api/schedules", { token, json: NIGHTLY })).toMatchObject({ status: 403 });
  });

  test("make one needs the right to the tool besides", async () => {
    const token = cell.token({ subject: "narrow", scopes: ["jobs:write"] });

    const told = await ask("POST", "/api/schedules", { token, json: NIGHTLY });

    expect(told).toMatchObject({ status: 403, json: { code: "scope_missing" } });
  });
});

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type ApiCell, apiCell, type Told } from "../../fixtures/api-cell.ts";
import { DescribedApi } from "../../fixtures/described-api.ts";

let cell: ApiCell;
let api: DescribedApi;

beforeAll(async () => {
  cell = await apiCell();
  api = new DescribedApi((await cell.ask("GET", "/api/openapi.json")).json);
});
afterAll(() => cell.close());

const ROLES = { ann: "owner", dev: "developer", bob: "admin", eve: "viewer" } as const;

/** Holds every reply against the document. */
async function ask(subject: keyof typeof ROLES, method: string, path: string, json?: unknown): Promise<Told> {
  const token = cell.token({ subject, role: ROLES[subject] });
  const told = await cell.ask(method, path, { ...(json !== undefined && { json }), token });
  expect(api.flawsOf(method, path, told)).toEqual([]);
  return told;
}

const Question = z.looseObject({ questionId: z.string(), revision: z.int(), state: z.string() });

async function asked(given: object) {
  const told = await ask("dev", "POST", "/api/questions", { question: "May it go out?", ...given });
  expect(told.status).toBe(201);
  expect(told.headers.get("location")).toBe(`/api/questions/${Question.parse(told.json).questionId}`);
  return Question.parse(told.json);
}

const answer = (who: keyof typeof ROLES, { questionId }: { readonly questionId: string }, given: unknown) =>
  ask(who, "POST", `/api/questions/${questionId}/answer`, { answer: given });

describe("a question", () => {
  test("takes the first answer, and whoever is later is told by whom it was closed", async () => {
    const question = await asked({ choices: ["yes", "no"] });

    const first = await answer("eve", question, "yes");
    const second = await answer("ann", question, "no");

    expect(first.json).toMatchObject({ state: "answered", answer: { value: "yes", by: "local:eve" } });
    expect(second).toMatchObject({
      status: 409,
      json: { code: "question_closed", detail: expect.stringContaining("eve") },
    });
  });

  test("is told the same once more to whoever sends the same answer again", async () => {
    const question = await asked({});
    await answer("eve", question, "yes");

    expect(await answer("eve", question, "yes")).toMatchObject({ status: 200, json: { answer: { value: "yes" } } });
  });

  test("for a role is there for those who have it and for who asked, and for nobody else", async () => {
    const { questionId } = await asked({ to: "role:admin" });
    const path = `/api/questions/${questionId}`;

    const statuses = await Promise.all((["bob", "dev", "eve", "ann"] as const).map((who) => ask(who, "GET", path)));
    const listed = await ask("eve", "GET", "/api/questions?which=all&limit=100");

    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 404, 404]);
    expect(listed.text).not.toContain(questionId);
    expect((await answer("eve", { questionId }, "yes")).status).toBe(404);
  });

  test("with a form takes what fits it", async () => {
    const schema = { type: "object", properties: { count: { type: "integer", minimum: 1 } }, required: ["count"] };
    const question = await asked({ schema });

    expect((await answer("eve", question, { count: 0 })).status).toBe(400);
    expect((await answer("eve", question, { count: 2 })).json).toMatchObject({ answer: { value: { count: 2 } } });
  });

  test("is put in other words by who asked it, as long as nobody did so before", async () => {
    const { questionId, revision } = await asked({});
    const path = `/api/questions/${questionId}`;
    const words = { question: "May v43 go out?", revision };

    expect((await ask("ann", "PATCH", path, words)).status).toBe(404);
    expect((await ask("dev", "PATCH", path, words)).json).toMatchObject({ question: "May v43 go out?" });
    expect(await ask("dev", "PATCH", path, { question: "And v44?", revision })).toMatchObject({ status: 409 });
  });

  test("is withdrawn by who asked it, or by who may cancel jobs, and then takes no answer", async () => {
    const [own, anothers] = [await asked({}), await asked({})];

    const withdrawn = await ask("dev", "POST", `/api/questions/${own.questionId}/withdraw`);
    const stopped = await ask("bob", "POST", `/api/questions/${anothers.questionId}/withdraw`);

    expect(withdrawn.json).toMatchObject({ state: "withdrawn", closedBy: "local:dev" });
    expect(stopped.json).toMatchObject({ state: "withdrawn", closedBy: "local:bob" });
    expect((await answer("eve", own, "yes")).status).toBe(409);
    expect((await ask("eve", "POST", `/api/questions/${own.questionId}/withdraw`)).status).toBe(403);
  });

  test("is listed by pages, those that are over first coming first", async () => {
    const late = await asked({ to: "member:local:eve", timeoutSeconds: 600 });
    const soon = await asked({ to: "member:local:eve", timeoutSeconds: 500 });
    const ids: string[] = [];
    let cursor = "";
    do {
      const { json } = await ask("eve", "GET", `/api/questions?limit=1${cursor}`);
      const page = z.object({ questions: z.array(Question), cursor: z.string().optional() }).parse(json);
      ids.push(...page.questions.map(({ questionId }) => questionId));
      cursor = page.cursor === undefined ? "" : `&cursor=${encodeURIComponent(page.cursor)}`;
    } while (cursor !== "");

    expect(ids.indexOf(late.questionId) - ids.indexOf(soon.questionId)).toBe(1);
  });

  test.each([
    ["no words", { question: " " }],
    ["choices and a form", { question: "?", choices: ["a"], schema: { type: "object", properties: {} } }],
    ["more than a week", { question: "?", timeoutSeconds: 8 * 86_400 }],
    ["nobody to answer", { question: "?", to: "somebody" }],
  ])("with %s is refused", async (_what, given) => {
    expect((await ask("dev", "POST", "/api/questions", given)).status).toBe(400);
  });

  test("is asked by nobody who may only read, and not there where nobody asked it", async () => {
    expect((await ask("eve", "POST", "/api/questions", { question: "?" })).status).toBe(403);
    expect((await ask("ann", "GET", `/api/questions/req-${"0".repeat(31)}`)).status).toBe(404);
    expect((await ask("ann", "GET", "/api/questions/req-1")).status).toBe(404);
  });
});

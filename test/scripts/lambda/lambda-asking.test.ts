import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { type CellProcess, startCell } from "../../fixtures/cell-process.ts";
import { connectedClient } from "../../fixtures/socket-client.ts";
import { temporaryFolder } from "../../fixtures/temporary-folder.ts";

/** Each function is started for its first call. */
const STARTS_MS = 30_000;
/** Long before the sweeper looks again, which would do what others have left undone. */
const AT_ONCE = { timeout: 15_000, interval: 100 };

const Question = z.object({ questionId: z.string(), question: z.string(), state: z.string(), jobId: z.string() });
type Question = z.infer<typeof Question>;
const Questions = z.object({ questions: z.array(Question) });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let cell: CellProcess;
let token: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  const { path: dataDir } = folder;
  cell = await startCell({ dataDir, args: ["--lambda"], access: "asked", env: { TMPDIR: dataDir } });
  [, token = ""] = /Access key +(\S{64})\n/.exec(cell.stdout()) ?? [];
}, STARTS_MS);

afterAll(async () => {
  cell.kill("SIGINT");
  await cell.exited;
  await folder.remove();
});

async function ask(method: string, path: string, json?: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const reply = await fetch(cell.url + path, {
    method,
    headers,
    ...(json !== undefined && { body: JSON.stringify(json) }),
  });
  return reply.json();
}

/** Once somebody is asked so. */
async function asked(text: string): Promise<Question> {
  const open = async (): Promise<Question | undefined> => {
    const { questions } = Questions.parse(await ask("GET", "/api/questions"));
    return questions.find(({ question }) => question === text);
  };
  await expect.poll(open, AT_ONCE).toMatchObject({ state: "open" });
  return Question.parse(await open());
}

const stateOf = (questionId: string) => async (): Promise<string> =>
  Question.parse(await ask("GET", `/api/questions/${questionId}`)).state;

/** One that can show no forms, and waits. */
async function program(): Promise<Client> {
  const client = new Client({ name: "test", version: "1" });
  onTestFinished(() => client.close());
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL("/mcp", cell.url), { requestInit }));
  return client;
}

/** A job that waits for its answer, which nobody's call waits for. */
async function sleeping(text: string): Promise<Question> {
  const order = { tool: "ask_user", arguments: { question: text } };
  const { jobId } = z.object({ jobId: z.string() }).parse(await ask("POST", "/api/jobs", order));
  await expect.poll(() => ask("GET", `/api/jobs/${jobId}`), AT_ONCE).toMatchObject({ state: "waiting" });
  return asked(text);
}

test(
  "a call is answered over HTTP, by way of three functions",
  async () => {
    const client = await program();

    const called = client.callTool({ name: "ask_user", arguments: { question: "Deploy?" } });
    const { questionId } = await asked("Deploy?");
    await ask("POST", `/api/questions/${questionId}/answer`, { answer: "yes" });

    expect(await called).toMatchObject({
      content: [{ type: "text", text: "yes" }],
      structuredContent: { answer: "yes", answered_by: "access-key", request_id: questionId },
    });
  },
  STARTS_MS,
);

test(
  "whoever is connected is asked at once, answers there, and is told that it is over",
  async () => {
    const [client, person] = [await program(), await connectedClient(cell.url, { token })];

    const called = client.callTool({ name: "ask_user", arguments: { question: "Which?", choices: ["a", "b"] } });
    const { request_id } = await person.next("ask_user");
    person.say({ type: "user_response", request_id, answer: "b" });

    expect(await called).toMatchObject({ content: [{ text: "b" }] });
    expect(await person.next("question_closed")).toMatchObject({ request_id, reason: "answered" });
  },
  STARTS_MS,
);

test(
  "who waited in vain is told so on the second",
  async () => {
    const client = await program();

    const called = await client.callTool({ name: "ask_user", arguments: { question: "Nobody?", timeout_seconds: 1 } });

    expect(called).toMatchObject({ content: [{ text: "timeout waiting for user response" }], isError: true });
  },
  STARTS_MS,
);

test(
  "a question that no job waits for is over on its second, and whoever is connected is told so",
  async () => {
    const person = await connectedClient(cell.url, { token });
    const order = { question: "Nobody at all?", timeoutSeconds: 2 };

    const asked = z.object({ questionId: z.string(), expiresAtEpochMs: z.number() });
    const { questionId, expiresAtEpochMs } = asked.parse(await ask("POST", "/api/questions", order));

    expect(await person.next("question_closed")).toMatchObject({ request_id: questionId, reason: "expired" });
    expect(Date.now() - expiresAtEpochMs).toBeLessThan(AT_ONCE.timeout);
  },
  STARTS_MS,
);

test(
  "what is not as it may be is refused before there is a job",
  async () => {
    const client = await program();

    const called = await client.callTool({ name: "ask_user", arguments: { question: "Who?", to: "connection:c1" } });

    expect(called).toMatchObject({ isError: true, content: [{ text: expect.stringContaining("to is not everyone") }] });
  },
  STARTS_MS,
);

test(
  "the question of a job that is cancelled is withdrawn at once: through the API",
  async () => {
    const { questionId, jobId } = await sleeping("Still there?");

    await ask("POST", `/api/jobs/${jobId}/cancel`);

    await expect.poll(stateOf(questionId), AT_ONCE).toBe("withdrawn");
  },
  STARTS_MS,
);

test(
  "the question of a job that is cancelled is withdrawn at once: by a tool",
  async () => {
    const client = await program();
    const { questionId, jobId } = await sleeping("Anybody?");

    await client.callTool({ name: "job_cancel", arguments: { jobId } });

    await expect.poll(stateOf(questionId), AT_ONCE).toBe("withdrawn");
  },
  STARTS_MS,
);

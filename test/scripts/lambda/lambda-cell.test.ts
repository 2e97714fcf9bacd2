import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { type CellProcess, spawnCell, startCell } from "../../fixtures/cell-process.ts";
import { servedProvider } from "../../fixtures/provider.ts";
import { connectedClient, socketClient } from "../../fixtures/socket-client.ts";
import { testFolder } from "../../fixtures/temporary-folder.ts";

async function lambdaCell(
  dataDir: string,
  args: readonly string[] = [],
): Promise<{ cell: CellProcess; authorization: string }> {
  const env = { TMPDIR: dataDir };
  const cell = await startCell({ dataDir, args: ["--lambda", ...args], access: "asked", env });
  onTestFinished(async () => {
    cell.kill("SIGINT");
    await cell.exited;
  });
  const [, key] = /Access key +(\S{64})\n/.exec(cell.stdout()) ?? [];
  return { cell, authorization: `Bearer ${key}` };
}

describe("npm start -- --lambda", () => {
  test("serves MCP clients who bring the key, from the functions' bundles", async () => {
    const { cell, authorization } = await lambdaCell(await testFolder());
    const client = new Client({ name: "test", version: "1" });
    const requestInit = { headers: { authorization } };
    await client.connect(new StreamableHTTPClientTransport(new URL("/mcp", cell.url), { requestInit }));

    const recipe = [{ op: "To Base64" }];
    const baked = await client.callTool({ name: "cyberchef_bake", arguments: { input: "hello", recipe } });

    expect(baked.content).toEqual([{ type: "text", text: "aGVsbG8=" }]);
    await client.close();
  });

  test("refuses those who bring none, tells how it is, and ends on a signal", async () => {
    const { cell } = await lambdaCell(await testFolder());

    const refused = await fetch(`${cell.url}/api/sessions?sessionId=s1`);
    const ready = async () => (await fetch(`${cell.url}/health/ready`)).json();

    expect(refused.status).toBe(401);
    await expect.poll(ready).toMatchObject({ status: "ready", state: "ok", control: "ok" });
    cell.kill("SIGINT");
    expect(await cell.exited).toEqual({ code: 0, signal: null });
  });

  test("keeps its key and its user sessions when it is started again", async () => {
    const dataDir = await testFolder();
    const first = await lambdaCell(dataDir);
    const headers = { authorization: first.authorization, "content-type": "application/json" };
    const opened = await fetch(`${first.cell.url}/api/sessions`, { headers });
    const { sessionId } = (await opened.json()) as { sessionId: string };
    const path = `/api/sessions?sessionId=${sessionId}`;
    const body = JSON.stringify({ preferences: { theme: "dark" } });
    await fetch(first.cell.url + path, { method: "PATCH", headers, body });
    first.cell.kill("SIGINT");
    await first.cell.exited;

    const second = await lambdaCell(dataDir);
    const read = await fetch(second.cell.url + path, { headers });

    expect(second.authorization).toBe(first.authorization);
    expect(await read.json()).toMatchObject({ session: { preferences: { theme: "dark" } } });
  });

  test("has a load balancer before it where that is asked for, and else a REST API", async () => {
    const balanced = await lambdaCell(await testFolder(), ["--front-door", "alb"]);
    const gateway = await lambdaCell(await testFolder());

    const readiness = async () => (await fetch(`${balanced.cell.url}/health/ready`)).status;
    const unrouted = await Promise.all([fetch(balanced.cell.url), fetch(gateway.cell.url)]);

    expect(balanced.cell.stdout()).toContain("behind a load balancer");
    await expect.poll(readiness).toBe(200);
    expect(unrouted.map(({ status }) => status)).toEqual([404, 403]);
  });

  test("runs jobs by the worker's bundle, of either priority, and sweeps and sums up as schedules do", async () => {
    const dataDir = await testFolder();
    const { cell, authorization } = await lambdaCell(dataDir);
    const headers = { authorization, "content-type": "application/json" };
    const job = { tool: "cyberchef_bake", arguments: { input: "hello", recipe: [{ op: "To Base64" }] } };
    const submit = async (priority: string): Promise<string> => {
      const body = JSON.stringify({ ...job, priority });
      const reply = await fetch(`${cell.url}/api/jobs`, { method: "POST", headers, body });
      const { jobId } = z.object({ jobId: z.string() }).parse(await reply.json());
      return jobId;
    };
    const ids = [await submit("normal"), await submit("high")];

    for (const jobId of ids) {
      const result = async () => (await fetch(`${cell.url}/api/jobs/${jobId}/result`, { headers })).json();
      await expect.poll(result, { timeout: 20_000 }).toMatchObject({ content: [{ type: "text", text: "aGVsbG8=" }] });
    }

    const printed = () => readFileSync(`${dataDir}/log/functions.ndjson`, "utf8");
    for (const jobId of ids)
      await expect.poll(printed).toMatch(new RegExp(`"worker(?:-high)?-\\d+".*${jobId}.*succeeded`));
    await expect.poll(printed).toMatch(/sweep-jobs.*isFinished.*true/);
  });

  test("lets people connect, answers what they say, and brings them what is published, by three bundles", async () => {
    const { cell, authorization } = await lambdaCell(await testFolder());
    const [, token = ""] = authorization.split(" ");
    const headers = { authorization, "content-type": "application/json" };
    const ticketed = await fetch(`${cell.url}/api/people/tickets`, { method: "POST", headers });
    const { ticket } = z.object({ ticket: z.string() }).parse(await ticketed.json());
    const person = await connectedClient(cell.url, { token });
    const other = await connectedClient(cell.url, {}, { protocols: ["skein.v1", `ticket.${ticket}`] });
    const body = JSON.stringify({ to: "everyone", body: "x".repeat(40_000) });

    const published = await fetch(`${cell.url}/api/messages`, { method: "POST", headers, body });
    const asked = await fetch(`${cell.url}/api/questions`, {
      method: "POST",
      headers,
      body: JSON.stringify({ question: "Deploy?", to: "everyone", timeoutSeconds: 60 }),
    });
    const { questionId } = z.object({ questionId: z.string() }).parse(await asked.json());
    const question = await other.next("ask_user");
    other.say({ type: "user_response", request_id: question.request_id, answer: "yes" });

    expect(person.ack).toMatchObject({ ends_at: expect.any(Number), idle_ms: 600_000, frame_bytes: 32_768 });
    expect(published.status).toBe(201);
    for (const client of [person, other]) expect(await client.next("message")).toMatchObject({ seq: 1 });
    expect(await other.next("response_ack")).toMatchObject({ request_id: questionId, status: "answered" });
    expect(await person.next("question_closed")).toMatchObject({ request_id: questionId, reason: "answered" });
  }, 60_000);

  test("tells who may not connect why, and closes; and lets no foreign page in", async () => {
    const { cell } = await lambdaCell(await testFolder());
    const stranger = await socketClient(cell.url);
    stranger.say({ type: "connect", token: "sk_main_no_such_key" });

    const error = await stranger.next("error");
    const foreign = socketClient(cell.url, { origin: "https://elsewhere.example.com" });

    expect(error).toMatchObject({ of: "connect", code: "credential_refused" });
    expect(await stranger.closed).toMatchObject({ code: 1000 });
    await expect(foreign).rejects.toMatchObject({ status: 403 });
  }, 60_000);

  test("tells whoever speaks too fast, and goes on answering others", async () => {
    const { cell, authorization } = await lambdaCell(await testFolder());
    const [, token = ""] = authorization.split(" ");
    const [hasty, other] = [await connectedClient(cell.url, { token }), await connectedClient(cell.url, { token })];
    const isTold = () => hasty.frames.some(({ code }) => code === "frames_too_fast");

    for (let frame = 0; frame < 2_000 && !isTold(); frame++) {
      const answered = once(hasty.socket, "message");
      hasty.socket.send("?");
      await answered;
    }
    other.say({ type: "ping" });

    expect(isTold()).toBe(true);
    expect(await other.next("pong")).toMatchObject({ type: "pong" });
  }, 60_000);

  test("leaves no process behind when it is killed", async () => {
    const { cell } = await lambdaCell(await testFolder());
    await fetch(`${cell.url}/health/live`);
    const children = childrenOf(cell.pid);

    cell.kill("SIGKILL");
    await cell.exited;

    expect(children.length).toBeGreaterThan(1);
    await expect.poll(() => children.filter(isAlive)).toEqual([]);
  });

  test("says all at once what functions can't be told", async () => {
    const cell = spawnCell(["--lambda", "--toolkit", "tools.mjs", "--open", "--url", "http://cell.example.com"]);

    expect(await cell.exited).toEqual({ code: 2, signal: null });
    expect(cell.stderr()).toBe(
      [
        "--toolkit does not go with --lambda: a function has the tools of its bundle",
        "--open does not go with --lambda: functions ask every caller for a credential",
        "--url http://cell.example.com does not go with --lambda: functions are told https:// addresses alone",
        "",
      ].join("\n"),
    );
  });

  test("knows the people of another issuer, and those among them who make a tenant, by the address it is reached at", async () => {
    const audience = "https://cell.example.com/mcp";
    const people = await servedProvider({ audience, nowEpochSeconds: () => Math.floor(Date.now() / 1_000) });
    onTestFinished(() => people.close());
    const { cell } = await lambdaCell(await testFolder(), [
      ...["--issuer", people.issuer, "--sign-up", "--url", "https://cell.example.com"],
    ]);
    const headers = {
      authorization: `Bearer ${await people.token({ sub: "ann" })}`,
      "content-type": "application/json",
    };

    const body = JSON.stringify({ tenantId: "geese", name: "Geese" });
    const made = await fetch(`${cell.url}/api/tenants`, { method: "POST", headers, body });
    const refused = await fetch(`${cell.url}/mcp`, { method: "POST" });

    expect(made.status).toBe(201);
    expect(refused.status).toBe(401);
    expect(refused.headers.get("x-amzn-remapped-www-authenticate")).toContain("https://cell.example.com/.well-known/");
  });
});

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}

/** One that has ended may wait for a parent that asks how. */
function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

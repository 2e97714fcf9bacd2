import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type CallerSide, connectV2, type RealClient } from "../../clients/real-client.ts";
import { type ServerUnderTest, startLambdaCell } from "../../conformance/lambda-cell.ts";

let cell: ServerUnderTest;
const opened: RealClient[] = [];

beforeAll(async () => {
  cell = await startLambdaCell("alb");
});

afterEach(async () => {
  for (const client of opened.splice(0)) await client.close();
});

afterAll(() => cell.close());

describe.each([
  { name: "2026-07-28", mode: "auto" },
  { name: "2025-11-25", mode: "legacy" },
] as const)("the official client, $name, behind a load balancer", ({ name, mode }) => {
  async function connected(side?: CallerSide): Promise<RealClient> {
    const client = await connectV2(mode)(cell.url, side);
    opened.push(client);
    return client;
  }

  test("agrees on its revision and lists the tools", async () => {
    const client = await connected();

    const tools = await client.tools();

    expect(client.protocolVersion).toBe(name);
    expect(tools).toEqual(expect.arrayContaining(["cyberchef_bake", "test_elicitation"]));
  });

  test("calls a tool", async () => {
    const client = await connected();

    const outcome = await client.call("cyberchef_bake", { input: "hello", recipe: [{ op: "To Base64" }] });

    expect(outcome).toMatchObject({ text: "aGVsbG8=", isError: false });
  });

  test("answers a question that a tool asks", async () => {
    const asked: string[] = [];
    const client = await connected({
      form: (message) => {
        asked.push(message);
        return { username: "ada", email: "ada@example.org" };
      },
    });

    const outcome = await client.call("test_elicitation", { message: "Who are you?" });

    expect(asked).toEqual(["Who are you?"]);
    expect(outcome.text).toBe('User response: action=accept, content={"username":"ada","email":"ada@example.org"}');
  });

  test("answers a question after a question", async () => {
    const client = await connected({
      form: (message): Record<string, string> => (message.startsWith("Step 1") ? { name: "Ada" } : { color: "blue" }),
    });

    const outcome = await client.call("test_input_required_result_multi_round");

    expect(outcome.text).toBe("Ada likes blue.");
  });
});

test("the probes of whoever watches the cell are answered", async () => {
  const headers = { "user-agent": "ELB-HealthChecker/2.0" };

  const probed = async () => {
    const ready = await fetch(`${cell.url}/health/ready`, { headers });
    return [ready.status, await ready.json()];
  };

  await expect.poll(probed).toMatchObject([200, { status: "ready", state: "ok", control: "ok" }]);
});

test("a path of no function gets what was deployed for it", async () => {
  const reply = await fetch(`${cell.url}/nowhere`);

  expect(reply.status).toBe(404);
  expect(await reply.json()).toEqual({ error: { code: "path_unknown" } });
});

test("a body above 1 MB is refused by the load balancer", async () => {
  const reply = await fetch(`${cell.url}/mcp`, { method: "POST", body: new Uint8Array(1_000_001) });

  expect(reply.status).toBe(413);
  expect(await reply.text()).toContain("413 Request Entity Too Large");
});

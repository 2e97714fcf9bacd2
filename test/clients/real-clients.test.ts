import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { eventually } from "../fixtures/eventually.ts";
import { type Fleet, startFleet } from "../fixtures/fleet.ts";
import { type CallerSide, connectV2, REAL_CLIENTS, type RealClient } from "./real-client.ts";

let fleet: Fleet;
let folder: string;
const opened: RealClient[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "skein-clients-"));
  // With every operation as a tool of its own, so that the list has several pages.
  fleet = await startFleet({ args: ["--surface", "all"] });
});

afterEach(async () => {
  for (const client of opened.splice(0)) await client.close();
});

afterAll(async () => {
  await fleet.close();
  rmSync(folder, { recursive: true, force: true });
});

const journalOf = (path: string): string[] => {
  const lines = readFileSync(path, { encoding: "utf8", flag: "a+" }).split("\n");
  return lines.flatMap((line) => line.split(" ")[0] || []);
};

describe.each(REAL_CLIENTS)("$name, through three processes without affinity", ({ connect, version }) => {
  async function connected(side?: CallerSide): Promise<RealClient> {
    const client = await connect(fleet.url, side);
    opened.push(client);
    return client;
  }

  test("the newest revision that both speak is agreed on", async () => {
    const client = await connected();

    expect(client.protocolVersion).toBe(version);
  });

  test("every page of the tools is listed, each tool once", async () => {
    const client = await connected();

    const names = await client.tools();

    expect(names).toEqual(expect.arrayContaining(["test_simple_text", "sum", "cyberchef_recipe_create"]));
    expect(names.length).toBeGreaterThan(400);
    expect(new Set(names).size).toBe(names.length);
  });

  test("a tool is called", async () => {
    const client = await connected();

    const outcome = await client.call("test_simple_text");

    expect(outcome).toMatchObject({ text: "This is a simple text response for testing.", isError: false });
  });

  test("structured content arrives as the output schema says", async () => {
    const client = await connected();
    await client.tools();

    const outcome = await client.call("sum", { summands: [1, 2, 3] });

    expect(outcome.structured).toEqual({ sum: 6 });
    expect(JSON.parse(outcome.text)).toEqual({ sum: 6 });
  });

  test("a failure on purpose is an error for the model", async () => {
    const client = await connected();

    const outcome = await client.call("test_error_handling");

    expect(outcome).toMatchObject({ text: "This tool intentionally returns an error for testing", isError: true });
  });

  test("progress arrives in order before the answer", async () => {
    const client = await connected();
    const seen: [number, number | undefined][] = [];

    await client.call("test_tool_with_progress", {}, { onProgress: (done, total) => seen.push([done, total]) });

    expect(seen).toEqual([
      [0, 100],
      [50, 100],
      [100, 100],
    ]);
  });

  test("log messages arrive where they were asked for", async () => {
    const logged: unknown[] = [];
    const client = await connected({ onLog: (data) => logged.push(data) });

    await client.call("test_tool_with_logging", {}, { logLevel: "info" });

    expect(logged).toEqual(["Tool execution started", "Tool processing data", "Tool execution completed"]);
  });

  test("a form is filled in", async () => {
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

  test("a person may say no", async () => {
    const client = await connected({ form: () => undefined });

    const outcome = await client.call("test_elicitation", { message: "Who are you?" });

    expect(outcome.text).toBe("User response: action=decline, content={}");
  });

  test("a question after a question is answered too", async () => {
    const client = await connected({
      form: (message): Record<string, string> => (message.startsWith("Step 1") ? { name: "Ada" } : { color: "blue" }),
    });

    const outcome = await client.call("test_input_required_result_multi_round");

    expect(outcome.text).toBe("Ada likes blue.");
  });

  test("the person, the model and the roots are asked at once", async () => {
    const client = await connected({
      form: () => ({ name: "Ada" }),
      model: () => "Good morning,",
      roots: ["file:///a", "file:///b"],
    });

    const outcome = await client.call("test_input_required_result_multiple_inputs");

    expect(outcome.text).toBe("Good morning, Ada: 2 root(s)");
  });

  test("the model sees what it is asked", async () => {
    const prompts: string[] = [];
    const client = await connected({
      model: (prompt) => {
        prompts.push(prompt);
        return "42";
      },
    });

    const outcome = await client.call("test_sampling", { prompt: "six times seven" });

    expect(prompts).toEqual([expect.stringContaining("six times seven")]);
    expect(outcome.text).toBe("LLM response: 42");
  });

  test("resources and templates are listed and read", async () => {
    const client = await connected();

    expect(await client.resources()).toContain("test://static-text");
    expect(await client.templates()).toContain("test://template/{id}/data");
    expect(await client.read("test://static-text")).toBe("This is the content of the static text resource.");
    expect(JSON.parse(await client.read("test://template/7/data"))).toMatchObject({ id: "7" });
    await expect(client.read("test://nowhere")).rejects.toThrow(/no such resource/);
  });

  test("prompts are listed and filled, also with an answer of the person", async () => {
    const client = await connected({ form: () => ({ context: "geese" }) });

    expect(await client.prompts()).toContain("test_prompt_with_arguments");
    expect(await client.prompt("test_prompt_with_arguments", { arg1: "a", arg2: "b" })).toBe(
      "Prompt with arguments: arg1='a', arg2='b'",
    );
    expect(await client.prompt("test_input_required_result_prompt")).toBe("Prompt with context: geese");
  });

  test("an argument is completed", async () => {
    const client = await connected();

    const values = await client.complete("test_prompt_with_arguments", "arg1", "par");

    expect(values).toEqual(["paris", "park", "party"]);
  });

  test("a cancelled call stops in the process that runs it", async () => {
    const client = await connected();
    const journal = join(folder, `cancelled-${version}-${opened.length}-${Math.floor(performance.now())}`);
    const leaving = new AbortController();

    const call = client.call("wait", { journal, ms: 20_000 }, { signal: leaving.signal });
    const outcome = expect(call).rejects.toThrow();
    await eventually(() => expect(journalOf(journal)).toEqual(["begun"]));
    leaving.abort();

    await outcome;
    await eventually(() => expect(journalOf(journal)).toEqual(["begun", "stopped"]));
  });

  test("a change of the tools made in another process is told to those who listen", async () => {
    let told = 0;
    const listening = await connected({ onToolsChanged: () => told++ });
    await listening.listen();
    const other = await connectV2("auto")(fleet.url);
    opened.push(other);

    // A stream of a session is opened beside the handshake, so the first change may come before it.
    await vi.waitFor(
      async () => {
        await other.call("test_trigger_tool_change");
        expect(told).toBeGreaterThan(0);
      },
      { timeout: 10_000, interval: 500 },
    );
  });

  test("a change of a resource made in another process is told to those who subscribed", async () => {
    const updated: string[] = [];
    const listening = await connected({ onResourceUpdated: (uri) => updated.push(uri) });
    await listening.subscribe("test://watched-resource");
    const other = await connectV2("auto")(fleet.url);
    opened.push(other);

    await vi.waitFor(
      async () => {
        await other.call("touch_resource", { uri: "test://watched-resource" });
        expect(updated).toContain("test://watched-resource");
      },
      { timeout: 10_000, interval: 500 },
    );
  });

  test("forty calls at once get each its own answer", async () => {
    const client = await connected();
    const summands = Array.from({ length: 40 }, (_none, index) => [index, 1]);

    const outcomes = await Promise.all(summands.map((pair) => client.call("sum", { summands: pair })));

    expect(outcomes.map((outcome) => outcome.structured)).toEqual(summands.map(([a = 0]) => ({ sum: a + 1 })));
  });
});

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Fleet, startFleet } from "../fixtures/fleet.ts";
import { inspect, installInspector } from "./inspector/inspector.ts";

const INSTALL_AND_START_MS = 180_000;

let fleet: Fleet;

beforeAll(async () => {
  await installInspector();
  fleet = await startFleet();
}, INSTALL_AND_START_MS);

afterAll(() => fleet.close());

describe.each(["legacy", "modern"] as const)("the Inspector's command line, %s", (era) => {
  async function inspected(...args: string[]): Promise<unknown> {
    const { exitCode, stdout, stderr } = await inspect(fleet.url, era, args);
    expect(exitCode, stderr).toBe(0);
    return z.looseObject({ result: z.unknown() }).parse(JSON.parse(stdout)).result;
  }

  test("tools are listed", async () => {
    const { tools } = z
      .looseObject({ tools: z.array(z.looseObject({ name: z.string() })) })
      .parse(await inspected("--method", "tools/list"));

    expect(tools.map((tool) => tool.name)).toContain("test_simple_text");
  });

  test("a tool is called with an argument", async () => {
    const result = await inspected("--method", "tools/call", "--tool-name", "count_up", "--tool-arg", "to=3");

    expect(JSON.stringify(result)).toContain("[1,2,3]");
  });

  test("a resource is read", async () => {
    const result = await inspected("--method", "resources/read", "--uri", "test://static-text");

    expect(result).toMatchObject({ contents: [{ uri: "test://static-text", mimeType: "text/plain" }] });
  });

  test("a prompt is filled", async () => {
    const result = await inspected(
      ...["--method", "prompts/get", "--prompt-name", "test_prompt_with_arguments"],
      ...["--prompt-args", "arg1=a", "arg2=b"],
    );

    expect(JSON.stringify(result)).toContain("arg1='a', arg2='b'");
  });

  test("no schema of a tool is unportable", async () => {
    const { exitCode, stderr } = await inspect(fleet.url, era, ["--method", "tools/list", "--strict"]);

    expect(exitCode, stderr).toBe(0);
  });
});

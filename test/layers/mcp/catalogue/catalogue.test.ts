import { describe, expect, test } from "vitest";
import { z } from "zod";
import { findTemplate, makeCatalogue, ToolkitInvalid } from "../../../../layers/mcp/catalogue/catalogue.ts";
import {
  definePrompt,
  defineResource,
  defineResourceTemplate,
  defineTool,
  type ToolAnnotations,
} from "../../../../layers/mcp/toolkit/tool.ts";

const tool = (name: string, more: { annotations?: ToolAnnotations; rerunnable?: boolean } = {}) =>
  defineTool({ name, description: "does nothing", input: z.object({}), run: () => "", ...more });
const resource = (uri: string) => defineResource({ uri, name: uri, read: () => "" });
const template = (uriTemplate: string) => defineResourceTemplate({ uriTemplate, name: uriTemplate, read: () => "" });
const prompt = (name: string) => definePrompt({ name, get: () => "" });

test("each kind stands in the order of its names, whatever the order and the toolkit they came in", () => {
  const catalogue = makeCatalogue([
    [tool("b"), prompt("z"), resource("x:2")],
    [tool("a"), tool("C"), prompt("y"), resource("x:1"), template("t:{b}"), template("t:a/{b}")],
  ]);

  expect([...catalogue.tools.keys()]).toEqual(["C", "a", "b"]);
  expect([...catalogue.prompts.keys()]).toEqual(["y", "z"]);
  expect([...catalogue.resources.keys()]).toEqual(["x:1", "x:2"]);
  expect([...catalogue.templates.keys()]).toEqual(["t:a/{b}", "t:{b}"]);
});

test.each([
  ["tool", [tool("same")], [tool("same")]],
  ["prompt", [prompt("same")], [prompt("same")]],
  ["resource", [resource("x:same")], [resource("x:same")]],
  ["resource_template", [template("t:{same}")], [template("t:{same}")]],
])("a %s that two toolkits name alike is refused", (kind, one, other) => {
  expect(() => makeCatalogue([one, other])).toThrow(ToolkitInvalid);
  expect(() => makeCatalogue([one, other])).toThrow(new RegExp(`two definitions of a ${kind} are named .*same`));
});

test("a tool and a prompt may have the same name", () => {
  expect(() => makeCatalogue([[tool("same"), prompt("same")]])).not.toThrow();
});

test.each(["", "a b", "a/b", "ä", "a\n", "a".repeat(129)])("%j is no tool's name", (name) => {
  expect(() => makeCatalogue([[tool(name)]])).toThrow(ToolkitInvalid);
});

test.each(["a", "A.b_c-9", "a".repeat(128), "__proto__", "constructor"])("%s is a tool's name", (name) => {
  expect([...makeCatalogue([[tool(name)]]).tools.keys()]).toEqual([name]);
});

describe("what can't be served is refused when the toolkits are put together, with the name of what is wrong", () => {
  test("a uri template", () => {
    expect(() => makeCatalogue([[template("t:{a}{b}")]])).toThrow(ToolkitInvalid);
    expect(() => makeCatalogue([[template("t:{a}{b}")]])).toThrow(/resource template t:\{a\}\{b\}: .*RFC 6570/);
  });

  test.each(["input", "output"] as const)("the dialect of an %s schema", (side) => {
    const wrong = { $schema: "https://json-schema.org/draft/2019-09/schema", type: "object" };
    const input = side === "input" ? wrong : {};
    const dated = defineTool({ name: "dated", description: "", input, output: wrong, run: () => ({}) });

    expect(() => makeCatalogue([[dated]])).toThrow(ToolkitInvalid);
    expect(() => makeCatalogue([[dated]])).toThrow(/tool dated: .*2019-09/);
  });
});

test("wrong header annotations are told at the first use of the tool's headers", () => {
  const input = { type: "object", properties: { a: { type: "number", "x-mcp-header": "A" } } };
  const entry = makeCatalogue([[defineTool({ name: "priced", description: "", input, run: () => "" })]]).tools.get(
    "priced",
  );

  expect(() => entry?.paramHeaders).toThrow(ToolkitInvalid);
  expect(() => entry?.paramHeaders).toThrow(/tool priced: x-mcp-header of a stands on a number/);
});

test.each([
  ["says nothing", {}, false],
  ["reads only", { annotations: { readOnlyHint: true } }, true],
  ["is idempotent", { annotations: { idempotentHint: true } }, true],
  ["says so itself", { rerunnable: true }, true],
  ["is idempotent and says no", { annotations: { idempotentHint: true }, rerunnable: false }, false],
])("a tool that %s is run again after a crash or not: %o", (_what, more, rerunnable) => {
  expect(makeCatalogue([[tool("t", more)]]).tools.get("t")?.rerunnable).toBe(rerunnable);
});

test("a uri finds the template that it is of, with its values", () => {
  const catalogue = makeCatalogue([[template("t:{a}"), template("t:x/{b}")]]);

  expect(findTemplate(catalogue, "t:x/1")).toMatchObject({
    template: { uriTemplate: "t:x/{b}" },
    variables: { b: "1" },
  });
  expect(findTemplate(catalogue, "t:1")).toMatchObject({ template: { uriTemplate: "t:{a}" }, variables: { a: "1" } });
  expect(findTemplate(catalogue, "u:1")).toBeUndefined();
});

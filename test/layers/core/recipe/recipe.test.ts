import { describe, expect, test } from "vitest";
import { ARGUMENT_DEPTH_MAX } from "../../../../layers/core/recipe/limits.ts";
import { parseChange, parseDraft, recipeSchemas } from "../../../../layers/core/recipe/recipe.ts";

const REFERENCE = "0b7e0f6a-6f0a-4c6e-8d7f-3a1f5f7c9d21";

function draftWith(changes: Readonly<Record<string, unknown>>) {
  return parseDraft({ name: "Decode", operations: [{ op: "From Base64" }], ...changes });
}

function flawsOf(result: ReturnType<typeof parseDraft>): readonly string[] {
  return result.ok ? [] : result.problem.flaws.map(({ path }) => path);
}

function nested(depth: number): unknown {
  let value: unknown = "deep";
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

test("a recipe takes operations with arguments by name and by position, and other recipes", () => {
  const operations = [
    { op: "From Base64", args: ["A-Za-z0-9+/=", true] },
    { op: "AES Decrypt", args: { key: { option: "Hex", string: "00" } }, disabled: true },
    { recipe: REFERENCE, breakpoint: true },
  ];

  const draft = draftWith({ operations, tags: ["a"], author: "a@example.com", metadata: { category: "crypto" } });

  expect(draft).toMatchObject({ ok: true, value: { operations } });
});

describe("each bound is the last that is taken", () => {
  test.each([
    ["name", { name: "n".repeat(200) }, { name: "n".repeat(201) }],
    ["description", { description: "d".repeat(1000) }, { description: "d".repeat(1001) }],
    ["tags", { tags: Array(20).fill("t") }, { tags: Array(21).fill("t") }],
    ["tags.0", { tags: ["t".repeat(50)] }, { tags: ["t".repeat(51)] }],
    ["operations", { operations: Array(100).fill({ op: "MD5" }) }, { operations: Array(101).fill({ op: "MD5" }) }],
    ["version", { version: "999999999.0.0" }, { version: "9999999999.0.0" }],
  ])("%s", (path, within, beyond) => {
    expect(draftWith(within).ok).toBe(true);
    expect(flawsOf(draftWith(beyond))).toEqual([path]);
  });

  test("depth of an argument", () => {
    const withArgument = (depth: number) => draftWith({ operations: [{ op: "MD5", args: { a: nested(depth) } }] });
    expect(withArgument(ARGUMENT_DEPTH_MAX).ok).toBe(true);
    expect(withArgument(ARGUMENT_DEPTH_MAX + 1).ok).toBe(false);
  });
});

test.each([
  ["no name", { name: "" }],
  ["no operations", { operations: [] }],
  ["an author who is no e-mail address", { author: "somebody" }],
  ["a version that is none", { version: "1.0" }],
  ["a field that recipes do not have", { colour: "red" }],
  ["a step that is neither operation nor recipe", { operations: [{}] }],
  ["a step that is both", { operations: [{ op: "MD5", recipe: REFERENCE }] }],
  ["a reference that is no id", { operations: [{ recipe: "my recipe" }] }],
  ["a reference with arguments", { operations: [{ recipe: REFERENCE, args: [] }] }],
  ["a step with a misspelled field", { operations: [{ op: "MD5", arg: [] }] }],
  ["arguments that are a text", { operations: [{ op: "MD5", args: "x" }] }],
  ["an unknown complexity", { metadata: { complexity: "extreme" } }],
])("a recipe with %s is refused, and where it is wrong is said", (_what, changes) => {
  const draft = draftWith(changes);

  expect(draft).toMatchObject({ ok: false, problem: { reason: "recipe_malformed" } });
  expect(flawsOf(draft)).toHaveLength(1);
});

test.each([[undefined], [null], ["recipe"], [[]], [7]])("%j is not a recipe", (raw) => {
  expect(parseDraft(raw)).toMatchObject({ ok: false, problem: { reason: "recipe_malformed" } });
});

test("a change names at least one field, and only fields that may change", () => {
  expect(parseChange({ description: "new" })).toEqual({ ok: true, value: { description: "new" } });
  expect(parseChange({})).toMatchObject({ ok: false, problem: { reason: "recipe_malformed" } });
  expect(parseChange({ version: "2.0.0" })).toMatchObject({ ok: false, problem: { reason: "recipe_malformed" } });
});

test("a version that was counted up past the given ones is still a saved recipe's", () => {
  const saved = {
    id: REFERENCE,
    name: "n",
    version: "1.0.1000000000",
    created: "2027-01-01T00:00:00.000Z",
    updated: "2027-01-01T00:00:00.000Z",
    operations: [{ op: "MD5" }],
  };

  expect(recipeSchemas().recipe.safeParse(saved).success).toBe(true);
});

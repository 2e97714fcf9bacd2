import { beforeEach, describe, expect, test } from "vitest";
import type { Recipe } from "../../../../layers/core/recipe/recipe.ts";
import { TEST_INPUTS_MAX } from "../../../../layers/cyberchef/tools/limits.ts";
import { type ChefBench, chefBench, type SimpleBaker, simpleBaker } from "../../../fixtures/chef-parts.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const UNKNOWN_ID = "0b7e0f6a-6f0a-4c6e-8d7f-3a1f5f7c9d21";
const DRAFT = { name: "Shout", operations: [{ op: "To Upper case" }] };

let baker: SimpleBaker;
let bench: ChefBench;
beforeEach(() => {
  baker = simpleBaker();
  bench = chefBench({ baker });
});

async function create(draft: Readonly<Record<string, unknown>> = DRAFT, options = {}): Promise<Recipe> {
  return (await bench.json("cyberchef_recipe_create", draft, options)) as Recipe;
}

const execute = (id: string, input: string) => bench.call("cyberchef_recipe_execute", { id, input });

describe("a recipe's life", () => {
  test("it is created, read, listed, changed, run and deleted", async () => {
    const recipe = await create({ ...DRAFT, tags: ["loud"], author: "ann@example.com" });
    const read = await bench.json("cyberchef_recipe_get", { id: recipe.id });
    const listed = await bench.json("cyberchef_recipe_list", { tag: "loud" });
    const changed = await bench.json("cyberchef_recipe_update", {
      id: recipe.id,
      operations: [{ op: "To Upper case" }, { op: "Reverse" }],
    });
    const output = await execute(recipe.id, "abc");
    const deleted = await bench.json("cyberchef_recipe_delete", { id: recipe.id });

    expect(recipe).toMatchObject({ ...DRAFT, version: "1.0.0", metadata: { complexity: "low" } });
    expect(read).toEqual(recipe);
    expect(listed).toEqual([recipe]);
    expect(changed).toMatchObject({ id: recipe.id, version: "1.0.1", tags: ["loud"] });
    expect(output).toEqual({ text: "CBA", isError: false });
    expect(deleted).toEqual({ success: true, id: recipe.id });
    expect(await bench.json("cyberchef_recipe_list", {})).toEqual([]);
  });

  test("calls that are run again have their effect once, and answer the same", async () => {
    const again = { callId: "the call" };
    const first = await create(DRAFT, again);
    const second = await create(DRAFT, again);
    const update = () => bench.json("cyberchef_recipe_update", { id: first.id, name: "Louder" }, { callId: "another" });
    const updates = [await update(), await update()];
    const remove = () => bench.json("cyberchef_recipe_delete", { id: first.id }, { callId: "a third" });
    const deletions = [await remove(), await remove()];

    expect(second).toEqual(first);
    expect(updates).toEqual([updates[0], updates[0]]);
    expect(updates[0]).toMatchObject({ version: "1.0.1", name: "Louder" });
    expect(deletions).toEqual([
      { success: true, id: first.id },
      { success: true, id: first.id },
    ]);
  });

  test("another tenant sees nothing of it", async () => {
    const { id } = await create();
    const other = { tenantId: tenant("other") };

    expect(await bench.json("cyberchef_recipe_list", {}, other)).toEqual([]);
    for (const [tool, args] of [
      ["cyberchef_recipe_get", { id }],
      ["cyberchef_recipe_update", { id, name: "mine" }],
      ["cyberchef_recipe_delete", { id }],
      ["cyberchef_recipe_execute", { id, input: "a" }],
      ["cyberchef_recipe_export", { id, format: "json" }],
      ["cyberchef_recipe_create", { name: "n", operations: [{ recipe: id }] }],
    ] as const) {
      const told = await bench.call(tool, args, other);
      expect(told).toEqual({ isError: true, text: expect.stringContaining(`Recipe not found: ${id}`) });
    }
  });
});

describe("no recipe is saved that could not run", () => {
  test.each([
    ["an unknown operation", [{ op: "Shout" }], /UNSUPPORTED_OPERATION.*"Shout"/],
    ["an operation that can't run here", [{ op: "HTTP request" }], /UNSUPPORTED_OPERATION.*network/],
    ["an argument that is wrong", [{ op: "To Hex", args: { delimiter: 7 } }], /INVALID_INPUT.*"Delimiter"/],
    ["a reference to nothing", [{ recipe: UNKNOWN_ID }], /Recipe not found/],
  ])("not with %s", async (_what, operations, text) => {
    const told = await bench.call("cyberchef_recipe_create", { name: "n", operations });

    expect(told).toEqual({ isError: true, text: expect.stringMatching(text) });
    expect(await bench.json("cyberchef_recipe_list", {})).toEqual([]);
  });

  test("nor does an update make one so", async () => {
    const inner = await create();
    const outer = await create({ name: "outer", operations: [{ recipe: inner.id }] });

    const cycle = await bench.call("cyberchef_recipe_update", { id: inner.id, operations: [{ recipe: outer.id }] });
    const nothing = await bench.call("cyberchef_recipe_update", { id: inner.id });

    expect(cycle).toEqual({ isError: true, text: expect.stringContaining("Circular dependency") });
    expect(nothing).toEqual({ isError: true, text: expect.stringContaining("nothing to change") });
    expect(await bench.json("cyberchef_recipe_get", { id: inner.id })).toEqual(inner);
  });
});

describe("composition", () => {
  test("runs the recipes referred to in their places, as they are now", async () => {
    const inner = await create();
    const outer = await create({ name: "outer", operations: [{ op: "Reverse" }, { recipe: inner.id }] });
    await bench.json("cyberchef_recipe_update", { id: inner.id, operations: [{ op: "To Hex", args: ["None"] }] });

    expect((await execute(outer.id, "ab")).text).toBe("6261");
  });

  test("that lost a recipe says which when it is run", async () => {
    const inner = await create();
    const outer = await create({ name: "outer", operations: [{ recipe: inner.id }] });
    await bench.json("cyberchef_recipe_delete", { id: inner.id });

    expect(await execute(outer.id, "a")).toEqual({
      isError: true,
      text: expect.stringContaining(`Recipe not found: ${inner.id}`),
    });
  });

  test("leaves disabled steps out", async () => {
    const { id } = await create({
      name: "n",
      operations: [{ op: "Reverse", disabled: true }, { op: "To Upper case" }],
    });

    expect((await execute(id, "ab")).text).toBe("AB");
  });
});

describe("validate", () => {
  const validate = (recipe: unknown) => bench.json("cyberchef_recipe_validate", { recipe });

  test("takes a recipe of a name and operations", async () => {
    expect(await validate(DRAFT)).toEqual({ valid: true, complexity: "low", operationCount: 1 });
  });

  test("takes a saved recipe as it was read", async () => {
    expect(await validate(await create())).toMatchObject({ valid: true });
  });

  test.each([
    ["no operations", { name: "n", operations: [] }, /operations/],
    ["no name", { operations: [{ op: "MD5" }] }, /name/],
    ["an unknown operation", { name: "n", operations: [{ op: "MD55" }] }, /"MD55"/],
    ["a reference to nothing", { name: "n", operations: [{ recipe: UNKNOWN_ID }] }, /not found/],
  ])("says what is wrong with %s", async (_what, recipe, error) => {
    expect(await validate(recipe)).toEqual({
      valid: false,
      error: expect.stringMatching(error),
      details: expect.any(Object),
    });
    expect(baker.asked).toEqual([]);
  });
});

describe("test", () => {
  const tryOut = (recipe: unknown, testInputs: readonly string[], options = {}) =>
    bench.call("cyberchef_recipe_test", { recipe, testInputs }, options);

  test("runs every input and tells each outcome in its place", async () => {
    const told = await tryOut({ name: "n", operations: [{ op: "Reverse" }] }, ["ab", "", "xyz"]);

    expect(JSON.parse(told.text)).toEqual({
      totalTests: 3,
      passed: 3,
      failed: 0,
      results: [
        { input: "ab", output: "ba", success: true },
        { input: "", output: "", success: true },
        { input: "xyz", output: "zyx", success: true },
      ],
    });
  });

  test("tells errors as results, and progress on the way", async () => {
    const progress: number[] = [];
    const told = await tryOut({ name: "n", operations: [{ op: "MD5" }] }, ["a", "b"], {
      progress: (done: number) => progress.push(done),
    });

    expect(JSON.parse(told.text)).toMatchObject({
      passed: 0,
      failed: 2,
      results: [{ error: expect.stringContaining("this baker can't"), success: false }, { success: false }],
    });
    expect(progress).toEqual([1, 2]);
  });

  test("refuses a recipe that is none, and takes no input at all", async () => {
    expect(await tryOut({ name: "n", operations: [{ op: "Nope" }] }, ["a"])).toMatchObject({ isError: true });
    expect(JSON.parse((await tryOut(DRAFT, [])).text)).toMatchObject({ totalTests: 0, results: [] });
    await expect(tryOut(DRAFT, Array(TEST_INPUTS_MAX + 1).fill("a"))).rejects.toThrow();
  });
});

describe("sharing", () => {
  const exported = async (id: string, format: string) =>
    (await bench.call("cyberchef_recipe_export", { id, format })).text;
  const imported = (data: string, format: string) => bench.call("cyberchef_recipe_import", { data, format });
  const NAMED = {
    name: "Hex",
    description: "as hex",
    tags: ["t"],
    author: "ann@example.com",
    metadata: { category: "encoding", complexity: "high" },
    operations: [
      { op: "To Hex", args: { delimiter: "None" } },
      { op: "Reverse", disabled: true },
    ],
  };

  test.each(["json", "yaml", "url"])("by %s brings the same recipe to another id, names and all", async (format) => {
    const recipe = await create(NAMED);

    const copy = JSON.parse((await imported(await exported(recipe.id, format), format)).text);

    expect(copy).toEqual({ ...recipe, id: copy.id, created: copy.created, updated: copy.updated });
    expect(copy).toMatchObject(NAMED);
    expect(copy.id).not.toBe(recipe.id);
  });

  test("by url is one link", async () => {
    const { id } = await create();

    expect(await exported(id, "url")).toMatch(/^cyberchef:\/\/recipe\?data=[\w-]+$/);
  });

  test("by cyberchef puts arguments in order, fills defaults, keeps flags and lays references out", async () => {
    const inner = await create({ name: "inner", operations: [{ op: "To Hex", args: { bytes_per_line: 4 } }] });
    const outer = await create({
      name: "outer",
      operations: [
        { op: "MD5", breakpoint: true },
        { recipe: inner.id, disabled: true },
      ],
    });

    const text = await exported(outer.id, "cyberchef");
    const copy = JSON.parse((await imported(text, "cyberchef")).text);

    const steps = [
      { op: "MD5", args: [], breakpoint: true },
      { op: "To Hex", args: ["Space", 4], disabled: true },
    ];
    expect(JSON.parse(text)).toEqual(steps);
    expect(copy).toMatchObject({ name: "Imported CyberChef recipe", operations: steps });
  });

  test("a recipe from CyberChef's web app runs once it is imported", async () => {
    const { text } = await imported("To_Upper_case('All')Reverse('Character')", "cyberchef");

    expect((await execute(JSON.parse(text).id, "abc")).text).toBe("CBA");
  });

  test.each([
    ["json", "{", "Failed to import recipe: it is not valid JSON"],
    ["json", '{"name":"n"}', "operations"],
    ["cyberchef", '[{"op":"No such operation","args":[]}]', "No such operation"],
    ["url", "https://example.com", "Failed to import recipe"],
  ])("a %s import of %s is refused and saves nothing", async (format, data, text) => {
    expect(await imported(data, format)).toEqual({ isError: true, text: expect.stringContaining(text) });
    expect(await bench.json("cyberchef_recipe_list", {})).toEqual([]);
  });
});

test("a list that is asked for what can't be is refused by its schema", async () => {
  for (const filter of [{ limit: 0 }, { limit: 1001 }, { limit: 1.5 }, { offset: -1 }, { offset: Number.NaN }]) {
    await expect(bench.call("cyberchef_recipe_list", filter)).rejects.toThrow();
  }
});

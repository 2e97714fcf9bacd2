import { describe, expect, test } from "vitest";
import { OPERATION_NAME_CHARACTERS_MAX } from "../../../../layers/core/recipe/limits.ts";
import { operationIndex } from "../../../../layers/cyberchef/operation-index.ts";
import { curatedOperations } from "../../../../layers/cyberchef/tools/curated-operations.ts";
import { toolNameOf } from "../../../../layers/cyberchef/tools/operation-tools.ts";
import { makeCatalogue } from "../../../../layers/mcp/catalogue/catalogue.ts";
import type { Tool } from "../../../../layers/mcp/toolkit/tool.ts";
import { BUILD_DIR, type ChefBenchParts, chefBench, simpleBaker } from "../../../fixtures/chef-parts.ts";

const index = operationIndex(BUILD_DIR);

function tools(parts: Partial<ChefBenchParts> = {}): readonly Tool[] {
  const { toolkit } = chefBench({ baker: simpleBaker(), ...parts });
  return toolkit.filter((definition): definition is Tool => definition.kind === "tool");
}

const namesOf = (surface: "index" | "curated" | "all") => tools({ surface }).map(({ name }) => name);

test("the index surface has these tools", () => {
  expect(namesOf("index").sort()).toEqual([
    "cyberchef_bake",
    "cyberchef_batch",
    "cyberchef_cache_clear",
    "cyberchef_cache_stats",
    "cyberchef_categories",
    "cyberchef_describe_operation",
    "cyberchef_list_operations",
    "cyberchef_magic",
    "cyberchef_quota_info",
    "cyberchef_recipe_create",
    "cyberchef_recipe_delete",
    "cyberchef_recipe_execute",
    "cyberchef_recipe_export",
    "cyberchef_recipe_get",
    "cyberchef_recipe_import",
    "cyberchef_recipe_list",
    "cyberchef_recipe_test",
    "cyberchef_recipe_update",
    "cyberchef_recipe_validate",
    "cyberchef_search",
    "cyberchef_telemetry_export",
    "cyberchef_worker_stats",
  ]);
});

test("the curated surface adds everyday operations, the full one every operation that can run, each once", () => {
  const [small, curated, all] = [namesOf("index"), namesOf("curated"), namesOf("all")];
  const runnable = index.operations.filter(({ unsupported }) => unsupported === undefined);

  expect(curated).toHaveLength(small.length + curatedOperations.length);
  expect(new Set(all).size).toBe(all.length);
  expect(all).toEqual(expect.arrayContaining([...curated, ...runnable.map(({ name }) => toolNameOf(name))]));
  expect(all).toHaveLength(small.length + runnable.length - 1);
});

test("every curated operation is one that can run", () => {
  const wrong = curatedOperations.filter((name) => {
    const operation = index.named(name);
    return operation?.name !== name || operation.unsupported !== undefined;
  });

  expect(wrong).toEqual([]);
});

test.each([
  ["To Base64", "cyberchef_to_base64"],
  ["Find / Replace", "cyberchef_find_replace"],
  ["Parse X.509 certificate", "cyberchef_parse_x_509_certificate"],
  ["Vigenère Decode", "cyberchef_vigen_re_decode"],
  ["XOR Brute Force", "cyberchef_xor_brute_force"],
])("the tool of %s is %s", (operation, tool) => {
  expect(toolNameOf(operation)).toBe(tool);
});

test("making the smaller surfaces reads no index, and listing reads it once", () => {
  let reads = 0;
  const counting = new Proxy(index, {
    get(target, property) {
      reads += 1;
      return Reflect.get(target, property);
    },
  });

  const curated = tools({ surface: "curated", index: counting });
  const before = reads;
  const [description] = curated.filter(({ name }) => name === "cyberchef_md5").map((tool) => tool.description);

  expect(before).toBe(0);
  expect(description).toMatch(/MD5/);
  expect(reads).toBeGreaterThan(0);
});

describe("every tool of the full surface", () => {
  const all = tools({ surface: "all" });
  const catalogue = makeCatalogue([all]);
  const schemaOf = (name: string) => catalogue.tools.get(name)?.input.json ?? {};

  test("says what it is and whether it changes anything", () => {
    for (const { name, title, description, annotations } of all) {
      expect([name, title === undefined, description.length > 0]).toEqual([name, false, true]);
      expect([name, typeof annotations?.readOnlyHint]).toEqual([name, "boolean"]);
    }
  });

  test("has a schema of an object whose properties every client can take", () => {
    for (const { name } of all) {
      const schema = schemaOf(name);
      const properties = Object.keys(schema.properties ?? {});
      expect([name, schema.type]).toEqual([name, "object"]);
      expect([name, properties.filter((property) => !/^[a-zA-Z0-9_.-]{1,64}$/.test(property))]).toEqual([name, []]);
    }
  });

  test("that is an operation takes an input and each of its arguments", () => {
    for (const operation of index.operations) {
      if (operation.unsupported !== undefined || operation.name === "Magic") continue;
      const { properties, required } = schemaOf(toolNameOf(operation.name));
      const args = operation.args.filter(({ type }) => type !== "label");
      expect([operation.name, required]).toEqual([operation.name, ["input"]]);
      expect([operation.name, Object.keys(properties ?? {}).length]).toEqual([operation.name, args.length + 1]);
      expect(operation.name.length).toBeLessThanOrEqual(OPERATION_NAME_CHARACTERS_MAX);
    }
  });

  test("writes only where it says so, and may then be run again", () => {
    const writers = [...catalogue.tools.values()].filter(({ tool }) => tool.annotations?.readOnlyHint !== true);

    expect(writers.map(({ tool }) => tool.name)).toEqual([
      "cyberchef_batch",
      "cyberchef_cache_clear",
      "cyberchef_recipe_create",
      "cyberchef_recipe_delete",
      "cyberchef_recipe_import",
      "cyberchef_recipe_update",
    ]);
    expect(writers.every(({ rerunnable }) => rerunnable)).toBe(true);
  });
});

test("the schema of an operation's tool is this one", () => {
  const tool = tools({ surface: "curated" }).find(({ name }) => name === "cyberchef_from_hex");
  const catalogue = makeCatalogue([tool === undefined ? [] : [tool]]);

  expect(JSON.parse(JSON.stringify(catalogue.tools.get("cyberchef_from_hex")?.input.json))).toEqual({
    type: "object",
    properties: {
      input: { type: "string", description: "The data" },
      delimiter: {
        type: "string",
        description: "Delimiter",
        default: "Auto",
        enum: expect.arrayContaining(["Auto", "Space", "None"]),
      },
    },
    required: ["input"],
  });
});

test("an operation's own tool bakes it, with arguments as its schema names them", async () => {
  const baker = simpleBaker();
  const bench = chefBench({ baker, surface: "all" });

  const told = await bench.call("cyberchef_to_hex", { input: "ab", delimiter: "None" });
  await bench.call("cyberchef_aes_encrypt", { input: "ab", key: { option: "UTF8", string: "k" }, input_arg: "Hex" });
  const missing = await bench.call("cyberchef_to_hex", { delimiter: "None" });
  const wrong = await bench.call("cyberchef_to_hex", { input: "ab", delimiter: "Nothing" });

  expect(told).toEqual({ text: "6162", isError: false });
  expect(baker.asked.map(({ steps }) => steps)).toEqual([
    [{ operation: "To Hex", args: { delimiter: "None" } }],
    [{ operation: "AES Encrypt", args: { key: { option: "UTF8", string: "k" }, input: "Hex" } }],
  ]);
  expect(missing).toEqual({ isError: true, text: expect.stringContaining("[MISSING_ARGUMENT]") });
  expect(wrong).toEqual({ isError: true, text: expect.stringMatching(/\[INVALID_INPUT\].*"Delimiter"/) });
});

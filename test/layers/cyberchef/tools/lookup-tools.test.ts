import { expect, test } from "vitest";
import { chefBench, simpleBaker } from "../../../fixtures/chef-parts.ts";

const bench = chefBench({ baker: simpleBaker() });

test("a search finds an operation by its words, and says what it does and what it takes", async () => {
  const found = await bench.json("cyberchef_search", { query: "base64 decode" });

  expect(found).toMatchObject({
    query: "base64 decode",
    matches: expect.any(Number),
    operations: expect.arrayContaining([{ operation: "From Base64", summary: expect.any(String), args: 3 }]),
    next: expect.stringContaining("cyberchef_describe_operation"),
  });
});

test("a detailed search gives the arguments too", async () => {
  const found = await bench.json("cyberchef_search", { query: "md6", detailed: true });

  expect(found).toMatchObject({
    operations: [{ operation: "MD6", args: [{ name: "size", type: "number", default: 256 }, {}, {}] }],
  });
});

test("a search without a hit says how to go on", async () => {
  expect(await bench.json("cyberchef_search", { query: "qqqqzzzz" })).toEqual({
    query: "qqqqzzzz",
    matches: 0,
    operations: [],
    next: expect.stringContaining("cyberchef_categories"),
  });
});

test("categories are listed with counts and three examples, and no empty one", async () => {
  const listed = (await bench.json("cyberchef_categories", {})) as {
    categories: { category: string; operations: number; examples: string[] }[];
    totalOperations: number;
  };

  expect(listed.totalOperations).toBe(505);
  expect(listed.categories.map(({ category }) => category)).toContain("Hashing");
  expect(listed.categories.every(({ operations, examples }) => operations > 0 && examples.length === 3)).toBe(true);
});

test("a category's operations are listed, its name in any case", async () => {
  const listed = await bench.json("cyberchef_list_operations", { category: " hashing " });

  expect(listed).toMatchObject({
    category: "Hashing",
    operations: expect.arrayContaining([{ operation: "MD5", summary: expect.any(String), args: 0 }]),
  });
});

test("an unknown category is refused with those that there are", async () => {
  const told = await bench.call("cyberchef_list_operations", { category: "Hash" });

  expect(told.isError).toBe(true);
  expect(told.text).toMatch(/^Error \[INVALID_INPUT\][\s\S]*Hashing/);
});

test("an operation is described with every argument that it takes", async () => {
  const described = await bench.json("cyberchef_describe_operation", { operations: "aes encrypt" });

  expect(described).toMatchObject({
    operations: [
      {
        operation: "AES Encrypt",
        inputType: "string",
        outputType: "string",
        flowControl: false,
        args: expect.arrayContaining([
          {
            name: "key",
            type: "toggleString",
            default: { option: "Hex", string: "" },
            options: ["Hex", "UTF8", "Latin1", "Base64"],
            shape: "string, or {option, string}",
          },
          { name: "mode", type: "option", default: "CBC", options: expect.arrayContaining(["GCM"]) },
          { name: "input_arg", type: "option", default: "Raw", options: ["Raw", "Hex"] },
        ]),
        run: expect.stringContaining('"op":"AES Encrypt"'),
      },
    ],
  });
});

test("several operations are described at once, and one that is unknown or can't run stops none", async () => {
  const described = await bench.json("cyberchef_describe_operation", {
    operations: ["Fork", "Base sixty four", "HTTP request"],
  });

  expect(described).toMatchObject({
    operations: [
      { operation: "Fork", flowControl: true },
      { operation: "Base sixty four", error: expect.stringContaining("no such operation") },
      { operation: "HTTP request", run: expect.stringContaining("network") },
    ],
  });
});

import { createCipheriv, createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import type { Recipe } from "../../../../layers/core/recipe/recipe.ts";
import { processBaker } from "../../../../layers/cyberchef/baker.ts";
import { operationIndex } from "../../../../layers/cyberchef/operation-index.ts";
import { systemClock } from "../../../../layers/node/system-clock.ts";
import { BUILD_DIR, chefBench } from "../../../fixtures/chef-parts.ts";

const index = operationIndex(BUILD_DIR);
const baker = processBaker({
  index,
  buildDir: BUILD_DIR,
  processesMax: 2,
  memoryBytesMax: 256 * 1024 * 1024,
  queueMax: 100,
  operationTimeoutMs: 20_000,
  clock: systemClock(),
});
const bench = chefBench({ baker, index, surface: "all" });
afterAll(() => baker.close());

const bake = (input: string, recipe: readonly unknown[], options = {}) =>
  bench.call("cyberchef_bake", { input, recipe }, options);

describe("bake", () => {
  test("runs a chain of operations, their arguments by name, by position and left out", async () => {
    const text = "the quick brown fox";
    const packed = gzipSync(text).toString("base64");

    const unpacked = await bake(packed, ["From Base64", { op: "Gunzip" }, { op: "SHA2", args: { size: "256" } }]);

    expect(unpacked).toEqual({ text: createHash("sha256").update(text).digest("hex"), isError: false });
  });

  test("encrypts as openssl does, with keys in either form", async () => {
    const key = "000102030405060708090a0b0c0d0e0f";
    const iv = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
    const aes = createCipheriv("aes-128-cbc", Buffer.from(key, "hex"), Buffer.from(iv, "hex"));
    const cipher = Buffer.concat([aes.update("secret"), aes.final()]);

    const byName = await bake("secret", [
      {
        op: "AES Encrypt",
        args: { key: { option: "Hex", string: key }, iv, mode: "CBC", input_arg: "Raw", output: "Hex" },
      },
    ]);
    const ownTool = await bench.call("cyberchef_aes_encrypt", { input: "secret", key, iv, output: "Hex" });

    expect(byName).toEqual({ text: cipher.toString("hex"), isError: false });
    expect(ownTool).toEqual(byName);
  });

  test("follows flow control", async () => {
    const told = await bake("b,a,c", [{ op: "Fork", args: [",", ";", false] }, "To Upper case", "Merge", "Reverse"]);

    expect(told).toEqual({ text: "C;A;B", isError: false });
  });

  test("tells what an operation refuses", async () => {
    const told = await bake("not gzip", ["Gunzip"]);

    expect(told).toEqual({ isError: true, text: expect.stringMatching(/^Error \[OPERATION_FAILED\]: Gunzip/) });
  });

  test("ends what takes too long, and goes on with the next", async () => {
    const told = await bake(
      "a",
      [
        { op: "Label", args: ["l"] },
        { op: "Jump", args: ["l", 1_000_000_000] },
      ],
      {
        timeLeftMs: 1_000,
      },
    );

    expect(told).toEqual({ isError: true, text: expect.stringMatching(/^Error \[TIMEOUT\]/) });
    expect(await bake("ab", ["Reverse"])).toEqual({ text: "ba", isError: false });
  });
});

test("magic finds out how data was encoded", async () => {
  const encoded = Buffer.from("The quick brown fox jumps over the lazy dog").toString("base64");

  const told = await bench.call("cyberchef_magic", { input: encoded, depth: 2 });

  expect(told.isError).toBe(false);
  expect(told.text).toContain("From Base64");
  expect(told.text).toContain("The quick brown fox");
});

test("a batch of many operations is answered whole", async () => {
  const inputs = Array.from({ length: 30 }, (_, at) => `input ${at}`);

  const batch = await bench.json("cyberchef_batch", {
    operations: [
      ...inputs.map((input) => ({ tool: "cyberchef_sha1", arguments: { input } })),
      { tool: "cyberchef_gunzip", arguments: { input: "not gzip" } },
    ],
  });

  const sha1 = (text: string) => createHash("sha1").update(text).digest("hex");
  expect(batch).toMatchObject({
    successful: 30,
    failed: 1,
    results: inputs.map((input, index) => ({ index, result: sha1(input) })),
    errors: [{ index: 30 }],
  });
});

test("a saved recipe runs, also as a step of another, and what CyberChef exports runs the same", async () => {
  const inner = (await bench.json("cyberchef_recipe_create", {
    name: "hex",
    operations: [{ op: "To Hex", args: { delimiter: "None" } }],
  })) as Recipe;
  const outer = (await bench.json("cyberchef_recipe_create", {
    name: "reversed hex",
    operations: [{ op: "Reverse" }, { recipe: inner.id }],
  })) as Recipe;
  const { text } = await bench.call("cyberchef_recipe_export", { id: outer.id, format: "cyberchef" });
  const copy = (await bench.json("cyberchef_recipe_import", { data: text, format: "cyberchef" })) as Recipe;

  const outputs = await Promise.all(
    [outer.id, copy.id].map((id) => bench.call("cyberchef_recipe_execute", { id, input: "abc" })),
  );

  expect(outputs).toEqual([
    { text: "636261", isError: false },
    { text: "636261", isError: false },
  ]);
});

test("a recipe is tried on several inputs before it is saved", async () => {
  const tried = await bench.json("cyberchef_recipe_test", {
    recipe: { name: "n", operations: [{ op: "From Base64" }, { op: "Gunzip" }] },
    testInputs: [gzipSync("ok").toString("base64"), "bm8="],
  });

  expect(tried).toMatchObject({ passed: 1, failed: 1, results: [{ output: "ok" }, { success: false }] });
});

test("workers are told of", async () => {
  expect(await bench.json("cyberchef_worker_stats", {})).toMatchObject({
    enabled: true,
    threads: expect.any(Number),
    completed: expect.any(Number),
  });
});

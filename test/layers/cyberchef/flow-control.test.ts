import { afterAll, beforeAll, expect, test } from "vitest";
import type { BakeStep } from "../../../layers/core/recipe/baker.ts";
import { type BakerUnderTest, bakerUnderTest } from "./baker-under-test.ts";

let kitchen: BakerUnderTest;

beforeAll(async () => {
  kitchen = await bakerUnderTest();
});
afterAll(() => kitchen.baker.close());

const replace = (find: string, by: string): BakeStep => ({
  operation: "Find / Replace",
  args: { find: { option: "Regex", string: find }, replace: by },
});
const upper: BakeStep = { operation: "To Upper case" };
const base64: BakeStep = { operation: "To Base64" };
const fork: BakeStep = { operation: "Fork", args: ["\\n", "\\n", false] };
const merge: BakeStep = { operation: "Merge" };
const mergeNearest: BakeStep = { operation: "Merge", args: { merge_all: false } };

test("Fork runs the steps after it on each part, up to Merge", async () => {
  const output = await kitchen.text("a\nb", [fork, base64, merge, replace("=", "!")]);

  expect(output).toBe("YQ!!\nYg!!");
});

test("Fork joins with its own delimiter and takes escapes in both", async () => {
  const output = await kitchen.text("a,b", [
    { operation: "Fork", args: { split_delimiter: ",", merge_delimiter: "\\x2b" } },
    upper,
  ]);

  expect(output).toBe("A+B");
});

test("a fork in a fork ends at its own Merge", async () => {
  const comma: BakeStep = { operation: "Fork", args: [",", "+", false] };

  const output = await kitchen.text("a,b\nc", [fork, comma, upper, mergeNearest, replace("$", "!"), merge]);

  expect(output).toBe("A+B!\nC!");
});

test("a branch that refuses its input becomes its refusal, and the others go on", async () => {
  const output = await kitchen.text("1 2\n99\n3", [fork, { operation: "A1Z26 Cipher Decode" }, merge]);

  expect(output).toBe("ab\nError: all numbers must be between 1 and 26.\nc");
});

test("a branch that breaks ends the bake, and where errors are ignored stays as it was", async () => {
  const ignoring: BakeStep = { operation: "Fork", args: { ignore_errors: true } };
  const breaking: BakeStep = { operation: "Parse X.509 CRL" };

  const ended = await kitchen.bake("a\nb", [fork, breaking, merge]);
  const ignored = await kitchen.text("a\nb", [ignoring, breaking, merge]);

  expect(ended).toMatchObject({ ok: false, problem: { reason: "operation_failed", operation: "Parse X.509 CRL" } });
  expect(ignored).toBe("a\nb");
});

test("Subsection changes what matches and leaves the rest", async () => {
  const output = await kitchen.text("key=abc; other=abc", [
    { operation: "Subsection", args: { section_regex: "key=(\\w+)" } },
    upper,
    merge,
    replace("other", "OTHER"),
  ]);

  expect(output).toBe("key=ABC; OTHER=abc");
});

test("Subsection without a match skips to after its Merge", async () => {
  const output = await kitchen.text("abc", [
    { operation: "Subsection", args: { section_regex: "\\d+" } },
    upper,
    merge,
    replace("$", "!"),
  ]);

  expect(output).toBe("abc!");
});

test("Jump goes back as often as it may", async () => {
  const output = await kitchen.text("a", [
    { operation: "Label", args: ["again"] },
    replace("$", "b"),
    { operation: "Jump", args: ["again", 3] },
  ]);

  expect(output).toBe("abbbb");
});

test("Jump goes forward over steps", async () => {
  const output = await kitchen.text("a", [
    { operation: "Jump", args: ["end", 1] },
    upper,
    { operation: "Label", args: ["end"] },
    replace("$", "!"),
  ]);

  expect(output).toBe("a!");
});

test("Conditional Jump loops until what it looks for is there", async () => {
  const output = await kitchen.text("x", [
    { operation: "Label", args: ["again"] },
    replace("$", "x"),
    {
      operation: "Conditional Jump",
      args: { match_regex: "x{6}", invert_match: true, label_name: "again", maximum_jumps_if_jumping_backwards: 100 },
    },
  ]);

  expect(output).toBe("xxxxxx");
});

test("a jump to a label that is not there goes on", async () => {
  const output = await kitchen.text("a", [{ operation: "Jump", args: ["nowhere", 5] }, upper]);

  expect(output).toBe("A");
});

test("Register gives what it found to the arguments of later steps", async () => {
  const output = await kitchen.text("key=0f0f\nff00", [
    { operation: "Register", args: ["key=([\\da-f]*)"] },
    replace("key=.*\\n", ""),
    { operation: "From Hex" },
    { operation: "XOR", args: { key: { option: "Hex", string: "$R0" } } },
    { operation: "To Hex", args: { delimiter: "None" } },
  ]);

  expect(output).toBe("f00f");
});

test("a second Register counts on from the first, and a backslash keeps a reference as it is", async () => {
  const output = await kitchen.text("ab", [
    { operation: "Register", args: ["(a)"] },
    { operation: "Register", args: ["(b)"] },
    replace("^.*$", "$R1$R0\\\\$R0"),
  ]);

  expect(output).toContain("ba");
  expect(output).toContain("$R0");
});

test("registers taken in a branch are that branch's own", async () => {
  const output = await kitchen.text("a\nb", [
    fork,
    { operation: "Register", args: ["(.)"] },
    replace("^.*$", "<$R0>"),
    merge,
  ]);

  expect(output).toBe("<a>\n<b>");
});

test("Return ends the recipe, and Comment does nothing", async () => {
  const output = await kitchen.text("a", [
    { operation: "Comment", args: ["a note"] },
    upper,
    { operation: "Return" },
    base64,
  ]);

  expect(output).toBe("A");
});

test("Magic finds the recipe for a text that was encoded twice, and runs it", async () => {
  const encoded = Buffer.from(
    Buffer.from("It was the best of times, it was the worst of times.").toString("hex"),
  ).toString("base64");

  const [best] = JSON.parse(await kitchen.text(encoded, [{ operation: "Magic" }]));

  expect(best.recipe.map(({ op }: { op: string }) => op)).toEqual(["From Base64", "From Hex"]);
  expect(best.data).toMatch(/^It was the best of times/);
});

test("Magic in its intensive mode breaks a one-byte XOR by a crib", async () => {
  const hidden = Buffer.from(Buffer.from("attack at dawn").map((byte) => byte ^ 0x42)).toString("hex");

  const found = await kitchen.text(hidden, [
    { operation: "From Hex" },
    { operation: "Magic", args: { depth: 1, intensive_mode: true, crib_known_plaintext_string_or_regex: "dawn" } },
  ]);

  const recipes: readonly { op: string }[][] = JSON.parse(found).map(
    ({ recipe }: { recipe: { op: string }[] }) => recipe,
  );
  expect(recipes.map((recipe) => recipe.map(({ op }) => op))).toContainEqual(["XOR"]);
});

test("the step that refused the input is named, and what it said", async () => {
  const baked = await kitchen.bake("not json", [upper, { operation: "JSON Minify" }, base64]);

  expect(baked).toEqual({
    ok: false,
    problem: { reason: "operation_failed", operation: "JSON Minify", message: expect.stringContaining("JSON") },
  });
});

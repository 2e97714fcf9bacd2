import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDraft, type Recipe } from "../../../../../layers/core/recipe/recipe.ts";
import { IMPORT_CHARACTERS_MAX } from "../../../../../layers/cyberchef/tools/limits.ts";
import {
  exportJson,
  exportUrl,
  exportYaml,
} from "../../../../../layers/cyberchef/tools/recipe-format/recipe-export.ts";
import { type RecipeFormat, readImport } from "../../../../../layers/cyberchef/tools/recipe-format/recipe-import.ts";

const RECIPE: Recipe = {
  id: "0b7e0f6a-6f0a-4c6e-8d7f-3a1f5f7c9d21",
  name: "Decode",
  version: "1.2.3",
  created: "2027-01-01T00:00:00.000Z",
  updated: "2027-01-02T00:00:00.000Z",
  operations: [{ op: "From Base64", args: { alphabet: "A-Za-z0-9+/=", remove_non_alphabet_chars: true } }],
};
const { id: _id, created: _created, updated: _updated, ...KEPT } = RECIPE;

const exportAs = { json: exportJson, yaml: exportYaml, url: exportUrl } as const;

const anyText = fc.string({ unit: "binary", minLength: 1, maxLength: 20 });
const anyJson = fc.jsonValue({ maxDepth: 3, depthSize: "small" }).map((value) => JSON.parse(JSON.stringify(value)));
const anyArgs = fc.oneof(fc.array(anyJson, { maxLength: 3 }), fc.dictionary(anyText, anyJson, { maxKeys: 3 }));
const anyRecipe = fc.record(
  {
    name: anyText,
    description: fc.string({ unit: "binary", maxLength: 60 }),
    tags: fc.array(anyText, { maxLength: 3 }),
    operations: fc.array(fc.record({ op: anyText, args: anyArgs, disabled: fc.boolean() }, { requiredKeys: ["op"] }), {
      minLength: 1,
      maxLength: 4,
    }),
    metadata: fc.record({ category: anyText, complexity: fc.constantFrom("low", "medium", "high") }),
  },
  { requiredKeys: ["name", "operations"] },
);

describe.each(["json", "yaml", "url"] as const)("%s", (format) => {
  test("keeps all of a recipe but what is given anew", async () => {
    expect(await readImport(await exportAs[format](RECIPE), format)).toEqual({ ok: true, value: KEPT });
  });

  test("round trips whatever a recipe may hold, arguments by name with their names", async () => {
    await fc.assert(
      fc.asyncProperty(anyRecipe, async (fields) => {
        fc.pre(parseDraft(fields).ok);
        const exported = await exportAs[format]({ ...RECIPE, ...fields } as Recipe);
        const read = await readImport(exported, format);
        expect(read).toEqual({ ok: true, value: { ...KEPT, ...fields } });
      }),
      { numRuns: 150 },
    );
  });

  test.each([["null"], ["[]"], ['"recipe"'], ["7"]])("%s is not a recipe", async (json) => {
    const text = format === "url" ? `cyberchef://recipe?data=${Buffer.from(json).toString("base64url")}` : json;

    expect(await readImport(text, format)).toMatchObject({
      ok: false,
      problem: { reason: "import_malformed", format },
    });
  });
});

describe("recipes of CyberChef's web app", () => {
  const operations = [
    { op: "From Base64", args: ["A-Za-z0-9+/=", true, false] },
    { op: "To Hex", args: ["Space", 0], disabled: true },
  ];
  const CHEF = "From_Base64('A-Za-z0-9+/=',true,false)\nTo_Hex('Space',0/disabled)\n";

  test("are taken as its JSON and as its Chef format", async () => {
    for (const text of [JSON.stringify(operations), CHEF]) {
      expect(await readImport(text, "cyberchef")).toMatchObject({ ok: true, value: { operations } });
    }
  });

  test.each([
    `https://gchq.github.io/CyberChef/#recipe=${encodeURIComponent(CHEF.replaceAll("\n", ""))}&input=YWJj`,
    `https://example.com/?recipe=${encodeURIComponent(JSON.stringify(operations))}`,
    "#recipe=From_Base64('A-Za-z0-9%2B/%3D',true,false)To_Hex('Space',0/disabled)",
  ])("are taken as a link: %s", async (url) => {
    expect(await readImport(url, "url")).toMatchObject({ ok: true, value: { operations } });
  });

  test("have a name once they are imported", async () => {
    const read = await readImport("MD5()", "cyberchef");

    expect(parseDraft(read.ok ? read.value : undefined)).toMatchObject({
      ok: true,
      value: { name: "Imported CyberChef recipe" },
    });
  });
});

/** It can be read, and overflows the stack of whoever compares it. */
const DEEP = `{"name":${"[".repeat(5_000)}${"]".repeat(5_000)}}`;

describe("refused with the reason is", () => {
  test.each<[string, RecipeFormat, string, RegExp]>([
    ["text that is not JSON", "json", "{", /not valid JSON/],
    ["text that is not YAML", "yaml", "a: [", /not valid YAML/],
    ["YAML that names a key twice", "yaml", "name: a\nname: b", /not valid YAML/],
    ["YAML with aliases", "yaml", "name: &n a\ntags: [*n]", /aliases/],
    ["YAML nested out of all bounds", "yaml", `name: ${"[".repeat(20_000)}`, /./],
    ["JSON nested out of all bounds", "json", DEEP, /nested more than 500 deep/],
    ["JSON of the web app nested out of all bounds", "cyberchef", `[${DEEP}]`, /nested more than 500 deep/],
    ["a Chef format nested out of all bounds", "cyberchef", `MD5(${DEEP})`, /arguments/],
    ["a link without a recipe", "url", "https://example.com/", /#recipe=/],
    ["a link that is encoded wrong", "url", "https://example.com/#recipe=%E0%A4%A", /percent-encoded/],
    ["a link whose content is no recipe", "url", "cyberchef://recipe?data=AAAA", /not valid JSON/],
    ["a broken Chef format", "cyberchef", "MD5(", /missing/],
    ["broken JSON of the web app", "cyberchef", "[{", /not valid JSON/],
    ["text beyond the limit", "json", " ".repeat(IMPORT_CHARACTERS_MAX + 1), /longer than/],
  ])("%s", async (_what, format, text, why) => {
    expect(await readImport(text, format)).toEqual({
      ok: false,
      problem: { reason: "import_malformed", format, why: expect.stringMatching(why) },
    });
  });

  test("a bomb of aliases, before it goes off", async () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let at = 1; at < 12; at++)
      lines.push(
        `a${at}: &a${at} [${Array(10)
          .fill(`*a${at - 1}`)
          .join(", ")}]`,
      );

    const read = await readImport(lines.join("\n"), "yaml");

    expect(read).toMatchObject({ ok: false, problem: { why: expect.stringContaining("aliases") } });
  });
});

test("any text in any format is read or refused, never a fault", async () => {
  const format = fc.constantFrom<RecipeFormat>("json", "yaml", "url", "cyberchef");
  const text = fc.string({
    unit: fc.constantFrom("[", "]", "{", "}", ":", "-", "&a", "*a", "!", "'", '"', "\n", " ", "%", "(", ")"),
  });
  await fc.assert(
    fc.asyncProperty(text, format, async (given, as) => {
      expect(typeof (await readImport(given, as)).ok).toBe("boolean");
    }),
    { numRuns: 1000 },
  );
});

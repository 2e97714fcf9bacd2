import { JSON_DEPTH_MAX, parsedJson } from "../../../core/parsed-json.ts";
import { ok, type Result, refused } from "../../../core/result.ts";
import { IMPORT_CHARACTERS_MAX } from "../limits.ts";
import { parseChefFormat } from "./chef-format.ts";
import { RECIPE_URL_PREFIX } from "./recipe-export.ts";

export type RecipeFormat = "json" | "yaml" | "url" | "cyberchef";

export type ImportProblem = {
  readonly reason: "import_malformed";
  readonly format: RecipeFormat;
  readonly why: string;
};

const IMPORTED = { name: "Imported CyberChef recipe", description: "Imported from CyberChef format" } as const;
/** Given anew, or worked out, when a recipe is made. */
const GIVEN_ANEW = new Set(["id", "created", "updated"]);

/**
 * Reads an exported recipe as far as its format goes: what it answers with is still to be read as a recipe.
 *
 * `url` also takes a link of CyberChef's web app, and `cyberchef` both formats that the web app saves: its JSON and its
 * "Chef format". Those name no recipe, so one name stands for all.
 */
export async function readImport(text: string, format: RecipeFormat): Promise<Result<unknown, ImportProblem>> {
  const malformed = (why: string) => refused({ reason: "import_malformed", format, why } as const);
  if (text.length > IMPORT_CHARACTERS_MAX) return malformed(`it is longer than ${IMPORT_CHARACTERS_MAX} characters`);
  const read = await readFormat(text, format);
  return read.ok ? read : malformed(read.problem);
}

async function readFormat(text: string, format: RecipeFormat): Promise<Result<unknown, string>> {
  switch (format) {
    case "json":
      return recipeOf(parseJson(text));
    case "yaml":
      return recipeOf(await parseYaml(text));
    case "url":
      return readUrl(text.trim());
    case "cyberchef":
      return readSteps(text.trim());
  }
}

function readUrl(url: string): Result<unknown, string> {
  if (url.startsWith(RECIPE_URL_PREFIX)) {
    const encoded = url.slice(RECIPE_URL_PREFIX.length);
    return recipeOf(parseJson(Buffer.from(encoded, "base64url").toString()));
  }
  const recipe = /[#?&]recipe=([^&]*)/.exec(url)?.[1];
  if (recipe === undefined) {
    return refused(`it neither starts with ${RECIPE_URL_PREFIX} nor is a link of CyberChef's with #recipe=`);
  }
  try {
    return readSteps(decodeURIComponent(recipe));
  } catch (cause) {
    if (cause instanceof URIError) return refused("the recipe in the link is not percent-encoded right");
    throw cause;
  }
}

function readSteps(text: string): Result<unknown, string> {
  if (!text.startsWith("[")) {
    const steps = parseChefFormat(text);
    return steps.ok ? ok({ ...IMPORTED, operations: steps.value }) : refused(steps.problem.why);
  }
  const steps = parseJson(text);
  return steps.ok ? ok({ ...IMPORTED, operations: steps.value }) : steps;
}

function parseJson(text: string): Result<unknown, string> {
  const json = parsedJson(text);
  return json === undefined ? refused(`it is not valid JSON, or is nested more than ${JSON_DEPTH_MAX} deep`) : ok(json);
}

/** Without aliases: a few of them can stand for more than fits into memory, and no export of ours has any. */
async function parseYaml(text: string): Promise<Result<unknown, string>> {
  const { parseDocument } = await import("yaml");
  try {
    const document = parseDocument(text, { schema: "core", uniqueKeys: true });
    const [flaw] = document.errors;
    if (flaw !== undefined) return refused(`it is not valid YAML: ${flaw.message}`);
    return ok<unknown>(document.toJS({ maxAliasCount: 0 }));
  } catch (cause) {
    if (cause instanceof ReferenceError) return refused("it holds aliases, which are not taken");
    if (cause instanceof RangeError) return refused("it is nested too deep");
    throw cause;
  }
}

function recipeOf(read: Result<unknown, string>): Result<unknown, string> {
  if (!read.ok) return read;
  if (typeof read.value !== "object" || read.value === null || Array.isArray(read.value)) {
    return refused("it is not one recipe with a name and operations");
  }
  return ok(Object.fromEntries(Object.entries(read.value).filter(([name]) => !GIVEN_ANEW.has(name))));
}

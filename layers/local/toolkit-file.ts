import { registerHooks } from "node:module";
import { parse } from "node:path";
import { pathToFileURL } from "node:url";
import { ok, type Result, refused } from "../core/result.ts";
import { makeCatalogue, ToolkitInvalid } from "../mcp/catalogue/catalogue.ts";
import type { Definition, Toolkit, Toolkits } from "../mcp/toolkit/tool.ts";

export type ToolkitProblem = { readonly reason: "toolkit_refused"; readonly file: string; readonly why: string };

const KINDS: Record<Definition["kind"], string> = {
  tool: "defineTool",
  resource: "defineResource",
  resource_template: "defineResourceTemplate",
  prompt: "definePrompt",
};

/**
 * Loads people's own toolkits from anywhere on the disk; for them `skein/toolkit` (or `skein`) is `api`.
 *
 * @param builtIn what is served already: names must be new beside it and beside each other.
 * @returns each by the name of its file without the extension.
 */
export async function loadToolkits(
  files: readonly string[],
  { api, builtIn }: { readonly api: URL; readonly builtIn: Toolkits },
): Promise<Result<Toolkits, ToolkitProblem>> {
  resolveApi(api, new Set(files.map((file) => pathToFileURL(file).href)));
  const toolkits: Record<string, Toolkit> = {};
  for (const file of files) {
    const loaded = await loadToolkit(file);
    const name = parse(file).name;
    const served = { ...builtIn, ...toolkits };
    const why = loaded.ok ? conflict(served, name, loaded.value) : loaded.problem;
    if (why !== undefined) return refused({ reason: "toolkit_refused", file, why });
    if (loaded.ok) toolkits[name] = loaded.value;
  }
  return ok(toolkits);
}

function resolveApi(api: URL, entries: ReadonlySet<string>): void {
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === "skein/toolkit" || specifier === "skein") return { url: api.href, shortCircuit: true };
      const resolved = next(specifier, context);
      // Where no package.json near the file tells, Node would try both kinds of module and warn that it did.
      if (resolved.format != null || !entries.has(resolved.url)) return resolved;
      return { ...resolved, format: /\.m?ts$/.test(resolved.url) ? "module-typescript" : "module" };
    },
  });
}

async function loadToolkit(file: string): Promise<Result<Toolkit, string>> {
  let module: unknown;
  try {
    module = await import(pathToFileURL(file).href);
  } catch (error) {
    return refused(`can't be imported: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  const exported = hasDefault(module) ? module.default : undefined;
  if (exported === undefined) return refused("has no default export; it is a definition, or an array of them");
  const definitions: readonly unknown[] = Array.isArray(exported) ? exported : [exported];
  const wrong = definitions.findIndex((definition) => !isDefinition(definition));
  if (wrong >= 0) {
    const makers = Object.values(KINDS).join(", ");
    return refused(`exports something else than definitions: number ${wrong + 1} was not made by ${makers}`);
  }
  return ok(definitions.filter(isDefinition));
}

function hasDefault(module: unknown): module is { readonly default: unknown } {
  return typeof module === "object" && module !== null && "default" in module;
}

function isDefinition(value: unknown): value is Definition {
  return (
    typeof value === "object" &&
    value !== null &&
    "kind" in value &&
    typeof value.kind === "string" &&
    Object.hasOwn(KINDS, value.kind)
  );
}

/** Why a toolkit can't be served beside the others. */
function conflict(served: Toolkits, name: string, toolkit: Toolkit): string | undefined {
  if (Object.hasOwn(served, name)) return `there is another toolkit named ${name}: a toolkit has the name of its file`;
  try {
    const { tools } = makeCatalogue([...Object.values(served), toolkit]);
    // Read here, since a tool's headers are otherwise worked out at its first call.
    for (const definition of toolkit) {
      if (definition.kind === "tool") tools.get(definition.name)?.paramHeaders.length;
    }
    return undefined;
  } catch (error) {
    if (error instanceof ToolkitInvalid) return error.message;
    throw error;
  }
}

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { OnLoadResult, Plugin, PluginBuild } from "esbuild";
import type { OperationSource } from "./cyberchef-index.ts";
import { sourceFixOf } from "./cyberchef-source-fixes.ts";

/** Node's own modules that operations get. Sockets, processes, threads and the rest are an empty object to them. */
const ALLOWED_BUILTINS = "assert|buffer|crypto|events|fs|path|punycode|stream|string_decoder|timers|url|util|zlib";
const OTHER_BUILTINS =
  "child_process|cluster|dgram|dns|fs/promises|http|http2|https|inspector|module|net|os|process|readline|tls|tty|vm|worker_threads";
/** Packages keep a slash behind a name where they mean the package of that name and not Node's module. */
const BUILTIN = new RegExp(`^(?:node:)?(${ALLOWED_BUILTINS}|${OTHER_BUILTINS})$`);
const ALLOWED = new RegExp(`^(?:${ALLOWED_BUILTINS})$`);
/** Optional parts that packages look for and can do without. */
const OPTIONAL = /^(?:encoding|sodium)$/;

interface Ingredients {
  /** The package's folder. */
  readonly cyberchef: string;
  /** What takes the place of CyberChef's Recipe. */
  readonly recipe: string;
  readonly operations: readonly OperationSource[];
  readonly magicConfig: unknown;
}

/** Teaches esbuild to bundle CyberChef's operations one by one, for a process without network. */
export function cyberChefPlugin(ingredients: Ingredients): Plugin {
  const { cyberchef, recipe, operations, magicConfig } = ingredients;
  return {
    name: "cyberchef",
    setup(build) {
      answer(build, /^cyberchef:dish$/, dishModule(cyberchef));
      answer(build, /^cyberchef:operations$/, operationsModule(operations));
      answer(build, /\/Recipe\.mjs$/, `export { Recipe as default } from ${JSON.stringify(recipe)};`);
      answer(build, /\/OperationConfig\.json$/, `export default ${JSON.stringify(magicConfig)};`);
      answer(build, OPTIONAL, "module.exports = {};");
      answerBuiltins(build);
      build.onLoad({ filter: /\.m?js$/ }, fixSource);
    },
  };
}

/** Gives the imports that match the module with this text. */
function answer(build: PluginBuild, filter: RegExp, contents: string): void {
  const namespace = `answer:${filter.source}`;
  build.onResolve({ filter }, ({ path }) => ({ path, namespace }));
  build.onLoad({ filter: /.*/, namespace }, () => ({ contents, resolveDir: import.meta.dirname, loader: "js" }));
}

function answerBuiltins(build: PluginBuild): void {
  build.onResolve({ filter: BUILTIN }, ({ path, importer, kind }) => {
    const name = path.replace(BUILTIN, "$1");
    // What `import()` gives has names, and those only a real module of Node has.
    const real = !importer.includes("node_modules") || (kind === "dynamic-import" && ALLOWED.test(name));
    return real ? { path: `node:${name}`, external: true } : { path: name, namespace: "builtin" };
  });
  build.onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({ contents: builtinModule(path) }));
}

/** `createRequire` is used to get at Node's own modules where `require` is not there; it gives the allowed ones too. */
function builtinModule(name: string): string {
  if (ALLOWED.test(name)) return `module.exports = process.getBuiltinModule(${JSON.stringify(name)});`;
  if (name !== "module") return "module.exports = {};";
  return `const get = (name) => (${ALLOWED}.test(name) ? process.getBuiltinModule(name) : {});
    module.exports = { createRequire: () => get };`;
}

function dishModule(cyberchef: string): string {
  return `export { default as Dish } from ${JSON.stringify(join(cyberchef, "src/core/Dish.mjs"))};
    export { default as File } from ${JSON.stringify(join(cyberchef, "src/node/File.mjs"))};`;
}

function operationsModule(operations: readonly OperationSource[]): string {
  const loaders = operations.map(({ name, path }) => `${JSON.stringify(name)}: () => import(${JSON.stringify(path)})`);
  return `export const operations = { ${loaders.join(",\n")} };`;
}

async function fixSource({ path }: { readonly path: string }): Promise<OnLoadResult | undefined> {
  const fix = sourceFixOf(path);
  return fix === undefined ? undefined : { contents: fix(await readFile(path, "utf8")), loader: "js" };
}

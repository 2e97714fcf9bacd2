import { builtinModules } from "node:module";
import type { Plugin } from "esbuild";

const BUILT_IN: ReadonlySet<string> = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));

/**
 * What a cell may do for long without, and Node takes milliseconds to load: loaded at the first use of one of its names.
 * So whoever imports one takes it by its names and lists them nowhere.
 */
const LATE: ReadonlySet<string> = new Set([
  "node:child_process",
  "node:crypto",
  "node:fs/promises",
  "node:https",
  "node:stream/web",
  "node:worker_threads",
]);

/**
 * Takes Node's own modules from the process. An `import` of one reads each of its exports, and some of those load half of
 * Node: all of undici behind `node:http` (27 ms of a cold start), the table of flags behind `node:process` (7 ms).
 */
export const lazyBuiltIns: Plugin = {
  name: "lazy-built-ins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z_:/0-9]+$/ }, ({ path, kind }) => {
      if (!BUILT_IN.has(path)) return undefined;
      // One that is imported late costs no start, and would have no names but `default` if it were taken from here.
      return kind === "dynamic-import" ? { path, external: true } : { path, namespace: "built-in", sideEffects: false };
    });
    onLoad({ filter: /./, namespace: "built-in" }, ({ path }) => ({
      contents: LATE.has(path) ? loadedAtFirstUse(path) : `module.exports = ${builtIn(path)};`,
    }));
  },
};

/** esbuild copies the names that a module has, and looks for all others in what it inherits from. */
function loadedAtFirstUse(path: string): string {
  return `let loaded;
    const get = (_, name) => (loaded ??= ${builtIn(path)})[name];
    module.exports = Object.create(new Proxy({}, { get }));`;
}

function builtIn(path: string): string {
  return `process.getBuiltinModule(${JSON.stringify(path)})`;
}

/** Zod's messages in forty languages are more than half of it, and every start would read them. */
export const englishZod: Plugin = {
  name: "english-zod",
  setup({ onLoad }) {
    const contents = 'export { default as en } from "./en.js";';
    onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({ contents }));
  },
};

/** Puts the JSON Schemas that the sources make as they are now in the place of the MCP function's empty ones. */
export const schemasMadeAhead: Plugin = {
  name: "schemas-made-ahead",
  setup({ onLoad }) {
    onLoad({ filter: /\/functions\/mcp\/schemas-ahead\.ts$/ }, async () => {
      const { schemasAhead } = await import("./schemas-ahead.ts");
      // As a text, which is read faster than so large a literal.
      const json = JSON.stringify(JSON.stringify(schemasAhead()));
      return { contents: `export const SCHEMAS_AHEAD = JSON.parse(${json});` };
    });
  },
};

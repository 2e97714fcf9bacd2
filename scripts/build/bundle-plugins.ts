import { builtinModules } from "node:module";
import type { Plugin } from "esbuild";

const BUILT_IN: ReadonlySet<string> = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));

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
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

/** Zod's messages in forty languages are more than half of it, and every start would read them. */
export const englishZod: Plugin = {
  name: "english-zod",
  setup({ onLoad }) {
    const contents = 'export { default as en } from "./en.js";';
    onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({ contents }));
  },
};

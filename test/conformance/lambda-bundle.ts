import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { build, type Plugin } from "esbuild";
import { bundling, writeModuleKind } from "../../scripts/build/bundle.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** Where a function's own toolkits begin. */
const OWN_TOOLKITS = /\btoolkits(?: =|:) \{(?=\s)/;

/** The functions that have tools: the one that answers calls, and the one that runs them as jobs. */
export type ToolFunction = "mcp" | "worker";

/** Bundles a function as it is deployed, with one more toolkit: what the suite expects of a server under test. */
export async function bundleForConformance(name: ToolFunction, folder: string): Promise<void> {
  const entry = resolve(ROOT, `functions/${name}/index.ts`);
  await build({
    ...bundling(ROOT),
    plugins: [...bundling(ROOT).plugins, moreTools(entry)],
    entryPoints: { index: entry },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
  });
  writeModuleKind(folder);
}

const moreTools = (entry: string): Plugin => ({
  name: "more-tools",
  setup(building) {
    building.onLoad({ filter: /functions\/(?:mcp|worker)\/index\.ts$/ }, () => {
      const source = readFileSync(entry, "utf8");
      if (!OWN_TOOLKITS.test(source)) throw new TypeError(`${entry} has no place that looks like ${OWN_TOOLKITS}`);
      const withExpected = source.replace(OWN_TOOLKITS, (begun) => `${begun} expected,`);
      const contents = `import expected from "../../test/conformance/toolkit.ts";\n${withExpected}`;
      return { contents, loader: "ts", resolveDir: resolve(entry, "..") };
    });
  },
});

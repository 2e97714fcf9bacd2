import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { build, type Plugin } from "esbuild";
import { bundling, writeModuleKind } from "../../scripts/build/bundle.ts";
import { schemasMadeAhead } from "../../scripts/build/bundle-plugins.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** Where a function's own toolkits begin. */
const OWN_TOOLKITS = /\btoolkits(?: =|:) \{(?=\s)/;

/** The functions that have tools: the one that answers calls, and the one that runs them as jobs. */
export type ToolFunction = "mcp" | "worker";

/** Bundles a function as it is deployed, with one more toolkit: what the suite expects of a server under test. */
export async function bundleForConformance(name: ToolFunction, folder: string): Promise<void> {
  await build({
    ...bundling(ROOT),
    plugins: [...bundling(ROOT).plugins, schemasMadeAhead, moreTools],
    entryPoints: { index: resolve(ROOT, `functions/${name}/index.ts`) },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
  });
  writeModuleKind(folder);
}

const moreTools: Plugin = {
  name: "more-tools",
  setup({ onLoad }) {
    onLoad({ filter: /functions\/(?:mcp\/server|worker\/index)\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      if (!OWN_TOOLKITS.test(source)) throw new TypeError(`${path} has no place that looks like ${OWN_TOOLKITS}`);
      const withExpected = source.replace(OWN_TOOLKITS, (begun) => `${begun} expected,`);
      const contents = `import expected from "../../test/conformance/toolkit.ts";\n${withExpected}`;
      return { contents, loader: "ts", resolveDir: dirname(path) };
    });
  },
};

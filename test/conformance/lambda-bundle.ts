import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { build, type Plugin } from "esbuild";
import { bundling, writeModuleKind } from "../../scripts/build/bundle.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const ENTRY = resolve(ROOT, "functions/mcp/index.ts");
const OWN_TOOLKITS = "toolkits: { ";

/** Bundles the MCP function as it is deployed, with one more toolkit: what the suite expects of a server under test. */
export async function bundleForConformance(folder: string): Promise<void> {
  await build({
    ...bundling(ROOT),
    plugins: [...bundling(ROOT).plugins, moreTools],
    entryPoints: { index: ENTRY },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
  });
  writeModuleKind(folder);
}

const moreTools: Plugin = {
  name: "more-tools",
  setup(building) {
    building.onLoad({ filter: /functions\/mcp\/index\.ts$/ }, () => {
      const source = readFileSync(ENTRY, "utf8");
      if (!source.includes(OWN_TOOLKITS)) throw new TypeError(`functions/mcp/index.ts has no "${OWN_TOOLKITS}"`);
      const contents = `import expected from "../../test/conformance/toolkit.ts";\n${source.replace(OWN_TOOLKITS, `${OWN_TOOLKITS}expected, `)}`;
      return { contents, loader: "ts", resolveDir: resolve(ENTRY, "..") };
    });
  },
};

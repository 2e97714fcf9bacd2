import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { BUILDERS, bundling, writeModuleKind } from "./bundle.ts";
import { schemasMadeAhead } from "./bundle-plugins.ts";
import { writeStamp } from "./stamp.js";

export interface FunctionBuild {
  readonly name: string;
  readonly stamp: string;
  /** What of the build lies beside its code, under which name, and the stamp by which it is known to be new. */
  readonly beside?: { readonly folder: string; readonly as: string; readonly stamp: string };
}

/**
 * Makes `build/functions/<name>` what Lambda unpacks: `index.mjs` with an exported `handler`, and the chunks that it loads
 * when it needs them, and what is laid beside it. Nothing else lies there, so that the same sources make the same code; the maps are in
 * `build/functions-maps/<name>`.
 */
export async function bundleFunction(root: string, { name, stamp, beside }: FunctionBuild): Promise<void> {
  const startedAtEpochMs = Date.now();
  const entry = `functions/${name}/index.ts`;
  mkdirSync(join(root, "build"), { recursive: true });
  const draft = mkdtempSync(join(root, "build", ".draft-"));
  try {
    const common = bundling(root);
    const { metafile } = await build({
      ...common,
      plugins: [...common.plugins, schemasMadeAhead],
      entryPoints: { index: entry },
      outdir: join(draft, "code"),
      outExtension: { ".js": ".mjs" },
      sourcemap: "external",
    });
    writeModuleKind(join(draft, "code"));
    setMapsApart(draft);
    if (beside !== undefined) cpSync(join(root, beside.folder), join(draft, "code", beside.as), { recursive: true });
    replace(join(draft, "code"), join(root, "build/functions", name));
    replace(join(draft, "maps"), join(root, "build/functions-maps", name));
    const sources = Object.keys(metafile.inputs).filter((path) => !path.startsWith("node_modules/"));
    const laid = beside === undefined ? [] : [beside.stamp];
    const inputs = [...sources, ...BUILDERS, ...laid, "package-lock.json"];
    writeStamp(root, stamp, { inputs: [...new Set(inputs)], startedAtEpochMs });
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function setMapsApart(draft: string): void {
  mkdirSync(join(draft, "maps"));
  for (const name of readdirSync(join(draft, "code"))) {
    if (name.endsWith(".map")) renameSync(join(draft, "code", name), join(draft, "maps", name));
  }
}

function replace(fresh: string, folder: string): void {
  mkdirSync(join(folder, ".."), { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
}

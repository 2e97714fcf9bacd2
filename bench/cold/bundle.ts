import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { bundling, writeModuleKind } from "../../scripts/build/bundle.ts";
import { ROOT } from "../subjects.ts";

/** Bundles a peer's function as ours are bundled. */
export async function bundlePeer(source: string, folder: string): Promise<void> {
  await build({
    ...bundling(ROOT),
    entryPoints: { index: resolve(ROOT, source) },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
  });
  writeModuleKind(folder);
}

/** All that is uploaded, unpacked. */
export function bundleKilobytes(folder: string): number {
  return readdirSync(folder).reduce((bytes, name) => bytes + statSync(join(folder, name)).size, 0) / 1024;
}

import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { englishZod, lazyBuiltIns } from "./bundle-plugins.ts";
import { writeStamp } from "./stamp.js";

export interface Bundle {
  /** Where it goes, from the root. */
  readonly folder: string;
  /** Output names (without `.js`) and the sources they are made of, from the root. */
  readonly entries: Readonly<Record<string, string>>;
  readonly stamp: string;
}

/** A change of the build makes another build. */
const BUILDERS = [
  "scripts/build.ts",
  ...["bundle.ts", "bundle-plugins.ts", "compile-ahead.ts", "stamp.js", "start-flags.ts"].map(
    (name) => `scripts/build/${name}`,
  ),
];

/** Processes that still run an older build may yet load its chunks. */
const OLD_CHUNK_KEPT_MS = 24 * 60 * 60_000;

/**
 * Bundles what is there of the entries. The files are moved to their place one by one, chunks first, so that whoever
 * starts or builds at the same time finds a whole build, the old one or the new.
 */
export async function bundle(root: string, { folder, entries, stamp }: Bundle): Promise<void> {
  const startedAtEpochMs = Date.now();
  mkdirSync(join(root, folder), { recursive: true });
  const draft = mkdtempSync(join(root, "build", ".draft-"));
  try {
    const present = Object.entries(entries).filter(([, source]) => existsSync(join(root, source)));
    const { metafile } = await build({
      absWorkingDir: root,
      entryPoints: Object.fromEntries(present),
      outdir: draft,
      bundle: true,
      splitting: true,
      chunkNames: "chunk-[hash]",
      format: "esm",
      platform: "node",
      target: "node24",
      minify: true,
      sourcemap: "linked",
      metafile: true,
      plugins: [lazyBuiltIns, englishZod],
      logLevel: "warning",
    });
    // The nearest one tells Node the kind of module; without it Node would look for and read the product's own.
    writeFileSync(join(draft, "package.json"), '{"type":"module"}');
    publish(draft, join(root, folder));
    const sources = Object.keys(metafile.inputs).filter((path) => !path.startsWith("node_modules/"));
    const inputs = [...Object.values(entries), ...sources, ...BUILDERS, "package-lock.json"];
    writeStamp(root, stamp, { inputs: [...new Set(inputs)], startedAtEpochMs });
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function publish(draft: string, folder: string): void {
  const fresh = readdirSync(draft).sort((left, right) => Number(isChunk(right)) - Number(isChunk(left)));
  for (const name of fresh) renameSync(join(draft, name), join(folder, name));
  for (const name of readdirSync(folder)) {
    const isOld = isChunk(name) && !fresh.includes(name);
    if (isOld && Date.now() - statSync(join(folder, name)).mtimeMs > OLD_CHUNK_KEPT_MS) rmSync(join(folder, name));
  }
}

function isChunk(name: string): boolean {
  return name.startsWith("chunk-");
}

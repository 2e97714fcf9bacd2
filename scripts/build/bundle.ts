import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { englishZod, lazyBuiltIns } from "./bundle-plugins.ts";
import { writeStamp } from "./stamp.js";

export interface Bundle {
  /** Where it goes, from the root. */
  readonly folder: string;
  /** Output names (without `.js`) and the sources they are made of, from the root. */
  readonly entries: Readonly<Record<string, string>>;
  readonly stamp: string;
  /** Stands as text in a template, in which CloudFormation takes `${name}` for a parameter: then nothing in it is written so. */
  readonly isInTemplate?: true;
}

/** A change of the build makes another build. */
export const BUILDERS: readonly string[] = [
  "scripts/build.ts",
  ...[
    "bundle.ts",
    "bundle-function.ts",
    "bundle-plugins.ts",
    "compile-ahead.ts",
    "schemas-ahead.ts",
    "stamp.js",
    "start-flags.ts",
  ].map((name) => `scripts/build/${name}`),
];

/** Processes that still run an older build may yet load its chunks. */
const OLD_CHUNK_KEPT_MS = 24 * 60 * 60_000;

/**
 * Bundles what is there of the entries. The files are moved to their place one by one, chunks first, so that whoever
 * starts or builds at the same time finds a whole build, the old one or the new.
 */
export async function bundle(root: string, { folder, entries, stamp, isInTemplate }: Bundle): Promise<void> {
  const startedAtEpochMs = Date.now();
  mkdirSync(join(root, folder), { recursive: true });
  const draft = mkdtempSync(join(root, "build", ".draft-"));
  try {
    const present = Object.entries(entries).filter(([, source]) => existsSync(join(root, source)));
    const { metafile } = await build({
      ...bundling(root),
      ...(isInTemplate && { supported: { "template-literal": false } }),
      entryPoints: Object.fromEntries(present),
      outdir: draft,
      sourcemap: "linked",
    });
    writeModuleKind(draft);
    publish(draft, join(root, folder));
    const sources = Object.keys(metafile.inputs).filter((path) => !path.startsWith("node_modules/"));
    const inputs = [...Object.values(entries), ...sources, ...BUILDERS, "package-lock.json"];
    writeStamp(root, stamp, { inputs: [...new Set(inputs)], startedAtEpochMs });
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** How everything that runs is bundled. */
export function bundling(root: string) {
  return {
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    chunkNames: "chunk-[hash]",
    format: "esm",
    platform: "node",
    target: "node24",
    minify: true,
    metafile: true,
    plugins: [lazyBuiltIns, englishZod],
    logLevel: "warning",
  } as const satisfies BuildOptions;
}

/** The nearest one tells Node the kind of module; without it Node would look for and read the product's own. */
export function writeModuleKind(folder: string): void {
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
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

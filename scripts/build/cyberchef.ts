import { createHash } from "node:crypto";
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { build, version as esbuildVersion, type Metafile } from "esbuild";
import { catalogueOf, findOperations, magicConfigOf, type OperationSource, readConfig } from "./cyberchef-index.ts";
import { cyberChefPlugin } from "./cyberchef-plugin.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const LAYER = join(ROOT, "layers/cyberchef");
/** Apart from our code, whose imports must not meet the packages that CyberChef brings along. */
const PACKAGE = join(LAYER, "package");
const CYBERCHEF = join(PACKAGE, "node_modules/cyberchef");
/** Where the operations, their index and the process that runs them are put: all that a baker needs at run time. */
export const CYBERCHEF_BUILD = join(ROOT, "build/cyberchef");

/** CyberChef's own packages are not there. */
export class CyberChefMissing extends Error {
  readonly code = "cyberchef_missing";

  constructor(options: { cause: unknown }) {
    super("CyberChef is not installed: run `npm ci --prefix layers/cyberchef/package`", options);
    this.name = "CyberChefMissing";
  }
}

/** True where the build is absent or made from other inputs. Reads a dozen small files. */
export async function isCyberChefStale(): Promise<boolean> {
  const [stamp, made] = await Promise.all([inputsStamp(), readFile(stampPath(CYBERCHEF_BUILD), "utf8").catch(absent)]);
  return stamp !== made;
}

/**
 * Bundles every operation into a chunk of its own, unless that was done from the same inputs.
 * The build appears whole or not at all, also beside another that runs at the same time.
 *
 * @param report called with a line for a person at each stage.
 */
export async function buildCyberChef({ report }: { readonly report: (line: string) => void }): Promise<void> {
  if (!(await isCyberChefStale())) return;
  const began = performance.now();
  const config = await readConfig(CYBERCHEF).catch((cause: unknown) => {
    throw new CyberChefMissing({ cause });
  });
  const sources = await findOperations(CYBERCHEF, config);
  report(`cyberchef ${config.version}: bundling ${sources.length} operations`);
  const folder = `${CYBERCHEF_BUILD}.${process.pid}.${Date.now().toString(36)}`;
  const stamp = await inputsStamp(); // before they are read: one that changes meanwhile makes the build stale
  const metafile = await bundle(folder, sources, magicConfigOf(config));
  const catalogue = catalogueOf(config, withChunks(sources, metafile));
  await writeFile(join(folder, "index.json"), JSON.stringify(catalogue));
  await writeFile(stampPath(folder), stamp);
  await replaceBuild(folder);
  const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  report(`cyberchef ${config.version}: ${(bytes / 1e6).toFixed(1)} MB in ${seconds} s`);
}

async function bundle(folder: string, operations: readonly OperationSource[], magicConfig: unknown): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: [join(LAYER, "kitchen/kitchen.ts"), join(LAYER, "kitchen/watch.ts")],
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    chunkNames: "[name]-[hash]",
    assetNames: "[name]",
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node24",
    resolveExtensions: [".mjs", ".js", ".json"],
    loader: { ".fnt": "file", ".png": "file", ".wasm": "file" },
    define: { __dirname: "import.meta.dirname", __filename: "import.meta.filename" },
    plugins: [
      cyberChefPlugin({ cyberchef: CYBERCHEF, recipe: join(LAYER, "kitchen/recipe.ts"), operations, magicConfig }),
    ],
    metafile: true,
    absWorkingDir: ROOT,
    logLevel: "error",
  });
  return metafile;
}

function withChunks(sources: readonly OperationSource[], { outputs }: Metafile) {
  const chunks = new Map(
    Object.entries(outputs).flatMap(([path, { entryPoint }]) =>
      entryPoint === undefined ? [] : [[join(ROOT, entryPoint), basename(path)] as const],
    ),
  );
  return sources.map((source) => ({ ...source, chunk: chunks.get(source.path) ?? "" }));
}

/** The old build goes and the new one comes by renaming, so no reader meets half of either. */
async function replaceBuild(folder: string): Promise<void> {
  if (await isCyberChefStale()) {
    const old = `${folder}.old`;
    await rename(CYBERCHEF_BUILD, old).catch(ifMissing);
    await rename(folder, CYBERCHEF_BUILD);
    await rm(old, { recursive: true, force: true });
  } else {
    await rm(folder, { recursive: true });
  }
}

function ifMissing(cause: unknown): void {
  if (!(cause instanceof Error && "code" in cause && cause.code === "ENOENT")) throw cause;
}

function absent(cause: unknown): undefined {
  ifMissing(cause);
}

const stampPath = (folder: string) => join(folder, "inputs.sha256");

async function inputsStamp(): Promise<string> {
  const hash = createHash("sha256").update(esbuildVersion);
  for (const file of await inputFiles()) hash.update(basename(file)).update(await readFile(file));
  return hash.digest("hex");
}

/** What the build is made from, and the mark of its end, as paths from the project's root. */
export async function cyberChefInputs(): Promise<readonly string[]> {
  return [...(await inputFiles()), stampPath(CYBERCHEF_BUILD)].map((file) => relative(ROOT, file));
}

async function inputFiles(): Promise<readonly string[]> {
  return [
    ...(await sourcesIn(import.meta.dirname, /^cyberchef.*\.ts$/)),
    ...(await sourcesIn(join(LAYER, "kitchen"), /\.ts$/)),
    join(LAYER, "unsupported-operations.ts"),
    join(PACKAGE, "package-lock.json"),
  ];
}

async function sourcesIn(folder: string, named: RegExp): Promise<readonly string[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => named.test(name))
    .sort()
    .map((name) => join(folder, name));
}

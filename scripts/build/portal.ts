import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import process from "node:process";
import { build } from "vite";
import { writeStamp } from "./stamp.js";

/** The pages, from the root, and the folder of `build/portal` that each goes to. */
const PAGES = { people: "portal/people" } as const;
/** Pages that are open still ask for what an older build had. */
const OLD_ASSET_KEPT_MS = 24 * 60 * 60_000;

/**
 * Builds the pages: each an `index.html`, with scripts and styles beside it whose names tell their content. What is new is
 * moved to its place before the page that names it.
 *
 * @returns the bytes of each page, with all that it loads.
 */
export async function buildPortal(root: string, stamp: string): Promise<ReadonlyMap<string, number>> {
  const startedAtEpochMs = Date.now();
  // Vite goes by it before its own mode, and whoever runs tests has said something else.
  process.env.NODE_ENV = "production";
  const inputs = new Set<string>([...ownFiles(root), "package-lock.json"]);
  const bytes = new Map<string, number>();
  for (const [name, source] of Object.entries(PAGES)) {
    mkdirSync(join(root, "build"), { recursive: true });
    const draft = mkdtempSync(join(root, "build", ".draft-"));
    try {
      for (const input of await buildPage(root, { source, name, draft })) inputs.add(input);
      bytes.set(name, bytesIn(draft));
      publish(draft, join(root, "build/portal", name));
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  }
  writeStamp(root, stamp, { inputs: [...inputs], startedAtEpochMs });
  return bytes;
}

interface PageDraft {
  readonly source: string;
  readonly name: string;
  readonly draft: string;
}

/** @returns the sources that it was made of, from the root. */
async function buildPage(root: string, { source, name, draft }: PageDraft): Promise<readonly string[]> {
  const inputs: string[] = [];
  await build({
    root: resolve(root, source),
    configFile: false,
    envDir: false,
    publicDir: false,
    logLevel: "warn",
    cacheDir: join(draft, ".cache"),
    // Children as arguments, not as a property: two kilobytes less.
    oxc: {
      jsx: { runtime: "classic", pragma: "h", pragmaFrag: "Fragment" },
      jsxInject: 'import { Fragment, h } from "preact";',
    },
    build: {
      outDir: draft,
      emptyOutDir: false,
      target: "es2023",
      // The first with light-dark(), of the first half of 2024: to write it out for older ones is a tenth of the styles.
      cssTarget: ["chrome123", "firefox120", "safari17.5"],
      modulePreload: { polyfill: false },
      // An inlined icon or style would need a policy that allows it.
      assetsInlineLimit: 0,
      reportCompressedSize: false,
    },
    // From the page's own path, which has no slash at its end: it may stand below that of a stage.
    experimental: {
      renderBuiltUrl: (file, { hostType }) => (hostType === "html" ? `${name}/${file}` : { relative: true }),
    },
    plugins: [
      {
        name: "inputs",
        generateBundle() {
          for (const id of this.getModuleIds()) inputs.push(relative(root, id.split("?")[0] ?? id));
        },
      },
    ],
  });
  return inputs.filter((path) => !path.startsWith("..") && !path.includes("node_modules") && !path.includes("\0"));
}

/** Also what no module names: styles that styles import, and how types are judged. */
function ownFiles(root: string): readonly string[] {
  const builders = ["scripts/build.ts", "scripts/build/portal.ts", "scripts/build/stamp.js"];
  const files = readdirSync(join(root, "portal"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
  return [...builders, ...files];
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

const bytesIn = (folder: string): number =>
  filesIn(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

function publish(draft: string, folder: string): void {
  mkdirSync(join(folder, "assets"), { recursive: true });
  const fresh = [...filesIn(draft)].sort((a, b) => Number(a === "index.html") - Number(b === "index.html"));
  for (const name of fresh) renameSync(join(draft, name), join(folder, name));
  for (const name of filesIn(folder)) {
    const isOld = Date.now() - statSync(join(folder, name)).mtimeMs > OLD_ASSET_KEPT_MS;
    if (isOld && !fresh.includes(name)) rmSync(join(folder, name));
  }
}

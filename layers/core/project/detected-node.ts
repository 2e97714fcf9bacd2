import * as z from "zod";
import type { WorkspaceLook } from "../ports/workspace.ts";
import type { DetectedTech } from "./detected-tech.ts";

/** What npm reads of a manifest and we need; whatever does not fit is as if it were not there. */
const Manifest = z.object({
  scripts: z.record(z.string(), z.string()).catch({}),
  main: z.string().optional().catch(undefined),
  dependencies: z.record(z.string(), z.unknown()).catch({}),
  devDependencies: z.record(z.string(), z.unknown()).catch({}),
});
type Manifest = z.infer<typeof Manifest>;

/** Packages that say what a project is made with, and the words for them. */
const FRAMEWORKS: readonly (readonly [name: string, word: string])[] = [
  ["next", "next"],
  ["nuxt", "nuxt"],
  ["astro", "astro"],
  ["vite", "vite"],
  ["react", "react"],
  ["vue", "vue"],
  ["svelte", "svelte"],
  ["@angular/core", "angular"],
  ["@nestjs/core", "nestjs"],
  ["express", "express"],
  ["fastify", "fastify"],
  ["koa", "koa"],
  ["hono", "hono"],
  ["typescript", "typescript"],
];

/** Of a debug host the script for development comes first. */
const SCRIPTS = ["dev", "start", "serve"];
/** Files that are run as they are where no script says how. */
const PROGRAMS = ["server.js", "server.mjs", "index.js", "index.mjs", "app.js", "main.js"];
/** By the lock file of each package manager. */
const RUNNERS: readonly (readonly [lockFile: string, run: string])[] = [
  ["pnpm-lock.yaml", "pnpm run"],
  ["yarn.lock", "yarn run"],
  ["bun.lock", "bun run"],
  ["bun.lockb", "bun run"],
];

export function detectedNode(
  { texts }: Pick<WorkspaceLook, "texts">,
  names: ReadonlySet<string>,
): DetectedTech | undefined {
  const manifest = manifestOf(texts.get("package.json"));
  const hasProgram = PROGRAMS.some((name) => names.has(name));
  const isPage = names.has("index.html");
  if (manifest === undefined && (!hasProgram || isPage)) return undefined;
  const used = { ...manifest?.dependencies, ...manifest?.devDependencies };
  const frameworks = FRAMEWORKS.filter(([name]) => Object.hasOwn(used, name)).map(([, word]) => word);
  return { tech: "node", stack: ["nodejs", ...frameworks], start: startOf(manifest, names) };
}

function startOf(manifest: Manifest | undefined, names: ReadonlySet<string>): DetectedTech["start"] {
  const script = SCRIPTS.find((name) => manifest !== undefined && Object.hasOwn(manifest.scripts, name));
  if (script !== undefined) {
    const run = RUNNERS.find(([lockFile]) => names.has(lockFile))?.[1] ?? "npm run";
    return { command: `${run} ${script}`, from: `package.json scripts.${script}` };
  }
  const main = manifest?.main?.replace(/^\.\//, "");
  if (main !== undefined && mayBeThere(main, names)) {
    return { command: `node ${quoted(main)}`, from: "package.json main" };
  }
  const program = PROGRAMS.find((name) => names.has(name));
  return program === undefined ? undefined : { command: `node ${program}`, from: program };
}

/** What lies in a folder below was not looked at. */
function mayBeThere(main: string, names: ReadonlySet<string>): boolean {
  return names.has(main) || names.has(`${main.split("/")[0]}/`);
}

/** One word for a shell, whatever is in it. */
function quoted(word: string): string {
  return /^[\w./-]+$/.test(word) && !word.startsWith("-") ? word : `'./${word.replaceAll("'", `'\\''`)}'`;
}

function manifestOf(text: string | undefined): Manifest | undefined {
  if (text === undefined) return undefined;
  const parsed = Manifest.safeParse(jsonOf(text));
  return parsed.success ? parsed.data : Manifest.parse({});
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // half-written, perhaps: the file's name alone still says what it is
  }
}

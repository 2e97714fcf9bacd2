/**
 * Brings `build/` up to date, telling on standard error what it does: all of it, or the parts that are named.
 * `--force` builds what is fresh too.
 */
import { cpSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { bundle } from "./build/bundle.ts";
import { bundleFunction } from "./build/bundle-function.ts";
import { compileAhead } from "./build/compile-ahead.ts";
import { buildCyberChef, cyberChefInputs } from "./build/cyberchef.ts";
import { FUNCTION_STAMPS, isFresh, STAMPS, writeStamp } from "./build/stamp.js";

const root = resolve(import.meta.dirname, "..");
const report = (line: string): void => void process.stderr.write(`${line}\n`);

async function buildCell(): Promise<void> {
  const entries = {
    main: "layers/local/main.ts",
    toolkit: "layers/local/toolkit-api.ts",
    "sqlite-writer": "layers/local/sqlite-writer.ts",
    runner: "layers/local/runner/runner-main.ts",
  };
  await bundle(root, { folder: "build/cell", entries, stamp: STAMPS.cell });
  await compileAhead(root);
}

/** Its bundler is loaded only where there is something to do. */
async function buildPages(): Promise<void> {
  const { buildPortal } = await import("./build/portal.ts");
  for (const [page, bytes] of await buildPortal(root, STAMPS.portal)) report(`  /${page}: ${bytes} bytes in all`);
}

/** What looks after a run in its task, whole in one file: it stands as text in the task's definition. */
async function buildSupervisor(): Promise<void> {
  const entries = { supervisor: "layers/node/supervisor/main.ts" };
  await bundle(root, { folder: "build/supervisor", entries, stamp: STAMPS.supervisor, isInTemplate: true });
}

/** As Lambda unpacks it: what lies in the layer lies in `/opt`. */
async function buildLayer(): Promise<void> {
  const startedAtEpochMs = Date.now();
  const layer = resolve(root, "build/layers/cyberchef");
  rmSync(layer, { recursive: true, force: true });
  cpSync(resolve(root, "build/cyberchef"), resolve(layer, "cyberchef"), { recursive: true, preserveTimestamps: true });
  writeStamp(root, STAMPS.layer, { inputs: [STAMPS.cyberchef], startedAtEpochMs });
}

async function buildOperations(): Promise<void> {
  const startedAtEpochMs = Date.now();
  await buildCyberChef({ report });
  writeStamp(root, STAMPS.cyberchef, { inputs: await cyberChefInputs(), startedAtEpochMs });
}

/** Served by the function for people. */
const PAGE = { folder: "build/portal/people", as: "page", stamp: STAMPS.portal };

const PARTS = [
  { name: "operations", stamp: STAMPS.cyberchef, build: buildOperations },
  { name: "cell", stamp: STAMPS.cell, build: buildCell },
  { name: "pages", stamp: STAMPS.portal, build: buildPages },
  { name: "CyberChef layer", stamp: STAMPS.layer, build: buildLayer },
  { name: "supervisor of tasks", stamp: STAMPS.supervisor, build: buildSupervisor },
  ...Object.entries(FUNCTION_STAMPS).map(([name, stamp]) => ({
    name: `${name} function`,
    stamp,
    build: () => bundleFunction(root, { name, stamp, ...(name === "people" && { beside: PAGE }) }),
  })),
];

const HELP = `Brings build/ up to date, all of it or the parts that are named.

  npm run build -- [PART…] [options]

  --force  build what is fresh too
  --help   print this and end

Parts: ${Object.keys(STAMPS).join(", ")}.
`;

/** A part is named by what it is, or by its stamp. */
const STAMP_OF = new Map(Object.entries(STAMPS).flatMap(([name, stamp]) => [[name, stamp] as const, [stamp, stamp]]));

const { values, positionals } = options();
if (values.help === true) {
  process.stdout.write(HELP);
  process.exit(0);
}
const named = positionals.map((given) => STAMP_OF.get(given) ?? refuse(`there is no part ${given}`));
const chosen = named.length === 0 ? PARTS : PARTS.filter(({ stamp }) => named.includes(stamp));

function options() {
  try {
    const known = { force: { type: "boolean" }, help: { type: "boolean" } } as const;
    return parseArgs({ options: known, allowPositionals: true });
  } catch (error) {
    if (error instanceof TypeError) refuse(error.message);
    throw error;
  }
}

function refuse(what: string): never {
  process.stderr.write(`${what}\n\n${HELP}`);
  process.exit(2);
}

for (const { name, stamp, build } of chosen) {
  if (values.force !== true && isFresh(root, stamp)) continue;
  const startedMs = performance.now();
  report(`building the ${name} …`);
  await build();
  report(`building the ${name} took ${Math.round(performance.now() - startedMs)} ms`);
}

/** Brings `build/` up to date. `--force` builds what is fresh too. */
import { resolve } from "node:path";
import process from "node:process";
import { type Bundle, bundle } from "./build/bundle.ts";
import { compileAhead } from "./build/compile-ahead.ts";
import { isFresh, STAMPS } from "./build/stamp.js";

const root = resolve(import.meta.dirname, "..");

const CELL: Bundle = {
  folder: "build/cell",
  entries: {
    main: "layers/local/main.ts",
    toolkit: "layers/local/toolkit-api.ts",
    "sqlite-writer": "layers/local/sqlite-writer.ts",
    "baker-worker": "layers/cyberchef/worker.ts",
  },
  stamp: STAMPS.cell,
};

const MCP_FUNCTION: Bundle = {
  folder: "build/functions/mcp",
  entries: { index: "functions/mcp/index.ts" },
  stamp: STAMPS.mcpFunction,
};

const isForced = process.argv.includes("--force");

for (const [part, finish] of [[CELL, compileAhead], [MCP_FUNCTION]] as const) {
  if (!isForced && isFresh(root, part.stamp)) continue;
  const startedMs = performance.now();
  process.stderr.write(`building ${part.folder} … `);
  await bundle(root, part);
  await finish?.(root);
  process.stderr.write(`${Math.round(performance.now() - startedMs)} ms\n`);
}

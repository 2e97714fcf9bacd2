/** `npm start`: brings the build up to date and runs it. Plain JavaScript, since types to strip cost a start 30 ms. */
import { resolve } from "node:path";
import { isFresh, STAMPS } from "./build/stamp.js";

const root = resolve(import.meta.dirname, "..");

// The functions are for deployment: a cell of one process starts without them.
const asLambda = process.argv.includes("--lambda");
const needed = asLambda ? Object.values(STAMPS) : [STAMPS.cyberchef, STAMPS.cell, STAMPS.portal];
if (!needed.every((stamp) => isFresh(root, stamp))) {
  const { spawnSync } = await import("node:child_process");
  const built = spawnSync(process.execPath, [resolve(root, "scripts/build.ts"), ...needed], {
    stdio: ["ignore", 2, 2],
  });
  if (built.status !== 0) process.exit(1);
}
// By its address: the compiler would follow a path, and judge the bundle as our source.
await import(new URL(asLambda ? "./lambda/main.ts" : "../build/cell/main.js", import.meta.url).href);

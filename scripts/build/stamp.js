import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Apart from the functions' code, which is deployed as it lies. */
export const FUNCTION_STAMPS = {
  mcp: "build/functions-maps/mcp/stamp.json",
  sessions: "build/functions-maps/sessions/stamp.json",
  jobs: "build/functions-maps/jobs/stamp.json",
  projects: "build/functions-maps/projects/stamp.json",
  passage: "build/functions-maps/passage/stamp.json",
  carrier: "build/functions-maps/carrier/stamp.json",
  worker: "build/functions-maps/worker/stamp.json",
  health: "build/functions-maps/health/stamp.json",
  usage: "build/functions-maps/usage/stamp.json",
  tenants: "build/functions-maps/tenants/stamp.json",
  claims: "build/functions-maps/claims/stamp.json",
  upkeep: "build/functions-maps/upkeep/stamp.json",
  people: "build/functions-maps/people/stamp.json",
  sockets: "build/functions-maps/sockets/stamp.json",
  delivery: "build/functions-maps/delivery/stamp.json",
};

/** The parts of a build, and where each leaves its stamp: what its inputs looked like. */
export const STAMPS = {
  cyberchef: "build/cyberchef.stamp.json",
  cell: "build/cell/stamp.json",
  portal: "build/portal/stamp.json",
  supervisor: "build/supervisor/stamp.json",
  layer: "build/layers/cyberchef.stamp.json",
  ...FUNCTION_STAMPS,
};

/**
 * Whether no input of a part has changed since it was built. Costs some microseconds an input.
 *
 * @param {string} root
 * @param {string} stamp
 * @returns {boolean}
 */
export function isFresh(root, stamp) {
  const stamped = readStamp(join(root, stamp));
  return stamped !== undefined && Object.entries(stamped).every(([path, look]) => lookOf(join(root, path)) === look);
}

/**
 * Written last, when all else is in its place.
 *
 * @param {string} root
 * @param {string} stamp
 * @param {{ inputs: readonly string[], startedAtEpochMs: number }} built inputs from `root`, also those that are absent
 */
export function writeStamp(root, stamp, { inputs, startedAtEpochMs }) {
  const looks = inputs.map((path) => [path, lookBefore(join(root, path), startedAtEpochMs)]);
  const draft = join(root, `${stamp}.${process.pid}`);
  writeFileSync(draft, JSON.stringify(Object.fromEntries(looks)));
  renameSync(draft, join(root, stamp));
}

/**
 * @param {string} file
 * @returns {Record<string, string> | undefined} undefined when there is none
 */
function readStamp(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** @param {string} file */
function lookOf(file) {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? "absent" : `${found.mtimeMs} ${found.size}`;
}

/**
 * An input that was changed while the build ran may not be in it.
 *
 * @param {string} file
 * @param {number} startedAtEpochMs
 */
function lookBefore(file, startedAtEpochMs) {
  const found = statSync(file, { throwIfNoEntry: false });
  return found !== undefined && found.mtimeMs >= startedAtEpochMs ? "changed meanwhile" : lookOf(file);
}

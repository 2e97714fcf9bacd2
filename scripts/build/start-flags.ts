import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * What `npm start` tells Node: to keep the young heap small, and never to put new objects among the old ones (Node would
 * after a first burst of calls, and what they hold would stay with them).
 *
 * Compiled code serves processes with the same flags alone, so whoever prepares or measures a start needs them too.
 */
export function startFlags(root: string): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return String(scripts.start)
    .split(" ")
    .filter((word) => word.startsWith("--"));
}

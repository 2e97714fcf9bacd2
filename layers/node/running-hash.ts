import { createHash } from "node:crypto";
import type { RunningHash } from "../core/workspace/read-archive.ts";

export function runningSha256(): RunningHash {
  const hash = createHash("sha256");
  return {
    update: (bytes) => void hash.update(bytes),
    end: () => hash.digest("hex"),
  };
}

import { resolve } from "node:path";
import { type Bundle, bundle } from "../scripts/build/bundle.ts";
import { isFresh } from "../scripts/build/stamp.js";

export const ROOT = resolve(import.meta.dirname, "..");

const SOURCES = {
  "call-skein": "bench/call/skein.ts",
  "call-tmcp": "bench/call/tmcp.ts",
  "call-official-sdk": "bench/call/official-sdk.ts",
  "call-floor": "bench/call/floor.ts",
  nothing: "bench/start/nothing.ts",
  "tmcp-server": "bench/peers/tmcp-server.ts",
  "official-sdk-server": "bench/peers/official-sdk-server.ts",
  "floor-server": "bench/http/floor-server.ts",
  load: "bench/http/load.ts",
  "jobs-skein": "bench/jobs/skein-process.ts",
  "jobs-plainjob": "bench/peers/plainjob-process.ts",
  "jobs-floor": "bench/jobs/floor-process.ts",
  "router-floor": "bench/router/floor-server.ts",
  "router-crowd": "bench/router/crowd-process.ts",
} as const;

/** Further files that a subject starts. */
const BESIDE: Partial<Readonly<Record<Subject, Bundle["entries"]>>> = {
  "jobs-skein": { "sqlite-writer": "layers/local/sqlite-writer.ts" },
};

export type Subject = keyof typeof SOURCES;

/** Bundles every process that is measured in the way the product is bundled, the peers too. */
export async function buildSubjects(): Promise<void> {
  for (const subject of Object.keys(SOURCES) as Subject[]) {
    const part: Bundle = {
      folder: `build/bench/${subject}`,
      entries: { index: SOURCES[subject], ...BESIDE[subject] },
      stamp: `build/bench/${subject}/stamp.json`,
    };
    if (!isFresh(ROOT, part.stamp)) await bundle(ROOT, part);
  }
}

export function entryOf(subject: Subject): string {
  return resolve(ROOT, "build/bench", subject, "index.js");
}

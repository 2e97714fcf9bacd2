import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PageFiles } from "../../functions/people/page.ts";
import type { Route } from "../http/router.ts";
import { onceLoaded } from "./loaded-at-first-call.ts";
import { places } from "./places.ts";

const METHODS = ["GET", "HEAD"] as const;

/** The pages for people, as the build has left them. Loaded at the first call, and then kept: some eighty kilobytes. */
export function pageRoutes(): readonly Route[] {
  const loaded = onceLoaded(async () => {
    const [{ peoplePage }, { sha256 }] = await Promise.all([
      import("../../functions/people/page.ts"),
      import("../node/sha256.ts"),
    ]);
    const files = onceLoaded(() => pageFiles(join(places().portalFolder, "people")));
    return peoplePage({ files, digest: sha256 });
  });
  return ["/people", "/people/"].map((path) => ({
    path,
    methods: METHODS,
    handler: async (request, call) => (await loaded())(request, call),
  }));
}

/** @returns undefined where nothing was built. */
export async function pageFiles(folder: string): Promise<PageFiles | undefined> {
  const names = await readdir(join(folder, "assets")).catch(noneOf);
  if (names === undefined) return undefined;
  const read = names.map(async (name) => [name, await readFile(join(folder, "assets", name))] as const);
  const index = await readFile(join(folder, "index.html"), "utf8");
  return { index, assets: new Map(await Promise.all(read)) };
}

function noneOf(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PageFiles } from "./page.ts";

/** A page as the build has left it in a folder; undefined where nothing was built. */
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

import type { WorkspaceLook } from "../ports/workspace.ts";
import { detectedNode } from "./detected-node.ts";
import { detectedPhp } from "./detected-php.ts";
import { detectedPython } from "./detected-python.ts";
import type { Tech } from "./tech.ts";

/** What a workspace's own files say of how it is started. */
export interface DetectedTech {
  readonly tech: Tech | undefined;
  /** As shown: what runs it first, then what it is made with. */
  readonly stack: readonly string[];
  /** For a shell, with `$PORT` where the port belongs; undefined where nothing tells. */
  readonly start: { readonly command: string; readonly from: string } | undefined;
}

/** The files that are read; of all others the name is enough. */
export const TELLING_FILES = ["package.json", "Procfile", "requirements.txt", "pyproject.toml", "composer.json"];

type Look = Pick<WorkspaceLook, "names" | "texts">;

/**
 * What a workspace is run with and how. A `Procfile` was written to say it, so its `web` line goes before everything
 * that is concluded from other files. Of several techs the one with a manifest of packages wins, in the order Node,
 * Python, PHP; a page alone makes it static.
 */
export function detectTech(look: Look): DetectedTech {
  const names = new Set(look.names);
  const found =
    detectedNode(look, names) ?? detectedPython(look, names) ?? detectedPhp(look, names) ?? detectedStatic(names);
  const declared = webLine(look.texts.get("Procfile"));
  const stated = { tech: found?.tech, stack: found?.stack ?? [] };
  if (declared !== undefined) return { ...stated, start: { command: declared, from: "Procfile web" } };
  return { ...stated, start: found?.start };
}

/** A page needs nothing but somebody who hands it out. */
function detectedStatic(names: ReadonlySet<string>): DetectedTech | undefined {
  if (!names.has("index.html")) return undefined;
  const command = "python3 -m http.server $PORT --bind 127.0.0.1";
  return { tech: "static", stack: ["static"], start: { command, from: "index.html" } };
}

function webLine(procfile: string | undefined): string | undefined {
  const [, command] = /^web:[ \t]*(\S.*)$/m.exec(procfile ?? "") ?? [];
  return command?.trim();
}

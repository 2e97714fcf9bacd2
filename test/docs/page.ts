import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

/** A command as a page shows it, with the output that the page says it has. */
export interface ShownCommand {
  readonly line: number;
  readonly command: string;
  readonly output: string | undefined;
}

export interface GuidePage {
  /** From the root of the repository. */
  readonly file: string;
  readonly text: string;
}

/** The README and the guides; decisions tell of the past and show no commands. */
export function guidePages(): readonly GuidePage[] {
  const guides = readdirSync(resolve(root, "docs")).filter((name) => name.endsWith(".md"));
  return ["README.md", ...guides.map((name) => `docs/${name}`)].map((file) => ({
    file,
    text: readFileSync(resolve(root, file), "utf8"),
  }));
}

/** Each `sh` block, with the `json` or `text` block that follows it as its output. */
export function shownCommands({ text }: GuidePage): readonly ShownCommand[] {
  const blocks = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    language: match[1] ?? "",
    body: match[2] ?? "",
    line: text.slice(0, match.index).split("\n").length,
    gap: text.slice(0, match.index).trimEnd().endsWith("```"),
  }));
  return blocks.flatMap(({ language, body, line }, index) => {
    if (language !== "sh") return [];
    const next = blocks[index + 1];
    const isOutput = next?.gap === true && (next.language === "json" || next.language === "text");
    return [{ line, command: body, output: isOutput ? next.body : undefined }];
  });
}

/** Whether a command printed what its page shows, where `…` stands for what differs each time. */
export function isShown(printed: string, shown: string): boolean {
  const pattern = shown.trim().split("…").map(escaped).join("[\\s\\S]*?");
  return new RegExp(`^${pattern}$`).test(printed.trim());
}

/** The `npm` scripts and the files that a page names. */
export function namesIn({ text }: GuidePage): {
  readonly scripts: readonly string[];
  readonly files: readonly string[];
} {
  const scripts = [...text.matchAll(/npm run (?:-s )?([a-z:]+)/g)].map((match) => match[1] ?? "");
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map((match) => match[1] ?? "");
  return { scripts, files: links };
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

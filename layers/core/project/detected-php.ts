import type { WorkspaceLook } from "../ports/workspace.ts";
import type { DetectedTech } from "./detected-tech.ts";

const FRAMEWORKS: readonly (readonly [name: string, word: string])[] = [
  ["laravel/framework", "laravel"],
  ["symfony/framework-bundle", "symfony"],
  ["slim/slim", "slim"],
];

export function detectedPhp(
  { texts }: Pick<WorkspaceLook, "texts">,
  names: ReadonlySet<string>,
): DetectedTech | undefined {
  if (!["composer.json", "index.php", "artisan"].some((name) => names.has(name))) return undefined;
  const manifest = texts.get("composer.json") ?? "";
  const frameworks = FRAMEWORKS.filter(([name]) => manifest.includes(`"${name}"`)).map(([, word]) => word);
  return { tech: "php", stack: ["php", ...frameworks], start: startOf(names) };
}

function startOf(names: ReadonlySet<string>): NonNullable<DetectedTech["start"]> {
  if (names.has("artisan")) return { command: "php artisan serve --host=127.0.0.1 --port=$PORT", from: "artisan" };
  // What is meant for the public lies in a folder of its own, where there is one.
  const folder = names.has("public/") ? " -t public" : "";
  return { command: `php -S 127.0.0.1:$PORT${folder}`, from: folder === "" ? "index.php" : "public/" };
}

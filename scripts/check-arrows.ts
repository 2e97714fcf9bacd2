/** Refuses an import that runs against the arrows of docs/architecture.md, saying which and why. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { stderr, stdout } from "node:process";

/** For each place: what of ours it may import beside itself, and the packages it may. `*` is any. */
const ARROWS: Record<string, { ours: readonly string[]; packages: readonly string[] }> = {
  "layers/core": { ours: [], packages: ["zod"] },
  "layers/mcp": { ours: ["layers/core"], packages: ["zod", "ajv"] },
  "layers/http": { ours: ["layers/core"], packages: ["zod", "@middy/core", "node:stream", "node:zlib"] },
  "layers/node": { ours: ["layers/core"], packages: ["node:*"] },
  "layers/identity": { ours: ["layers/core"], packages: ["jose", "zod", "node:*"] },
  "layers/aws": { ours: ["layers/core"], packages: ["@aws-sdk", "@smithy", "zod", "node:*"] },
  "layers/cyberchef": { ours: ["layers/core", "layers/mcp"], packages: ["*"] },
  "layers/host": { ours: ["layers/core", "layers/mcp"], packages: ["zod"] },
  "layers/people": { ours: ["layers/core", "layers/mcp"], packages: ["zod"] },
  "layers/local": {
    ours: [
      ...[
        "layers/core",
        "layers/mcp",
        "layers/http",
        "layers/node",
        "layers/identity",
        "layers/cyberchef",
        "layers/host",
        "layers/people",
        "functions",
      ],
    ],
    packages: ["zod", "ws", "node:*"],
  },
  functions: {
    ours: [
      ...[
        "layers/core",
        "layers/mcp",
        "layers/http",
        "layers/node",
        "layers/identity",
        "layers/aws",
        "layers/cyberchef",
        "layers/host",
        "layers/people",
      ],
    ],
    packages: ["zod", "node:*"],
  },
  client: { ours: [], packages: [] },
  portal: { ours: ["client"], packages: ["preact"] },
  lib: {
    ours: [
      "functions/*/config.ts",
      "layers/core/deployment",
      "layers/core/store/keys.ts",
      "layers/core/tenant/scope.ts",
    ],
    packages: ["aws-cdk-lib", "cdk-nag", "constructs", "zod", "node:*"],
  },
};

const root = resolve(import.meta.dirname, "..");
const IMPORT =
  /(?:^|[\s;])(?:import|export)\s[^;'"]*?from\s*["']([^"']+)["']|import\s*\(\s*["']([^"']+)["']\s*\)|^\s*import\s*["']([^"']+)["']/gm;

function placeOf(path: string): string | undefined {
  return Object.keys(ARROWS).find((place) => path === place || path.startsWith(`${place}/`));
}

function allowsPackage(allowed: readonly string[], name: string): boolean {
  if (allowed.includes("*")) return true;
  return allowed.some((entry) =>
    entry === "node:*" ? name.startsWith("node:") : name === entry || name.startsWith(`${entry}/`),
  );
}

function allowsOurs(allowed: readonly string[], target: string): boolean {
  return allowed.some((entry) => new RegExp(`^${entry.replaceAll("*", "[^/]+")}(?:/|$)`).test(target));
}

function problemOf(file: string, specifier: string): string | undefined {
  const place = placeOf(file);
  if (place === undefined) return undefined;
  const arrows = ARROWS[place];
  if (arrows === undefined) return undefined;
  if (!specifier.startsWith(".")) {
    return allowsPackage(arrows.packages, specifier)
      ? undefined
      : `${place} may not import ${specifier}; it may import ${arrows.packages.join(", ")}`;
  }
  const target = relative(root, resolve(root, file, "..", specifier));
  const targetPlace = placeOf(target);
  if (targetPlace === place) {
    const [, functionName] = file.split("/");
    const [, targetFunction = ""] = target.split("/");
    // What lies beside the functions' folders is for all of them.
    const isShared = targetFunction.endsWith(".ts");
    return place === "functions" && functionName !== targetFunction && !isShared
      ? "a function may not import another function"
      : undefined;
  }
  if (allowsOurs(arrows.ours, target)) return undefined;
  return `${place} may not import ${target}; it may import ${["itself", ...arrows.ours].join(", ")}`;
}

function sourceFiles(): string[] {
  return ["lib", "layers", "functions", "client", "portal"].flatMap((top) =>
    readdirSync(join(root, top), { recursive: true, withFileTypes: true })
      .filter(
        (entry) => entry.isFile() && /\.(tsx?|js|mjs)$/.test(entry.name) && !entry.parentPath.includes("node_modules"),
      )
      .map((entry) => relative(root, join(entry.parentPath, entry.name))),
  );
}

const files = sourceFiles();
const problems = files.flatMap((file) =>
  [...readFileSync(join(root, file), "utf8").matchAll(IMPORT)].flatMap((match) => {
    const specifier = match[1] ?? match[2] ?? match[3];
    const problem = specifier === undefined ? undefined : problemOf(file, specifier);
    return problem === undefined ? [] : [`${file}: ${problem}`];
  }),
);

if (problems.length > 0) {
  stderr.write(`${problems.join("\n")}\n`);
  process.exitCode = 1;
} else {
  stdout.write(`arrows: ${files.length} files, all imports along them\n`);
}

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { REQUIREMENTS } from "./requirements.ts";

const root = join(import.meta.dirname, "..");
const cited = new Set(
  globSync("**/*.test.ts", { cwd: root }).flatMap((file) =>
    [...readFileSync(join(root, file), "utf8").matchAll(/\bproves\(\s*"([^"]+)"/g)].flatMap(([, id]) => id ?? []),
  ),
);

test("every requirement is cited by a test", () => {
  const uncited = Object.keys(REQUIREMENTS).filter((id) => !cited.has(id));

  expect(uncited).toEqual([]);
});

test("no test cites a requirement that is not on the list", () => {
  const unknown = [...cited].filter((id) => !(id in REQUIREMENTS));

  expect(unknown).toEqual([]);
});

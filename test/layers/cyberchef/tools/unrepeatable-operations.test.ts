import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { operationIndex } from "../../../../layers/cyberchef/operation-index.ts";
import { unrepeatableOperations } from "../../../../layers/cyberchef/tools/unrepeatable-operations.ts";
import { BUILD_DIR } from "../../../fixtures/chef-parts.ts";

const OPERATIONS = fileURLToPath(
  new URL("../../../../layers/cyberchef/package/node_modules/cyberchef/src/core/operations/", import.meta.url),
);

/** Chance, the clock, and the libraries that draw on either. */
const UNREPEATABLE =
  /Math\.random|getRandomValues|randomBytes|forge\.random|Date\.now|performance\.now|genSalt|uuid\.v\d|generateKeyPair|generateKeypair|kbpgp\.box|jwt\.sign|loremipsum|LoremIpsum|from "moment/;

/** Read and found to give the same each time: what the pattern meets is not what their result comes from. */
const REPEATABLE = new Set(["From UNIX Timestamp"]);

test("every name is an operation's", () => {
  const index = operationIndex(BUILD_DIR);

  const unknown = [...unrepeatableOperations].filter((name) => index.named(name)?.name !== name);

  expect(unknown).toEqual([]);
});

test("every operation whose source draws on chance or the clock is named", () => {
  const sources = readdirSync(OPERATIONS).filter((file) => file.endsWith(".mjs") && file !== "index.mjs");
  const suspects = sources.flatMap((file) => {
    const source = readFileSync(`${OPERATIONS}${file}`, "utf8");
    const name = /this\.name = "([^"]+)"/.exec(source)?.[1];
    return name !== undefined && UNREPEATABLE.test(source) ? [name] : [];
  });

  const missed = suspects.filter((name) => !unrepeatableOperations.has(name) && !REPEATABLE.has(name));

  expect(suspects.length).toBeGreaterThan(15);
  expect(missed).toEqual([]);
});

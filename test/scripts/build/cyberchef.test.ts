import { stat } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { buildCyberChef, CYBERCHEF_BUILD, isCyberChefStale } from "../../../scripts/build/cyberchef.ts";

beforeAll(() => buildCyberChef({ report: () => {} }));

test("a build that is there is not made again", async () => {
  const before = await stat(join(CYBERCHEF_BUILD, "index.json"));
  const reported: string[] = [];

  await buildCyberChef({ report: (line) => reported.push(line) });

  const after = await stat(join(CYBERCHEF_BUILD, "index.json"));
  expect(await isCyberChefStale()).toBe(false);
  expect(reported).toEqual([]);
  expect(after.mtimeMs).toBe(before.mtimeMs);
});

import { expect, test } from "vitest";
import { blobKey } from "../../../../layers/core/store/keys.ts";
import { fileBlob } from "../../../../layers/local/file-blob.ts";
import { sweepStoredTexts } from "../../../../layers/mcp/legacy/stored-text.ts";
import { systemChance } from "../../../../layers/node/system-chance.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { testFolder } from "../../../fixtures/temporary-folder.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

test("the texts of calls that are over are deleted, of all tenants, and no others", async () => {
  const clock = manualClock();
  const blob = fileBlob({ folder: await testFolder(), clock, chance: systemChance() });
  const old = [blobKey(tenant("a"), "mcp-call", "s/old"), blobKey(tenant("b"), "mcp-call", "s/old")];
  const fresh = blobKey(tenant("a"), "mcp-call", "s/fresh");
  for (const key of old) await blob.put(key, Buffer.from("x"));
  clock.advance(DAY_MS);
  await blob.put(fresh, Buffer.from("y"));
  clock.advance(1);

  await sweepStoredTexts({ blob, clock });

  expect(await Promise.all(old.map((key) => blob.head(key)))).toEqual([undefined, undefined]);
  expect(await blob.head(fresh)).toMatchObject({ bytes: 1 });
  await blob.close();
});

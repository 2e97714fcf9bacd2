import { expect, test } from "vitest";
import { JOB_INPUT_BLOB_DAYS, JOB_RESULT_BLOB_DAYS } from "../../../../layers/core/job/limits.ts";
import { sweepJobValues } from "../../../../layers/core/job/sweep-job-values.ts";
import { blobKey } from "../../../../layers/core/store/keys.ts";
import { fileBlob } from "../../../../layers/local/file-blob.ts";
import { systemChance } from "../../../../layers/node/system-chance.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { testFolder } from "../../../fixtures/temporary-folder.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

test("inputs and results of jobs that are over are deleted, each in its time, from where the last call left off", async () => {
  const clock = manualClock();
  const blob = fileBlob({ folder: await testFolder(), clock, chance: systemChance() });
  const keyOf = (kind: "job-input" | "job-result", name: string) => blobKey(tenant("a"), kind, name);
  const keys = ["1", "2", "3"].flatMap((name) => [keyOf("job-input", name), keyOf("job-result", name)]);
  for (const key of keys) await blob.put(key, Buffer.from("x"));
  const sweep = sweepJobValues({ blob, clock });
  const left = async () =>
    (await Promise.all(keys.map((key) => blob.head(key)))).filter((one) => one !== undefined).length;

  clock.advance(JOB_RESULT_BLOB_DAYS * DAY_MS);
  await sweep(1000);
  const leftAtLast = await left();
  clock.advance(1);
  await sweep(2);
  const leftAfterTwo = await left();
  await sweep(2);
  const leftResults = await left();
  clock.advance((JOB_INPUT_BLOB_DAYS - JOB_RESULT_BLOB_DAYS) * DAY_MS);
  await sweep(1000);

  expect([leftAtLast, leftAfterTwo, leftResults, await left()]).toEqual([6, 4, 3, 0]);
  await blob.close();
});

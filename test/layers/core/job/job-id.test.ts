import { expect, test } from "vitest";
import { jobIdPrefix, newJobId, parseJobId } from "../../../../layers/core/job/job-id.ts";
import { compareKeys } from "../../../../layers/core/store/key-order.ts";
import { seededChance } from "../../../fixtures/seeded-chance.ts";

const chance = seededChance(1);

test("ids are in the order of their times, in every store", () => {
  const times = [0, 1, 35, 36, 1_798_761_600_000, 1_798_761_600_001, 36 ** 9 - 1];

  const ids = times.map((atEpochMs) => newJobId({ chance }, atEpochMs));

  expect(ids.toSorted(compareKeys)).toEqual(ids);
});

test("an id is taken back as one, and two of a moment differ", () => {
  const [one, other] = [newJobId({ chance }, 1_798_761_600_000), newJobId({ chance }, 1_798_761_600_000)];

  expect(one).toMatch(/^job_0myc87pc0[A-Za-z0-9_-]{22}$/);
  expect(parseJobId(one)).toEqual({ ok: true, value: one });
  expect(one).not.toBe(other);
});

test.each([
  undefined,
  null,
  7,
  "",
  "job_",
  "job_0myc87pc0",
  `job_0MYC87PC0${"a".repeat(22)}`,
  `job_0myc87pc0${"a".repeat(23)}`,
])("%j is no id", (raw) => {
  expect(parseJobId(raw)).toEqual({ ok: false, problem: { reason: "job_id_malformed" } });
});

test("a moment outside of all times is the first or the last of them", () => {
  expect([jobIdPrefix(-5), jobIdPrefix(Number.MAX_VALUE)]).toEqual(["job_000000000", "job_zzzzzzzzz"]);
});

import { expect, test } from "vitest";
import type { SecretVersions } from "../../../layers/core/ports/secrets.ts";
import { accessKey } from "../../../layers/node/access-key.ts";

const KEY = "a".repeat(64);
const NEWER = "b".repeat(64);

/** Remembers what it was asked, and gives the newer version where an older answer than that is refused. */
function changing(versions: SecretVersions, newer: SecretVersions = versions) {
  const agesMaxMs: number[] = [];
  return {
    agesMaxMs,
    read: async (ageMaxMs: number) => {
      agesMaxMs.push(ageMaxMs);
      return ageMaxMs < 60_000 ? newer : versions;
    },
  };
}

test("the key opens, with one look at what is remembered for five minutes", async () => {
  const secret = changing({ current: KEY });

  expect(await accessKey(secret)(KEY)).toBe(true);
  expect(secret.agesMaxMs).toEqual([300_000]);
});

test.each(["", "a", KEY.slice(1), `${KEY}a`, KEY.toUpperCase(), NEWER])("%j does not", async (given) => {
  expect(await accessKey(changing({ current: KEY }))(given)).toBe(false);
});

test("the key before the last rotation opens too", async () => {
  expect(await accessKey(changing({ current: NEWER, previous: KEY }))(KEY)).toBe(true);
});

test("a key that is newer than what is remembered is looked up, at most every ten seconds", async () => {
  const secret = changing({ current: KEY }, { current: NEWER, previous: KEY });

  expect(await accessKey(secret)(NEWER)).toBe(true);
  expect(secret.agesMaxMs).toEqual([300_000, 10_000]);
});

test.each(["", "short"])("a secret that holds %j opens to nobody", async (current) => {
  expect(await accessKey(changing({ current }))(current)).toBe(false);
});

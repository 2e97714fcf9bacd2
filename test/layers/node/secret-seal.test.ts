import { expect, test } from "vitest";
import type { SecretVersions } from "../../../layers/core/ports/secrets.ts";
import { secretSeal } from "../../../layers/node/secret-seal.ts";

const ONE = "1".repeat(64);
const TWO = "2".repeat(64);
const THREE = "3".repeat(64);

/** A process whose secret can be changed under it. */
async function sealing(versions: SecretVersions) {
  const held = { versions };
  const made = secretSeal({ read: async () => held.versions });
  await made.refresh();
  return { ...made, held };
}

test("what one process sealed, every other opens", async () => {
  const [here, there] = [await sealing({ current: ONE }), await sealing({ current: ONE })];

  expect(there.seal.open("state", here.seal.seal("state", "text"))).toBe("text");
  expect(there.seal.digest("text")).toBe(here.seal.digest("text"));
});

test("after a rotation, what was sealed before is still opened, and the new key signs", async () => {
  const old = await sealing({ current: ONE });
  const rotated = await sealing({ current: TWO, previous: ONE });
  const later = await sealing({ current: THREE, previous: TWO });

  const before = old.seal.seal("state", "before");
  const after = rotated.seal.seal("state", "after");

  expect(rotated.seal.open("state", before)).toBe("before");
  expect(later.seal.open("state", after)).toBe("after");
  expect(later.seal.open("state", before)).toBeUndefined();
  expect(old.seal.open("state", after)).toBeUndefined();
});

test("a rotation is taken up at the next refresh", async () => {
  const here = await sealing({ current: ONE });
  const there = await sealing({ current: TWO });
  here.held.versions = { current: TWO, previous: ONE };

  await here.refresh();

  expect(there.seal.open("state", here.seal.seal("state", "text"))).toBe("text");
});

test("a secret that is too short seals nothing", async () => {
  await expect(sealing({ current: "1".repeat(31) })).rejects.toMatchObject({ code: "seal_secret_too_short" });
});

test("a seal is of no use before its secret was read", () => {
  const { seal } = secretSeal({ read: async () => ({ current: ONE }) });

  expect(() => seal.seal("state", "text")).toThrow("before its secret was read");
});

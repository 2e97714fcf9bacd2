import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BakerUnderTest, bakerUnderTest } from "./baker-under-test.ts";
import { cipherVectors } from "./vectors/cipher-vectors.ts";
import { encodingVectors } from "./vectors/encoding-vectors.ts";
import { hashVectors } from "./vectors/hash-vectors.ts";
import { keyVectors } from "./vectors/key-vectors.ts";
import { opensslVectors } from "./vectors/openssl-vectors.ts";
import { pythonVectors } from "./vectors/python-vectors.ts";

const VECTORS_MIN = 120;

const groups = {
  hashes: hashVectors,
  ciphers: cipherVectors,
  keys: keyVectors,
  encodings: encodingVectors,
  "python3's results": pythonVectors(),
  "openssl's results": opensslVectors(),
};
const all = Object.values(groups).flat();

let kitchen: BakerUnderTest;

beforeAll(async () => {
  kitchen = await bakerUnderTest();
});
afterAll(() => kitchen.baker.close());

for (const [group, vectors] of Object.entries(groups)) {
  describe(group, () => {
    const titled = vectors.map((vector) => ({ ...vector, title: `${vector.steps[0]?.operation}: ${vector.source}` }));

    test.each(titled)("$title", async ({ input, steps, expected }) => {
      const output = await kitchen.text(input, steps);

      expect(plain(output)).toBe(plain(expected));
    });
  });
}

test("there are enough vectors that did not come from CyberChef", () => {
  expect(all.length).toBeGreaterThanOrEqual(VECTORS_MIN);
});

/** JSON is compared by what it says, all else to the letter. */
function plain(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

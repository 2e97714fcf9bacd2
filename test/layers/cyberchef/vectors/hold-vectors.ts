import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BakerUnderTest, bakerUnderTest } from "../baker-under-test.ts";
import type { Vector } from "./vector.ts";

/** Makes a test of each vector, in groups. */
export function holdVectors(groups: Readonly<Record<string, readonly Vector[]>>): void {
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
}

/** JSON is compared by what it says, all else to the letter. */
function plain(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

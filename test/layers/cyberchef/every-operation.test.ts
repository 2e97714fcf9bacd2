import { afterAll, beforeAll, expect, test } from "vitest";
import { unsupportedOperations } from "../../../layers/cyberchef/unsupported-operations.ts";
import { type BakerUnderTest, bakerUnderTest } from "./baker-under-test.ts";
import { makeMaterials } from "./trial-materials.ts";
import { type Trial, trials, usualTrial } from "./trials.ts";

const OPERATIONS = 505;

let kitchen: BakerUnderTest;
let table: Readonly<Record<string, Trial>>;

beforeAll(async () => {
  kitchen = await bakerUnderTest();
  const makePgpKeys = () =>
    kitchen.text("", [{ operation: "Generate PGP Key Pair", args: { key_type: "ECC-256", name_optional: "Ada" } }]);
  table = trials(await makeMaterials(makePgpKeys));
});
afterAll(() => kitchen.baker.close());

function trialOf(name: string, inputType: string) {
  const { input, args, after = [] } = table[name] ?? usualTrial(inputType);
  return { input, steps: [...after, { operation: name, ...(args === undefined ? {} : { args }) }] };
}

test("every operation bakes an input that it accepts", { timeout: 120_000 }, async () => {
  const supported = kitchen.index.operations.filter(({ unsupported }) => unsupported === undefined);

  const refusals: unknown[] = [];
  const left = supported.values();
  const bakeTheRest = async () => {
    for (const { name, inputType } of left) {
      const { input, steps } = trialOf(name, inputType);
      const baked = await kitchen.bake(input, steps);
      if (!baked.ok) refusals.push({ name, problem: baked.problem });
    }
  };
  await Promise.all([bakeTheRest(), bakeTheRest()]);

  expect(refusals).toEqual([]);
  expect(supported.length + Object.keys(unsupportedOperations).length).toBe(OPERATIONS);
});

test("the trials are of operations that there are", () => {
  const unknown = Object.keys(table).filter((name) => kitchen.index.named(name)?.name !== name);

  expect(unknown).toEqual([]);
});

test.each(["DNS over HTTPS", "HTTP request", "Optical Character Recognition"])(
  "%s is refused by name, with the reason",
  async (operation) => {
    const baked = await kitchen.bake("https://example.com", [{ operation }]);

    expect(baked).toEqual({
      ok: false,
      problem: { reason: "operation_unsupported", operation, why: unsupportedOperations[operation] },
    });
    expect(unsupportedOperations[operation]).toBeTruthy();
  },
);

import { deflateRawSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BakeStep } from "../../../layers/core/recipe/baker.ts";
import { type BakerUnderTest, bakerUnderTest } from "./baker-under-test.ts";
import { kitchenProcesses } from "./kitchen-processes.ts";

const MEMORY_BYTES_MAX = 192 * 2 ** 20;
const TIMEOUT_MS = 1500;
/** What a bomb that is stopped by its memory may take, on a machine that is busy with much else. */
const PATIENCE_MS = 60_000;

const OUT_OF_MEMORY = { ok: false, problem: { reason: "out_of_memory", bytesMax: MEMORY_BYTES_MAX } };
const TIMEOUT = { ok: false, problem: { reason: "timeout", timeoutMs: TIMEOUT_MS } };

let patient: BakerUnderTest;
let hasty: BakerUnderTest;

beforeAll(async () => {
  patient = await bakerUnderTest({ memoryBytesMax: MEMORY_BYTES_MAX, operationTimeoutMs: PATIENCE_MS });
  hasty = await bakerUnderTest({ memoryBytesMax: MEMORY_BYTES_MAX, operationTimeoutMs: TIMEOUT_MS });
});
afterAll(() => Promise.all([patient.baker.close(), hasty.baker.close()]));

const zeros = Buffer.alloc(2 ** 29);
/** Every one expands to more than twice what a process may hold. */
const BOMBS: Readonly<Record<string, readonly [input: () => string, steps: readonly BakeStep[]]>> = {
  gunzip: [() => gzipSync(zeros).toString("base64"), [{ operation: "From Base64" }, { operation: "Gunzip" }]],
  "raw inflate": [
    () => deflateRawSync(zeros).toString("base64"),
    [{ operation: "From Base64" }, { operation: "Raw Inflate" }],
  ],
  "a text that every step makes longer": [
    () => "x".repeat(1000),
    [
      { operation: "Find / Replace", args: { find: { option: "Regex", string: "." }, replace: "x".repeat(100_000) } },
      { operation: "Fork", args: ["", "", false] },
    ],
  ],
  // V8 ends the whole process when a list gets this long, whatever thread it is in.
  "a list that is too long for V8": [() => "x".repeat(2 ** 27), [{ operation: "Fork", args: ["", "", false] }]],
  "more random bytes than there is memory": [
    () => "",
    [{ operation: "Pseudo-Random Number Generator", args: { number_of_bytes: 2 ** 31, output_as: "Raw" } }],
  ],
};

test.each(Object.entries(BOMBS))(
  "%s ends its own bake as out of memory",
  { timeout: 90_000 },
  async (_name, [input, steps]) => {
    const baked = await patient.bake(input(), steps);

    expect(baked).toEqual(OUT_OF_MEMORY);
  },
);

const ENDLESS: Readonly<Record<string, readonly [input: string, steps: readonly BakeStep[]]>> = {
  "a catastrophic regular expression": [
    `${"a".repeat(50)}!`,
    [{ operation: "Regular expression", args: { regex: "(a+)+$", output_format: "List matches" } }],
  ],
  "a jump back that never ends": [
    "x",
    [
      { operation: "Label", args: ["start"] },
      { operation: "Jump", args: ["start", 1e15] },
    ],
  ],
  "a key that takes for ever to derive": [
    "",
    [{ operation: "Derive PBKDF2 key", args: { passphrase: "p", iterations: 1e9 } }],
  ],
  "an operation that sleeps": ["x", [{ operation: "Sleep", args: { time_ms: 60_000 } }]],
};

test.each(Object.entries(ENDLESS))("%s ends its own bake by its deadline", async (_name, [input, steps]) => {
  const baked = await hasty.bake(input, steps);

  expect(baked).toEqual(TIMEOUT);
});

describe("while one bake is ended", () => {
  test("the others in flight are right, and so are the next", { timeout: 90_000 }, async () => {
    const bomb = BOMBS.gunzip?.[0]() ?? "";
    const good = Array.from({ length: 20 }, (_, at) => `input ${at}`);

    const [bombed, ...baked] = await Promise.all([
      patient.bake(bomb, BOMBS.gunzip?.[1] ?? []),
      ...good.map((input) => patient.text(input, [{ operation: "To Base64" }])),
    ]);
    const next = await patient.text("next", [{ operation: "To Base64" }]);

    expect(bombed).toEqual(OUT_OF_MEMORY);
    expect(baked).toEqual(good.map((input) => Buffer.from(input).toString("base64")));
    expect(next).toBe("bmV4dA==");
  });

  test("its process is gone", { timeout: 90_000 }, async () => {
    const [, steps = []] = ENDLESS["a catastrophic regular expression"] ?? [];
    await hasty.bake(`${"a".repeat(50)}!`, steps);

    await expect.poll(() => kitchenProcesses().filter(({ running }) => running)).toEqual([]);
  });
});

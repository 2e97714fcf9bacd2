import { beforeEach, describe, expect, test } from "vitest";
import {
  ANSWER_BYTES_MAX,
  ANSWER_MARGIN_MS,
  BAKE_STEPS_MAX,
  BAKE_TIMEOUT_MS_MAX,
  INPUT_BYTES_MAX,
  RUNNING_CALLS_MAX,
} from "../../../../layers/cyberchef/tools/limits.ts";
import { type ChefBench, chefBench, type SimpleBaker, simpleBaker } from "../../../fixtures/chef-parts.ts";
import { tenant } from "../../../fixtures/tenants.ts";

let baker: SimpleBaker;
let bench: ChefBench;
beforeEach(() => {
  baker = simpleBaker();
  bench = chefBench({ baker });
});

const bake = (input: string, recipe: readonly unknown[], options = {}) =>
  bench.call("cyberchef_bake", { input, recipe }, options);

describe("a recipe", () => {
  test("may hold operations as names, with arguments by name, and by position", async () => {
    const told = await bake("abc", ["Reverse", { op: "To Hex", args: ["None"] }, { op: "to upper case", args: {} }]);

    expect(told).toEqual({ text: "636261", isError: false });
    expect(baker.asked[0]?.steps).toEqual([
      { operation: "Reverse" },
      { operation: "To Hex", args: ["None"] },
      { operation: "To Upper case", args: {} },
    ]);
  });

  test("gives the output as it is, be it empty or JSON", async () => {
    expect(await bake("", ["Reverse"])).toEqual({ text: "", isError: false });
    expect(await bake('}"a":1{', ["Reverse"])).toEqual({ text: '{1:"a"}', isError: false });
  });

  test("without operations gives the input", async () => {
    expect(await bake("as it is", [])).toEqual({ text: "as it is", isError: false });
  });

  test("knows the argument Input of an operation as input_arg", async () => {
    await bake("00", [{ op: "AES Decrypt", args: { key: "00".repeat(16), input_arg: "Raw" } }]);

    expect(baker.asked[0]?.steps[0]?.args).toEqual({ key: "00".repeat(16), input: "Raw" });
  });

  test("leaves out what is disabled, as CyberChef's own exports hold it", async () => {
    const told = await bake("abc", [
      { op: "Reverse", disabled: true },
      { op: "To Upper case", disabled: false },
    ]);

    expect(told.text).toBe("ABC");
  });

  test("has at most as many operations as allowed", async () => {
    await expect(bake("a", Array(BAKE_STEPS_MAX).fill("Reverse"))).resolves.toMatchObject({ isError: false });
    await expect(bake("a", Array(BAKE_STEPS_MAX + 1).fill("Reverse"))).rejects.toThrow();
  });
});

describe("a refusal comes before anything is baked", () => {
  test.each([
    ["an unknown operation", ["To Hexx"], /^Error \[UNSUPPORTED_OPERATION\].*"To Hexx"[\s\S]*Did you mean.*"To Hex"/],
    ["an operation that can't run here", ["HTTP request"], /^Error \[UNSUPPORTED_OPERATION\].*network/],
    ["an unknown argument", [{ op: "To Hex", args: { colour: 1 } }], /^Error \[INVALID_INPUT\].*"colour".*delimiter/],
    ["a wrong option", [{ op: "To Hex", args: ["Tab-ish"] }], /^Error \[INVALID_INPUT\].*"Delimiter".*Space/],
    ["too many arguments", [{ op: "MD5", args: [1, 2] }], /^Error \[INVALID_INPUT\]/],
  ])("of %s", async (_what, recipe, text) => {
    const told = await bake("a", recipe);

    expect(told).toEqual({ isError: true, text: expect.stringMatching(text) });
    expect(told.text).toMatch(/Timestamp: 2027-01-01T00:00:00\.000Z$/);
    expect(baker.asked).toEqual([]);
  });

  test("of an input one byte too large, counted as UTF-8", async () => {
    const largest = "é".repeat(INPUT_BYTES_MAX / 2);

    expect((await bake(largest, ["Get Time"])).isError).toBe(false);
    expect(await bake(`${largest}x`, ["Get Time"])).toEqual({
      isError: true,
      text: expect.stringMatching(/^Error \[INVALID_INPUT\]: Input size/),
    });
    expect(baker.asked).toHaveLength(1);
  });

  test("of a call whose time is over", async () => {
    const told = await bake("a", ["Reverse"], { timeLeftMs: ANSWER_MARGIN_MS });

    expect(told).toEqual({ isError: true, text: expect.stringMatching(/^Error \[TIMEOUT\]/) });
    expect(baker.asked).toEqual([]);
  });
});

test("what an operation refuses is told with its name", async () => {
  const told = await bake("a", ["MD5"]);

  expect(told).toEqual({ isError: true, text: expect.stringContaining("[OPERATION_FAILED]: MD5: this baker can't") });
});

test("an output that no reply could hold is told as an error", async () => {
  const told = await bake("x".repeat(ANSWER_BYTES_MAX / 2 + 1), ["To Hex"]);

  expect(told).toEqual({ isError: true, text: expect.stringMatching(/^Error \[OUT_OF_MEMORY\].*at most/) });
});

test("a bake gets the time its call has left, less what the answer needs, and never more than its own limit", async () => {
  await bake("a", ["Get Time"], { timeLeftMs: 10_000 });
  await bake("a", ["Get Time"], { timeLeftMs: 3_600_000 });

  expect(baker.asked.map(({ timeoutMs }) => timeoutMs)).toEqual([10_000 - ANSWER_MARGIN_MS, BAKE_TIMEOUT_MS_MAX]);
});

test("a call that is cancelled cancels its bake", async () => {
  const leaving = new AbortController();
  const told = bake("a", ["Sleep"], { signal: leaving.signal });
  await new Promise((resolve) => setImmediate(resolve));

  leaving.abort();
  baker.wake();

  expect(await told).toEqual({ isError: true, text: expect.stringContaining("cancelled") });
});

describe("the cache", () => {
  test("answers the same bake without baking, and another one not", async () => {
    const first = await bake("abc", ["Reverse"]);
    const again = await bake("abc", ["reverse"]);
    await bake("abd", ["Reverse"]);

    expect(again).toEqual(first);
    expect(baker.asked).toHaveLength(2);
  });

  test("answers no other tenant", async () => {
    await bake("abc", ["Reverse"]);
    await bake("abc", ["Reverse"], { tenantId: tenant("other") });

    expect(baker.asked).toHaveLength(2);
  });

  test("never answers for what may differ, nor for what failed", async () => {
    const ids = [await bake("", ["Generate UUID"]), await bake("", ["Generate UUID"])];
    await bake("a", ["MD5"]);
    await bake("a", ["MD5"]);

    expect(ids[0]?.text).not.toBe(ids[1]?.text);
    expect(baker.asked).toHaveLength(4);
  });
});

describe("a tenant's places", () => {
  const sleeping = (count: number, options = {}) => Array.from({ length: count }, () => bake("a", ["Sleep"], options));
  const quota = async (options = {}) =>
    (await bench.json("cyberchef_quota_info", {}, options)) as { quota: { concurrentOperations: number } };

  test("are bounded: a call beyond them is refused, and another tenant's is not", async () => {
    const running = sleeping(RUNNING_CALLS_MAX);

    const beyond = await bake("a", ["Reverse"]);
    const theirs = await bake("a", ["Reverse"], { tenantId: tenant("other") });

    expect(beyond.text).toContain("[INVALID_INPUT]: Resource quota exceeded. Maximum concurrent operations: 10");
    expect(theirs.isError).toBe(false);
    baker.wake();
    await Promise.all(running);
  });

  test("are shown as taken while calls run, and free afterwards, however they ended", async () => {
    const running = sleeping(3);
    const during = await quota();
    baker.wake();
    await Promise.all(running);
    await bake("abc", ["Reverse"]);
    await bake("abc", ["Reverse"]);
    await bake("abc", ["MD5"]);
    await bake("abc", ["No such operation"]);

    expect(during.quota.concurrentOperations).toBe(3);
    expect((await quota()).quota.concurrentOperations).toBe(0);
  });

  test("are given back also when the baker breaks", async () => {
    const broken = chefBench({ baker: { ...baker, bake: () => Promise.reject(new TypeError("broken")) } });

    for (let at = 0; at <= RUNNING_CALLS_MAX; at++) {
      await expect(broken.call("cyberchef_bake", { input: `${at}`, recipe: ["Reverse"] })).rejects.toThrow("broken");
    }

    const shown = await broken.json("cyberchef_quota_info", {});
    expect(shown).toMatchObject({ quota: { concurrentOperations: 0, totalOperations: RUNNING_CALLS_MAX + 1 } });
  });
});

test("magic runs CyberChef's Magic with the arguments given, by any of their names", async () => {
  await bench.call("cyberchef_magic", { input: "a", depth: 2, crib_known_plaintext_string_or_regex: "flag" });
  await bench.call("cyberchef_magic", { input: "a", "crib_(known_plaintext_string_or_regex)": "flag" });

  expect(baker.asked.map(({ steps }) => steps)).toEqual([
    [{ operation: "Magic", args: { depth: 2, crib_known_plaintext_string_or_regex: "flag" } }],
    [{ operation: "Magic", args: { "crib_(known_plaintext_string_or_regex)": "flag" } }],
  ]);
});

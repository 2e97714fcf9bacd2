import fc from "fast-check";
import { expect, test } from "vitest";
import { isJsonObject, mergePatch } from "../../../../layers/core/user-session/merge-patch.ts";

/** RFC 7396, appendix A. */
const RFC_EXAMPLES: readonly { readonly target: unknown; readonly patch: unknown; readonly result: unknown }[] = [
  { target: { a: "b" }, patch: { a: "c" }, result: { a: "c" } },
  { target: { a: "b" }, patch: { b: "c" }, result: { a: "b", b: "c" } },
  { target: { a: "b" }, patch: { a: null }, result: {} },
  { target: { a: "b", b: "c" }, patch: { a: null }, result: { b: "c" } },
  { target: { a: ["b"] }, patch: { a: "c" }, result: { a: "c" } },
  { target: { a: "c" }, patch: { a: ["b"] }, result: { a: ["b"] } },
  { target: { a: { b: "c" } }, patch: { a: { b: "d", c: null } }, result: { a: { b: "d" } } },
  { target: { a: [{ b: "c" }] }, patch: { a: [1] }, result: { a: [1] } },
  { target: ["a", "b"], patch: ["c", "d"], result: ["c", "d"] },
  { target: { a: "b" }, patch: ["c"], result: ["c"] },
  { target: { a: "foo" }, patch: null, result: null },
  { target: { a: "foo" }, patch: "bar", result: "bar" },
  { target: { e: null }, patch: { a: 1 }, result: { e: null, a: 1 } },
  { target: [1, 2], patch: { a: "b", c: null }, result: { a: "b" } },
  { target: {}, patch: { a: { bb: { ccc: null } } }, result: { a: { bb: {} } } },
];

const json = fc.jsonValue({ maxDepth: 4 });
const jsonObject = fc.dictionary(fc.string(), json);
/** As a client could send it: names that reach into prototypes are own members after JSON.parse. */
const hostileObject = fc
  .tuple(fc.constantFrom("__proto__", "constructor", "prototype", "toString"), json)
  .map(([name, value]): unknown => JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`));

test.each(RFC_EXAMPLES)("$target patched with $patch is $result", ({ target, patch, result }) => {
  expect(mergePatch(target, patch)).toEqual(result);
});

test("a patch applied twice does what it does once", () => {
  fc.assert(
    fc.property(json, json, (target, patch) => {
      const once = mergePatch(target, patch);

      expect(mergePatch(once, patch)).toEqual(once);
    }),
  );
});

test("patches of different members come to the same in either order and grouped either way", () => {
  fc.assert(
    fc.property(jsonObject, jsonObject, jsonObject, (target, left, right) => {
      const first = prefixed("left", left);
      const second = prefixed("right", right);

      const expected = mergePatch(mergePatch(target, first), second);

      expect(mergePatch(mergePatch(target, second), first)).toEqual(expected);
      expect(mergePatch(target, { ...first, ...second })).toEqual(expected);
    }),
  );
});

test("members that a patch does not mention stay as they are, at every depth", () => {
  fc.assert(
    fc.property(json, json, (target, patch) => {
      expectUnmentionedKept(target, patch, mergePatch(target, patch));
    }),
  );
});

test("both arguments stay as they are", () => {
  fc.assert(
    fc.property(json, json, (target, patch) => {
      const before = JSON.stringify([target, patch]);

      mergePatch(target, patch);

      expect(JSON.stringify([target, patch])).toBe(before);
    }),
  );
});

test("no patch reaches a prototype", () => {
  fc.assert(
    fc.property(json, hostileObject, (target, patch) => {
      const merged = mergePatch(mergePatch(target, patch), { nested: patch });

      expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
      expect(Object.keys(Object.prototype)).toEqual([]);
      expect(JSON.stringify(merged)).toContain('"nested"');
    }),
  );
});

function prefixed(prefix: string, members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [`${prefix}:${name}`, value]));
}

function expectUnmentionedKept(target: unknown, patch: unknown, merged: unknown): void {
  expect(isJsonObject(merged)).toBe(isJsonObject(patch));
  if (!isJsonObject(target) || !isJsonObject(patch) || !isJsonObject(merged)) return;
  for (const [name, value] of Object.entries(target)) {
    if (!Object.hasOwn(patch, name)) expect(merged[name]).toEqual(value);
    else if (patch[name] !== null) expectUnmentionedKept(value, patch[name], merged[name]);
  }
}

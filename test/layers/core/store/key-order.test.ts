import fc from "fast-check";
import { expect, test } from "vitest";
import { compareKeys, keyBounds, prefixEnd, utf8Bytes } from "../../../../layers/core/store/key-order.ts";

const text = fc.string({ unit: "binary", maxLength: 6 });
const key = fc.string({ unit: "binary", minLength: 1, maxLength: 6 });

test("texts are ordered as their UTF-8 bytes are", () => {
  fc.assert(
    fc.property(text, text, (left, right) => {
      expect(Math.sign(compareKeys(left, right))).toBe(Buffer.compare(Buffer.from(left), Buffer.from(right)));
    }),
  );
  expect(compareKeys("\u{FFFD}", "\u{1F600}")).toBeLessThan(0);
});

test("the bytes of a text are counted as they are written", () => {
  fc.assert(
    fc.property(text, (written) => {
      expect(utf8Bytes(written)).toBe(Buffer.byteLength(written));
    }),
  );
});

test("a text has a prefix exactly when it lies between the prefix and its end", () => {
  fc.assert(
    fc.property(text, text, (prefix, sk) => {
      const end = prefixEnd(prefix);
      const between = compareKeys(sk, prefix) >= 0 && (end === undefined || compareKeys(sk, end) < 0);
      expect(between).toBe(sk.startsWith(prefix));
    }),
  );
  expect(prefixEnd("a\u{D7FF}")).toBe("a\u{E000}");
  expect(prefixEnd("a\u{10FFFF}")).toBe("b");
  expect(prefixEnd("\u{10FFFF}")).toBeUndefined();
});

test("a key lies within the bounds exactly when every part of the range holds it", () => {
  const option = fc.option(key, { nil: undefined });
  fc.assert(
    fc.property(option, option, option, option, fc.boolean(), key, (prefix, after, before, cursor, reverse, sk) => {
      const given = { prefix, after, before, cursor };
      const range = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      const bounds = keyBounds({ ...range, pk: "p", limit: 1, reverse });
      const [past, until] = reverse ? [after, cursor] : [cursor, before];

      const wanted =
        sk.startsWith(prefix ?? "") &&
        [after, past].every((start) => start === undefined || compareKeys(sk, start) > 0) &&
        [before, until].every((end) => end === undefined || compareKeys(sk, end) < 0);
      const found =
        bounds !== undefined &&
        (bounds.fromIncluded ? compareKeys(sk, bounds.from) >= 0 : compareKeys(sk, bounds.from) > 0) &&
        (bounds.until === undefined || compareKeys(sk, bounds.until) < 0);

      expect(found).toBe(wanted);
    }),
  );
});

import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hmacSeal, type SealKey, SealKeyTooShort } from "../../../layers/node/hmac-seal.ts";

const key = (id: string, fill: number): SealKey => ({ id, secret: Buffer.alloc(32, fill) });
const old = key("old", 1);
const fresh = key("fresh", 2);

test("what was sealed is opened for the same purpose, by any process that holds the key", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(hmacSeal([old]).open("state", hmacSeal([old]).seal("state", text))).toBe(text);
    }),
  );
});

/** The tag was computed with another implementation of RFC 2104. */
test("a sealed text has the shape that other versions rely on", () => {
  expect(hmacSeal([old]).seal("state", "hello")).toBe("old.aGVsbG8.4RjGtoZRbKjIwH7L87D_zo0-QivqKz_Q1a340ZnTQr4");
});

test("a text sealed for one purpose is not opened for another", () => {
  const seal = hmacSeal([old]);

  expect(seal.open("cookie", seal.seal("state", "text"))).toBeUndefined();
});

test("one character changed, added or left out anywhere, and nothing is opened", () => {
  const seal = hmacSeal([old]);
  const sealed = seal.seal("state", JSON.stringify({ callId: "c", answers: {} }));

  fc.assert(
    fc.property(
      fc.nat(sealed.length - 1),
      fc.string({ minLength: 0, maxLength: 2, unit: "binary-ascii" }),
      (at, other) => {
        fc.pre(sealed[at] !== other);
        expect(seal.open("state", sealed.slice(0, at) + other + sealed.slice(at + 1))).toBeUndefined();
      },
    ),
    { numRuns: 2_000 },
  );
});

test("every other character in the last place is refused, also where it decodes to the same bytes", () => {
  const seal = hmacSeal([old]);
  const sealed = seal.seal("state", "text");
  const others = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"].filter(
    (character) => character !== sealed.at(-1),
  );

  expect(others.filter((character) => seal.open("state", sealed.slice(0, -1) + character) !== undefined)).toEqual([]);
});

test("text that was never sealed opens to nothing", () => {
  const seal = hmacSeal([old]);

  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(seal.open("state", text)).toBeUndefined();
      expect(seal.open("state", `old.${text}`)).toBeUndefined();
    }),
  );
});

test("while keys are rotated both open, and the new one signs", () => {
  const before = hmacSeal([old]).seal("state", "text");
  const during = hmacSeal([fresh, old]);

  expect(during.open("state", before)).toBe("text");
  expect(during.seal("state", "text")).toMatch(/^fresh\./);
  expect(hmacSeal([fresh]).open("state", during.seal("state", "text"))).toBe("text");
});

test("after the old key is dropped, or under another secret of the same name, nothing is opened", () => {
  const sealed = hmacSeal([old]).seal("state", "text");

  expect(hmacSeal([fresh]).open("state", sealed)).toBeUndefined();
  expect(hmacSeal([key("old", 9)]).open("state", sealed)).toBeUndefined();
});

test("a secret shorter than the hash is refused, and the refusal does not show it", () => {
  const short: SealKey = { id: "short", secret: Buffer.alloc(31, 7) };

  expect(() => hmacSeal([old, short])).toThrow(SealKeyTooShort);
  expect(() => hmacSeal([old, short])).toThrow("seal key short is shorter than 32 bytes");
});

test("a digest is the SHA-256 in base64url", () => {
  const expected = createHash("sha256").update("ä").digest("base64url");

  expect(hmacSeal([old]).digest("ä")).toBe(expected);
  expect(expected).toHaveLength(43);
});

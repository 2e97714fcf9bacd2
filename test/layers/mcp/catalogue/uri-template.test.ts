import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseUriTemplate, UriTemplateInvalid } from "../../../../layers/mcp/catalogue/uri-template.ts";

/** A value as RFC 6570, level 1 writes it: all but the unreserved characters percent-encoded. */
const expanded = (value: string): string =>
  encodeURIComponent(value).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`);

const value = fc.string({ unit: "grapheme", minLength: 1 });
/** A literal of a character that an expanded value never holds. */
const literal = fc.constantFrom("/", "://", "/of/", "?q=", "&r=", "#", "(", "+");

test("what is built from values matches and gives the values back", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(literal, value), { minLength: 1, maxLength: 6 }), literal, (pairs, last) => {
      const template = `test:${pairs.map(([before], index) => `${before}{v${index}}`).join("")}${last}`;
      const uri = `test:${pairs.map(([before, given]) => before + expanded(given)).join("")}${last}`;

      const match = parseUriTemplate(template).match(uri);

      expect({ ...match }).toEqual(Object.fromEntries(pairs.map(([, given], index) => [`v${index}`, given])));
    }),
  );
});

test("any text at all is matched or not, and never breaks it", () => {
  const template = parseUriTemplate("test://{a}/x-{b}.txt");

  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (uri) => {
      const match = template.match(uri);
      expect(match === undefined || Object.keys(match).join() === "a,b").toBe(true);
    }),
  );
});

describe("a uri is not of a template", () => {
  test.each([
    ["another scheme", "other://item/1/data"],
    ["an empty value", "test://item//data"],
    ["a value with a slash", "test://item/1/2/data"],
    ["an end that is missing", "test://item/1"],
    ["something after the end", "test://item/1/data/more"],
    ["half a percent-encoding", "test://item/%/data"],
    ["a percent-encoding that is not UTF-8", "test://item/%ff/data"],
    ["another case", "TEST://item/1/data"],
    ["nothing", ""],
  ])("with %s", (_what, uri) => {
    expect(parseUriTemplate("test://item/{id}/data").match(uri)).toBeUndefined();
  });

  test("with a value that has no room between two literals that overlap", () => {
    expect(parseUriTemplate("ab{x}ba").match("aba")).toBeUndefined();
  });
});

test("a literal is looked for behind what came before it alone", () => {
  const template = parseUriTemplate("t{a}t{b}");

  expect(template.match("txyz")).toBeUndefined();
  expect({ ...template.match("txtz") }).toEqual({ a: "x", b: "z" });
});

test("an encoded slash and an encoded zero reach the tool decoded, so what it does with them is its own to check", () => {
  expect({ ...parseUriTemplate("file:///{name}").match("file:///..%2Fetc%2Fpasswd%00") }).toEqual({
    name: "../etc/passwd\0",
  });
});

test("a variable may be named like a member of every object", () => {
  const match = parseUriTemplate("t:{__proto__}/{constructor}").match("t:a/b");

  expect(match?.constructor).toBe("b");
  expect(Object.entries(match ?? {})).toEqual([
    ["__proto__", "a"],
    ["constructor", "b"],
  ]);
});

test("a template without variables matches itself alone", () => {
  const template = parseUriTemplate("test://fixed");

  expect(template.variables).toEqual([]);
  expect(template.match("test://fixed")).toEqual({});
  expect(template.match("test://fixed/")).toBeUndefined();
});

test("a uri as long as a request may be is refused in time that grows with its length alone", () => {
  const template = parseUriTemplate("t:{a}-{b}-{c}-{d}!");
  const hostile = `t:${"-".repeat(4_000_000)}`;

  expect(template.match(hostile)).toBeUndefined();
});

test.each(["{a}{b}", "{+path}", "{?query}", "{a,b}", "{a*}", "{a:3}", "{}", "{a", "a}", "{a}/{a}", "{{a}}"])(
  "%s is no template that can be served",
  (template) => {
    expect(() => parseUriTemplate(template)).toThrow(UriTemplateInvalid);
  },
);

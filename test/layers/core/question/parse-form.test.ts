import { describe, expect, test } from "vitest";
import { wrongInForm } from "../../../../layers/core/question/form.ts";
import { parseForm } from "../../../../layers/core/question/parse-form.ts";

const form = (properties: object, rest: object = {}) => ({ type: "object", properties, ...rest });

function wrongIn(schema: object, value: unknown) {
  const parsed = parseForm(schema);
  if (!parsed.ok) throw new TypeError(parsed.problem.allowed);
  return wrongInForm(parsed.value, value);
}

describe("a schema of one level is read", () => {
  test.each([
    ["a text", { type: "string", title: "Name", description: "Yours", minLength: 1, maxLength: 9, default: "x" }],
    ["an address", { type: "string", format: "email" }],
    ["a number", { type: "number", minimum: 0, maximum: 1.5, default: 1 }],
    ["a whole number", { type: "integer" }],
    ["yes or no", { type: "boolean", default: false }],
    ["a choice", { type: "string", enum: ["a", "b"], default: "a" }],
    ["a choice with names beside", { type: "string", enum: ["a", "b"], enumNames: ["A", "B"] }],
    ["a choice with titles", { type: "string", oneOf: [{ const: "a", title: "A" }] }],
    ["some choices", { type: "array", items: { type: "string", enum: ["a"] }, minItems: 1, maxItems: 1 }],
    ["some choices with titles", { type: "array", items: { anyOf: [{ const: "a", title: "A" }] }, default: ["a"] }],
  ])("with %s", (_what, field) => {
    expect(parseForm(form({ field }, { required: ["field"], $schema: "https://json-schema.org/x" }))).toMatchObject({
      ok: true,
    });
  });
});

describe("a schema is refused that a form can't show, or whose answers would not be checked", () => {
  test.each([
    ["no schema", "text", undefined],
    ["no object", { type: "string" }, undefined],
    ["no fields", form({}), "properties"],
    [
      "too many fields",
      form(Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`f${n}`, { type: "boolean" }]))),
      "properties",
    ],
    ["a field within a field", form({ inner: form({ a: { type: "string" } }) }), "properties.inner"],
    ["a pattern", form({ code: { type: "string", pattern: "(a+)+" } }), "properties.code"],
    ["a field of any type", form({ any: {} }), "properties.any"],
    ["a choice of none", form({ one: { type: "string", enum: [] } }), "properties.one"],
    ["a name that objects have of their own accord", form(JSON.parse('{"_x":{"type":"string"}}')), "properties._x"],
    ["a required field that is not there", form({ a: { type: "string" } }, { required: ["b"] }), "required"],
    ["rules for all fields", form({ a: { type: "string" } }, { allOf: [] }), undefined],
  ])("%s", (_what, schema, field) => {
    const parsed = parseForm(schema);

    expect(parsed).toMatchObject({ ok: false, problem: field === undefined ? {} : { field } });
    expect(parsed.ok ? "" : parsed.problem.field).toBe(field);
  });
});

describe("a form that was filled in", () => {
  const schema = form(
    {
      name: { type: "string", minLength: 2, maxLength: 3 },
      mail: { type: "string", format: "email" },
      site: { type: "string", format: "uri" },
      day: { type: "string", format: "date" },
      at: { type: "string", format: "date-time" },
      age: { type: "integer", minimum: 1, maximum: 9 },
      share: { type: "number" },
      sure: { type: "boolean" },
      one: { type: "string", enum: ["a", "b"] },
      some: { type: "array", items: { type: "string", enum: ["a", "b"] }, minItems: 1 },
    },
    { required: ["name"] },
  );

  test("is right with its required fields alone, and with all of them", () => {
    const all = {
      ...{ name: "Ann", mail: "a@b", site: "https://x", day: "2027-01-31", at: "2027-01-31T09:30:00Z" },
      ...{ age: 9, share: -0.5, sure: false, one: "b", some: ["b", "a"] },
    };

    expect(wrongIn(schema, { name: "Ann" })).toBeUndefined();
    expect(wrongIn(schema, all)).toBeUndefined();
  });

  test.each([
    ["nothing", undefined, undefined],
    ["a list", [], undefined],
    ["a required field is missing", {}, "name"],
    ["a field that is not in the form", { name: "Ann", other: 1 }, "other"],
    ["a text that is no text", { name: 7 }, "name"],
    ["a text that is too short", { name: "A" }, "name"],
    ["a text that is too long", { name: "Anna" }, "name"],
    ["no e-mail address", { name: "Ann", mail: "a b" }, "mail"],
    ["no URI", { name: "Ann", site: "x" }, "site"],
    ["no date", { name: "Ann", day: "2027-13-01" }, "day"],
    ["no time", { name: "Ann", at: "2027-01-31" }, "at"],
    ["a number that is not whole", { name: "Ann", age: 1.5 }, "age"],
    ["a number that is too small", { name: "Ann", age: 0 }, "age"],
    ["a number that is too large", { name: "Ann", age: 10 }, "age"],
    ["no number", { name: "Ann", share: "1" }, "share"],
    ["neither true nor false", { name: "Ann", sure: "true" }, "sure"],
    ["none of the choices", { name: "Ann", one: "c" }, "one"],
    ["too few choices", { name: "Ann", some: [] }, "some"],
    ["a choice twice", { name: "Ann", some: ["a", "a"] }, "some"],
    ["a choice that is none", { name: "Ann", some: ["c"] }, "some"],
  ])("is wrong: %s", (_what, filled, field) => {
    const wrong = wrongIn(schema, filled);

    expect(wrong?.allowed).toEqual(expect.any(String));
    expect(wrong?.field).toBe(field);
  });

  test("is told what a wrong field may be", () => {
    expect(wrongIn(schema, {})?.allowed).toBe("a text, 2 to 3 characters");
    expect(wrongIn(schema, { name: "Ann", age: 0 })?.allowed).toBe("a whole number, 1 to 9");
    expect(wrongIn(schema, { name: "Ann", some: [] })?.allowed).toBe('a list of some of ["a","b"], at least 1');
  });
});

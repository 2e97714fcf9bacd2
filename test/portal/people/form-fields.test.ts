import { describe, expect, test } from "vitest";
import { filledForm, formFields } from "../../../portal/people/form-fields.ts";

const fieldsOf = (properties: { readonly [name: string]: { readonly [name: string]: never | string } }) =>
  formFields({ type: "object", properties });

describe("the fields of a form", () => {
  test("have the titles of the schema, and say which of them are needed", () => {
    const schema = {
      type: "object",
      properties: { size: { type: "integer", title: "Size", description: "In pieces." }, note: { type: "string" } },
      required: ["size"],
    };

    expect(formFields(schema)).toMatchObject([
      { name: "size", title: "Size", description: "In pieces.", isRequired: true, control: { kind: "number" } },
      { name: "note", title: "note", description: undefined, isRequired: false, control: { kind: "text" } },
    ]);
  });

  test.each([
    ["enum", { type: "string", enum: ["a", "b"] }, ["a", "b"]],
    ["enum with names", { type: "string", enum: ["a", "b"], enumNames: ["Ah", "Be"] }, ["Ah", "Be"]],
    ["oneOf", { type: "string", oneOf: [{ const: "a", title: "Ah" }, { const: "b" }] }, ["Ah", "b"]],
    ["items", { type: "array", items: { type: "string", enum: ["a", "b"] } }, ["a", "b"]],
    ["items with titles", { type: "array", items: { anyOf: [{ const: "a", title: "Ah" }] } }, ["Ah"]],
  ] as const)("show the choices of %s", (_name, field, titles) => {
    const [shown] = formFields({ type: "object", properties: { field } });

    const choices = shown !== undefined && "choices" in shown.control ? shown.control.choices : [];
    expect(choices.map(({ title }) => title)).toEqual(titles);
  });

  test("begin with what the schema proposes", () => {
    const properties = {
      size: { type: "number", default: 2.5 },
      is: { type: "boolean", default: true },
      some: { type: "array", items: { enum: ["a"] }, default: ["a"] },
    };

    expect(formFields({ type: "object", properties }).map(({ initial }) => initial)).toEqual(["2.5", true, ["a"]]);
    expect(filledForm(formFields({ type: "object", properties }), {})).toEqual({
      ok: true,
      answer: { size: 2.5, is: true, some: ["a"] },
    });
  });
});

describe("a form that was filled in", () => {
  test("leaves out what is optional and empty", () => {
    expect(filledForm(fieldsOf({ note: { type: "string" } }), { note: "" })).toEqual({ ok: true, answer: {} });
  });

  test("is told field by field what is missing", () => {
    const schema = {
      type: "object",
      properties: { a: { type: "string" }, b: { type: "number" } },
      required: ["a", "b"],
    };

    const filled = filledForm(formFields(schema), { a: "", b: "" });

    expect(filled).toEqual({ ok: false, wrong: new Map(["a", "b"].map((name) => [name, "This is needed."])) });
  });

  test.each([
    [{ type: "integer" }, "1.5", "A whole number is needed."],
    [{ type: "number" }, "many", "This is no number."],
    [{ type: "number" }, "Infinity", "This is no number."],
    [{ type: "number", minimum: 0 }, "-1", "At least 0."],
    [{ type: "number", maximum: 10 }, "10.5", "At most 10."],
    [{ type: "string", minLength: 3 }, "ab", "At least 3 characters."],
    [{ type: "string", maxLength: 3 }, "abcd", "At most 3 characters."],
    [{ type: "string", format: "email" }, "ann", "This is no e-mail address."],
    [{ type: "string", format: "uri" }, "example.com", "An address begins with https: or the like."],
    [{ type: "string", format: "date-time" }, "soon", "This is no time."],
  ])("of %j does not take %s", (field, value, wrong) => {
    const fields = formFields({ type: "object", properties: { field } });

    expect(filledForm(fields, { field: value })).toEqual({ ok: false, wrong: new Map([["field", wrong]]) });
  });

  test.each([
    [{ type: "integer", minimum: 1, maximum: 3 }, "3", 3],
    [{ type: "number" }, " -2.5 ", -2.5],
    [{ type: "string", format: "date" }, "2027-01-31", "2027-01-31"],
    [{ type: "string", format: "date-time" }, "2027-01-31T09:30Z", "2027-01-31T09:30:00.000Z"],
    [{ type: "string", format: "uri" }, "https://example.com/", "https://example.com/"],
  ])("of %j takes %s", (field, value, read) => {
    const fields = formFields({ type: "object", properties: { field } });

    expect(filledForm(fields, { field: value })).toEqual({ ok: true, answer: { field: read } });
  });
});

import { describe, expect, test } from "vitest";
import { Fields } from "../../../layers/core/fields.ts";

const stored = {
  name: "acme",
  size: 3,
  isOpen: true,
  status: "active",
  tags: ["a", "b"],
  limits: { calls: 0, objects: 7 },
  owner: { subject: "ada" },
  members: [
    ["ada", 1],
    ["bob", 2],
  ],
};

test("fields that are there are read as what they are", () => {
  const fields = new Fields(stored);

  const read = {
    name: fields.text("name", { lengthMin: 4 }),
    size: fields.count("size", { min: 3 }),
    isOpen: fields.flag("isOpen"),
    status: fields.oneOf("status", ["deleted", "active"]),
    tags: fields.texts("tags"),
    limits: fields.byName("limits", (limits, each) => limits.count(each)),
    owner: { subject: fields.within("owner").text("subject") },
    members: fields.list("members", (members, place) => {
      const member = members.within(place);
      return [member.text("0"), member.count("1")];
    }),
  };

  expect(read).toEqual(stored);
  expect(fields.wrong).toEqual([]);
});

test.each<[string, (fields: Fields) => unknown]>([
  ["name", (fields) => fields.text("name", { lengthMin: 5 })],
  ["size", (fields) => fields.text("size")],
  ["size", (fields) => fields.count("size", { min: 4 })],
  ["name", (fields) => fields.count("name")],
  ["name", (fields) => fields.flag("name")],
  ["status", (fields) => fields.oneOf("status", ["deleted"])],
  ["limits", (fields) => fields.texts("limits")],
  ["members.0", (fields) => fields.texts("members")],
  ["tags", (fields) => fields.byName("tags", (tags, each) => tags.text(each))],
  ["limits.calls", (fields) => fields.byName("limits", (limits, each) => limits.count(each, { min: 1 }))],
  ["owner.name", (fields) => fields.within("owner").text("name")],
  ["name", (fields) => fields.within("name").text("first")],
  ["missing", (fields) => fields.within("missing").within("inner").text("innermost")],
  ["toString", (fields) => fields.text("toString")],
])("a %s that is read as something else is noted by its place, once", (place, read) => {
  const fields = new Fields(stored);

  read(fields);

  expect(new Set(fields.wrong)).toEqual(new Set(place === "members.0" ? ["members.0", "members.1"] : [place]));
});

test.each([Number.NaN, 1.5, -1, 2 ** 53, "1", null, undefined])("%s is no count", (size) => {
  const fields = new Fields({ size });

  expect(fields.count("size")).toBe(0);
  expect(fields.wrong).toEqual(["size"]);
});

test.each([undefined, null, "text", 7])("%j has no fields", (raw) => {
  const fields = new Fields(raw);

  expect(fields.text("name")).toBe("");
  expect(fields.wrong).toEqual(["(the whole)"]);
});

describe("what is there", () => {
  const fields = new Fields({ none: null, empty: "", zero: 0 });

  test.each([
    ["empty", true],
    ["zero", true],
    ["none", false],
    ["missing", false],
  ])("%s: %s", (name, isThere) => {
    expect(fields.has(name)).toBe(isThere);
  });

  test("is compared with a text", () => {
    expect([fields.is("empty", ""), fields.is("zero", "0")]).toEqual([true, false]);
  });
});

test("nothing from outside becomes a prototype", () => {
  const fields = new Fields(JSON.parse('{"limits":{"__proto__":{"calls":1},"calls":2}}'));

  const limits = fields.byName("limits", (each, name) => each.count(name));

  expect(Object.entries(limits)).toEqual([["calls", 2]]);
  expect(Object.getPrototypeOf(limits)).toBe(Object.prototype);
  expect(fields.wrong).toEqual([]);
});

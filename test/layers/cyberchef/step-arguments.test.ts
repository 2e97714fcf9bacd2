import { describe, expect, test } from "vitest";
import type { ArgumentShape, Operation } from "../../../layers/cyberchef/operation.ts";
import { arrangeArguments } from "../../../layers/cyberchef/step-arguments.ts";

function operationWith(...shapes: readonly ArgumentShape[]): Operation {
  return {
    name: "Stir",
    categories: ["Utils"],
    module: "Default",
    summary: "Stirs.",
    description: "Stirs.",
    inputType: "string",
    outputType: "string",
    flowControl: false,
    args: shapes.map((shape, at) => ({ name: `Spoon ${at + 1}`, key: `spoon_${at + 1}`, ...shape })),
    chunk: "Stir.mjs",
  };
}

const FLAG: ArgumentShape = { type: "boolean", default: true };
const COUNT: ArgumentShape = { type: "number", default: 2, min: 1, max: 9, integer: true };
const ANY_NUMBER: ArgumentShape = { type: "number", default: 0 };
const TEXT: ArgumentShape = { type: "string", default: "", lengthMax: 3, required: true };
const OPTION: ArgumentShape = { type: "option", default: "Fast", options: ["Slow", "Fast"] };
const EDITABLE: ArgumentShape = {
  type: "editable_option",
  default: "0-9",
  options: [{ name: "Digits", value: "0-9" }],
};
const TOGGLE: ArgumentShape = { type: "toggle_string", default: "", formats: ["Hex", "UTF8"] };
const LABEL: ArgumentShape = { type: "label" };

describe("what is left out takes the operation's default", () => {
  test.each([
    ["nothing given", undefined],
    ["an empty list", []],
    ["nulls", [null, null]],
    ["other names", { "spoon 3": "Slow" }],
  ])("%s", (_case, given) => {
    const arranged = arrangeArguments(operationWith(FLAG, COUNT, OPTION), given);

    expect(arranged).toMatchObject({ ok: true, value: [true, 2, expect.stringMatching(/Fast|Slow/)] });
  });
});

test.each([
  ["by key", { spoon_1: 5 }],
  ["by name", { "Spoon 1": 5 }],
  ["by name in another case and with other marks", { "SPOON-1": 5 }],
  ["by position", [5]],
  ["as a text of digits", ["5"]],
])("an argument is given %s", (_how, given) => {
  expect(arrangeArguments(operationWith(COUNT), given)).toEqual({ ok: true, value: [5] });
});

test.each([
  ["an option by name in any case", OPTION, "sLOW", "Slow"],
  ["a named value", EDITABLE, "digits", "0-9"],
  ["a value of its own", EDITABLE, "a-f", "a-f"],
  ["a named value as CyberChef writes it", EDITABLE, { name: "Digits", value: "0-9" }, "0-9"],
  ["a text in the first format", TOGGLE, "ff", { option: "Hex", string: "ff" }],
  ["a text in a format", TOGGLE, { option: "utf8", string: "ff" }, { option: "UTF8", string: "ff" }],
  ["a format without a text", TOGGLE, { option: "UTF8" }, { option: "UTF8", string: "" }],
  ["a flag as text", FLAG, "false", false],
  ["a number as text", TEXT, 7, "7"],
  ["a number below zero", ANY_NUMBER, -1.5, -1.5],
  ["anything for a label", LABEL, "x", ""],
] as const)("%s is read", (_what, shape, given, read) => {
  expect(arrangeArguments(operationWith(shape), [given])).toEqual({ ok: true, value: [read] });
});

test.each([
  ["a number below the least", COUNT, 0, "a whole number from 1 up to 9 is allowed"],
  ["a number above the most", COUNT, 10, "a whole number from 1 up to 9 is allowed"],
  ["a fraction where none may be", COUNT, 1.5, "a whole number from 1 up to 9 is allowed"],
  ["no number at all", ANY_NUMBER, "many", "a number is allowed"],
  ["a number that is none", ANY_NUMBER, Number.NaN, "a number is allowed"],
  ["a number without end", ANY_NUMBER, Number.POSITIVE_INFINITY, "a number is allowed"],
  ["an empty text where one must be", TEXT, "", "it may not be empty"],
  ["too long a text", TEXT, "abcd", "at most 3 characters are allowed"],
  ["a list for a text", TEXT, ["a"], "a text is allowed"],
  ["an option that there is not", OPTION, "Medium", "one of these is allowed: Slow, Fast"],
  ["a list for an option", OPTION, ["Slow"], "one of these is allowed: Slow, Fast"],
  ["what no text can be made of for an option", OPTION, { toString: null }, "one of these is allowed: Slow, Fast"],
  [
    "a format that there is not",
    TOGGLE,
    { option: "Octal", string: "7" },
    "for the format, one of these is allowed: Hex, UTF8",
  ],
  ["a list for an editable option", EDITABLE, [1], "a text or one of these is allowed: Digits"],
  ["a word for a flag", FLAG, "maybe", "true or false is allowed"],
] as const)("%s is refused with what is allowed", (_what, shape, given, why) => {
  expect(arrangeArguments(operationWith(shape), [given])).toEqual({ ok: false, problem: { argument: "Spoon 1", why } });
});

test("a name that the operation does not have is refused with those it has", () => {
  expect(arrangeArguments(operationWith(FLAG, COUNT), { fork: 1 })).toEqual({
    ok: false,
    problem: { argument: "fork", why: "it has no such argument; it has spoon_1, spoon_2" },
  });
});

test("more arguments than the operation has are refused", () => {
  expect(arrangeArguments(operationWith(FLAG), [true, 1])).toEqual({
    ok: false,
    problem: { argument: "#2", why: "it takes 1 arguments, not 2" },
  });
});

describe("a preset", () => {
  const PRESET: ArgumentShape = {
    type: "preset",
    default: "User defined",
    targets: [1],
    options: [
      { name: "User defined", values: [""] },
      { name: "Dates", values: ["\\d+"] },
    ],
  };
  const PATTERN: ArgumentShape = { type: "string", default: "x" };

  test("fills the argument that it is for", () => {
    expect(arrangeArguments(operationWith(PRESET, PATTERN), { spoon_1: "dates" })).toEqual({
      ok: true,
      value: ["Dates", "\\d+"],
    });
  });

  test("leaves an argument that was given", () => {
    expect(arrangeArguments(operationWith(PRESET, PATTERN), ["Dates", "y"])).toEqual({
      ok: true,
      value: ["Dates", "y"],
    });
  });

  test("that nobody chose fills nothing", () => {
    expect(arrangeArguments(operationWith(PRESET, PATTERN), [])).toEqual({ ok: true, value: ["User defined", "x"] });
  });
});

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ChefStep, parseChefFormat } from "../../../../../layers/cyberchef/tools/recipe-format/chef-format.ts";

/** Writes the format as its rules say: JSON with the quotes exchanged, spaces of names as underscores. */
function chefFormat(steps: readonly ChefStep[]): string {
  return steps
    .map(({ op, args, disabled, breakpoint }) => {
      const json = JSON.stringify(args).slice(1, -1).replaceAll("'", "\\'");
      const quoted = json.replace(/"((?:[^"\\]|\\.)*)"/g, "'$1'").replaceAll('\\"', '"');
      return `${op.replaceAll(" ", "_")}(${quoted}${disabled ? "/disabled" : ""}${breakpoint ? "/breakpoint" : ""})`;
    })
    .join("");
}

describe("recipes that CyberChef's web app wrote are read", () => {
  test.each<[string, readonly unknown[]]>([
    ["To_Base64('A-Za-z0-9+/=')", [{ op: "To Base64", args: ["A-Za-z0-9+/="] }]],
    ["MD5()", [{ op: "MD5", args: [] }]],
    [
      "From_Base64('A-Za-z0-9+/=',true,false)To_Hex('Space',0)",
      [
        { op: "From Base64", args: ["A-Za-z0-9+/=", true, false] },
        { op: "To Hex", args: ["Space", 0] },
      ],
    ],
    [
      "AES_Decrypt({'option':'Hex','string':'00'},{'option':'Hex','string':''},'CBC')",
      [{ op: "AES Decrypt", args: [{ option: "Hex", string: "00" }, { option: "Hex", string: "" }, "CBC"] }],
    ],
    ["To_Hex('Space',0/disabled)", [{ op: "To Hex", args: ["Space", 0], disabled: true }]],
    ["MD5(/disabled/breakpoint)", [{ op: "MD5", args: [], disabled: true, breakpoint: true }]],
    [
      "To_Base64('/')MD5()",
      [
        { op: "To Base64", args: ["/"] },
        { op: "MD5", args: [] },
      ],
    ],
    [
      "Find_/_Replace({'option':'Regex','string':'\\\\)'},'\\'',true)",
      [{ op: "Find / Replace", args: [{ option: "Regex", string: "\\)" }, "'", true] }],
    ],
    [
      "\n MD5()\n SHA1(80)\n",
      [
        { op: "MD5", args: [] },
        { op: "SHA1", args: [80] },
      ],
    ],
    ["", []],
  ])("%j", (text, steps) => {
    expect(parseChefFormat(text)).toEqual({ ok: true, value: steps });
  });
});

test("whatever the arguments hold, what was written is read back", () => {
  const argument = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom("'", '"', "\\", "/", "(", ")", ",", "a", "\n") }),
    fc.boolean(),
    fc.integer(),
    fc.record({ option: fc.string(), string: fc.string({ unit: fc.constantFrom("'", '"', "\\", ")", "/") }) }),
  );
  const step = fc.record(
    {
      op: fc.stringMatching(/^[A-Z][A-Za-z0-9 /-]{0,20}$/).map((name) => name.trim()),
      args: fc.array(argument, { maxLength: 4 }),
      disabled: fc.constant(true as const),
      breakpoint: fc.constant(true as const),
    },
    { requiredKeys: ["op", "args"] },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 5 }), (steps) => {
      expect(parseChefFormat(chefFormat(steps))).toEqual({ ok: true, value: steps });
    }),
    { numRuns: 150 },
  );
});

test.each([
  ["text without an operation", "hello"],
  ["arguments without a name", "('a')"],
  ["a step that does not end", "MD5("],
  ["a string that does not end", "To_Hex('Space)"],
  ["arguments that are no values", "To_Hex(Space)"],
  ["an unknown flag", "MD5(/paused)"],
  ["something after the last step", "MD5()x"],
])("%s is refused with the place", (_what, text) => {
  expect(parseChefFormat(text)).toMatchObject({
    ok: false,
    problem: { reason: "chef_format_malformed", why: expect.stringMatching(/./) },
  });
});

test("any text is read or refused, never a fault", () => {
  const text = fc.string({ unit: fc.constantFrom("M", "(", ")", "'", "\\", "/", ",", "{", "}", ":", "1", "_") });
  fc.assert(
    fc.property(text, (given) => {
      expect(typeof parseChefFormat(given).ok).toBe("boolean");
    }),
    { numRuns: 1000 },
  );
});

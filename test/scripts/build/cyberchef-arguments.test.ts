import { expect, test } from "vitest";
import { ArgumentTypeUnknown, describeArguments } from "../../../scripts/build/cyberchef-arguments.ts";

test("two arguments of one name get two keys", () => {
  const [first, second] = describeArguments([
    { name: "Rounds", type: "number", value: 64 },
    { name: "Rounds", type: "number", value: 160 },
  ]);

  expect([first?.key, second?.key]).toEqual(["rounds", "rounds_2"]);
});

test("Greek wheels and an argument without a name have keys too", () => {
  const keys = describeArguments([
    { name: "Ψ1 start (1-43)", type: "number", value: 1 },
    { name: "", type: "text", value: "" },
  ]).map(({ key }) => key);

  expect(keys).toEqual(["psi1_start_1_43", "text"]);
});

test("headings among options are none, and none is the default", () => {
  const [units] = describeArguments([
    { name: "Units", type: "option", value: ["[Metric]", "Metre", "[/Metric]", "Foot"] },
  ]);

  expect(units).toMatchObject({ type: "option", default: "Metre", options: ["Metre", "Foot"] });
});

test("the default of a list of values is the one that CyberChef counts to", () => {
  const [rotor] = describeArguments([
    {
      name: "Rotor",
      type: "editableOption",
      value: [
        { name: "I", value: "x" },
        { name: "II", value: "y" },
      ],
      defaultIndex: 1,
    },
  ]);

  expect(rotor).toMatchObject({ default: "y" });
});

test("an argument of a type that nobody knows stops the build", () => {
  expect(() => describeArguments([{ name: "Dial", type: "dial" }])).toThrow(ArgumentTypeUnknown);
});

import { expect, test } from "vitest";
import { type Draft, draftText, otherText } from "../../../portal/people/draft.ts";

test.each<[Draft, string]>([
  [{}, ""],
  [{ text: "half" }, "half"],
  [{ choice: "A" }, "A"],
  [{ fields: { size: "M", note: "", po: false, some: ["a"] } }, 'size: M\nsome: [\n  "a"\n]'],
])("of %j can be taken elsewhere: %j", (draft, text) => {
  expect(draftText(draft)).toBe(text);
});

test.each([
  [{ text: "another" }, "given", "another"],
  [{ choice: "B" }, "A", "B"],
  [{ text: "given" }, "given", ""],
  [{}, "given", ""],
  [{ text: "begun" }, undefined, ""],
  [{ fields: { size: "M" } }, { size: "M" }, ""],
] as const)("where %j was written and %j was given, %j is left", (draft, given, left) => {
  expect(otherText(draft, given)).toBe(left);
});

import { expect, test } from "vitest";
import { isTech, TECHS, techOf } from "../../../../layers/core/project/tech.ts";

test.each([
  [["nodejs"], "node"],
  [["React", "TypeScript"], "node"],
  [["docker", "Flask"], "python"],
  [["laravel"], "php"],
  [["html"], "static"],
  [["cobol"], undefined],
  [[], undefined],
])("a stack of %j is run with %s", (stack, tech) => {
  expect(techOf(stack)).toBe(tech);
});

test("each tech is a word for itself, and no other word is a tech", () => {
  for (const tech of TECHS) expect([isTech(tech), techOf([tech])]).toEqual([true, tech]);
  expect(isTech("nodejs")).toBe(false);
});

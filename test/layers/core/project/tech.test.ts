import { expect, test } from "vitest";
import { TECHS, techOf } from "../../../../layers/core/project/tech.ts";

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

test.each(TECHS)("%s is a word for itself", (tech) => {
  expect(techOf([tech])).toBe(tech);
});

import { expect, test } from "vitest";
import * as z from "zod";
import { recipeIdOf } from "../../../../layers/cyberchef/tools/recipe-id.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");

test("the id of a call's recipe is always the same, a version 8 UUID", () => {
  expect(recipeIdOf(acme, "call-1")).toBe(recipeIdOf(acme, "call-1"));
  for (let at = 0; at < 200; at++) {
    const id = recipeIdOf(acme, `call-${at}`);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(z.uuid().safeParse(id).success).toBe(true);
  }
});

test("other calls and other tenants have other ids", () => {
  const ids = [recipeIdOf(acme, "a"), recipeIdOf(acme, "b"), recipeIdOf(tenant("other"), "a")];

  expect(new Set(ids).size).toBe(3);
});

import { expect, test } from "vitest";
import { ok, refused, unreachable } from "../../../layers/core/result.ts";

test("an answer is a value or a problem, and says which", () => {
  expect(ok(5)).toEqual({ ok: true, value: 5 });
  expect(ok()).toEqual({ ok: true, value: undefined });
  expect(refused({ reason: "full" })).toEqual({ ok: false, problem: { reason: "full" } });
});

test("a case that no type foresaw is a fault that shows it", () => {
  const unforeseen: unknown = { reason: "new" };

  expect(() => unreachable(unforeseen as never)).toThrow('a case that can\'t be: {"reason":"new"}');
});

import { expect, test } from "vitest";
import { ok } from "../../../../layers/core/result.ts";
import { idempotencyKeyIn } from "../../../../layers/http/operation/idempotency-key.ts";

test.each([
  [undefined, undefined],
  ['"8e03978e-40d5-43e8-bc93-6894a57f9324"', "8e03978e-40d5-43e8-bc93-6894a57f9324"],
  [" 8e03978e ", "8e03978e"],
  ['"a b"', "a b"],
  [String.raw`"say \"hi\" \\ bye"`, String.raw`say "hi" \ bye`],
  [`"${"k".repeat(255)}"`, "k".repeat(255)],
])("the header %j is the key %j", (header, key) => {
  expect(idempotencyKeyIn(header)).toEqual(ok(key));
});

test.each(["", '""', '"open', 'open"quote"', String.raw`"\n"`, "gänse", "k".repeat(256), '"a", "b"'])(
  "the header %j is refused, with what it may be",
  (header) => {
    const read = idempotencyKeyIn(header);

    expect(read).toEqual({
      ok: false,
      problem: 'Idempotency-Key: takes 1 to 255 printable ASCII characters, as "8e03978e"',
    });
  },
);

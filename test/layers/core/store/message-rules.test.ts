import { expect, test } from "vitest";
import { MESSAGE_BYTES_MAX } from "../../../../layers/core/ports/queue.ts";
import { checkSend } from "../../../../layers/core/store/message-rules.ts";

test("every text that JSON.stringify writes is a body", () => {
  const everyUnit = Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit)).join("");
  const body = JSON.stringify([everyUnit, "😀"]).replaceAll(/[\ufffe\uffff]/g, "");

  expect(checkSend({ body })).toEqual({ ok: true, value: undefined });
});

test("a body is measured in UTF-8 before anything else is asked of it", () => {
  expect(checkSend({ body: "\0".repeat(MESSAGE_BYTES_MAX + 1) })).toMatchObject({ ok: false });
  expect(checkSend({ body: "é".repeat(MESSAGE_BYTES_MAX / 2 + 1) })).toEqual({
    ok: false,
    problem: { reason: "message_too_large", bytes: MESSAGE_BYTES_MAX + 2, bytesMax: MESSAGE_BYTES_MAX },
  });
});

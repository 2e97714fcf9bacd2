import { expect, test } from "vitest";
import { ok, refused } from "../../../../layers/core/result.ts";
import { newUserSessionId, parseUserSessionId } from "../../../../layers/core/user-session/user-session-id.ts";
import { systemChance } from "../../../../layers/node/system-chance.ts";

test.each(["abc123-def456-ghi789", "m1x2-k3j4", "a", ".", "A_b.C-9", "x".repeat(128)])("%s is an id", (text) => {
  expect(parseUserSessionId(text)).toEqual(ok(text));
});

test("white space around an id is taken off", () => {
  expect(parseUserSessionId("  abc \n")).toEqual(ok("abc"));
});

test.each(["", "   ", "a b", "a/b", "a#b", "~", "ä", "a\u0000", "x".repeat(129), 7, null, undefined, {}, ["abc"]])(
  "%j is no id",
  (raw) => {
    expect(parseUserSessionId(raw)).toEqual(refused({ reason: "user_session_id_malformed" }));
  },
);

test("new ids are ids, of 144 bits, and never the same", () => {
  const chance = systemChance();

  const ids = Array.from({ length: 1_000 }, () => newUserSessionId(chance));

  expect(new Set(ids).size).toBe(1_000);
  for (const id of ids) expect(parseUserSessionId(id)).toEqual(ok(id));
  expect(new Set(ids.map((id) => id.length))).toEqual(new Set([24]));
});

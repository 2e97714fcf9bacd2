import { ok, type Result, refused } from "../../core/result.ts";

export const IDEMPOTENCY_KEY_CHARACTERS_MAX = 255;

/** RFC 9651, section 3.3.3: a string in quotes, in which a backslash stands before a quote and a backslash alone. */
const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
/** As many clients send it, though the draft wants quotes. */
const BARE = /^[\x20\x21\x23-\x7e]+$/;

/**
 * The key of a request that is to be done once, whether it stands in quotes (draft-ietf-httpapi-idempotency-key-header-07,
 * section 2.1) or not.
 */
export function idempotencyKeyIn(header: string | undefined): Result<string | undefined, string> {
  if (header === undefined) return ok(undefined);
  const text = header.trim();
  const [, quoted] = QUOTED.exec(text) ?? [];
  const key = quoted?.replaceAll(/\\(["\\])/g, "$1") ?? (BARE.test(text) ? text : "");
  if (key !== "" && key.length <= IDEMPOTENCY_KEY_CHARACTERS_MAX) return ok(key);
  return refused(
    `Idempotency-Key: takes 1 to ${IDEMPOTENCY_KEY_CHARACTERS_MAX} printable ASCII characters, as "8e03978e"`,
  );
}

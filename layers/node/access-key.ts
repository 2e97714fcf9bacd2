import { createHash, timingSafeEqual } from "node:crypto";
import type { Secret } from "../core/ports/secrets.ts";

/** How long a key that was taken out of use still opens. */
const KEY_AGE_MAX_MS = 5 * 60_000;
/** A key not known yet may be a new one, so it is looked up again; no oftener, whatever callers try. */
const UNKNOWN_KEY_AGE_MAX_MS = 10_000;
/** A shorter secret is a mistake, not a key. */
const KEY_CHARACTERS_MIN = 32;

/**
 * Checks callers' keys against a secret. The one before the last rotation opens too, so that callers can change theirs
 * one by one; a key that leaked is shut out by rotating twice.
 */
export function accessKey(secret: Secret): (given: string) => Promise<boolean> {
  return async (given) =>
    (await opens(secret, { given, ageMaxMs: KEY_AGE_MAX_MS })) ||
    (await opens(secret, { given, ageMaxMs: UNKNOWN_KEY_AGE_MAX_MS }));
}

async function opens(
  secret: Secret,
  { given, ageMaxMs }: { readonly given: string; readonly ageMaxMs: number },
): Promise<boolean> {
  const { current, previous } = await secret.read(ageMaxMs);
  return [current, previous].some((key) => key !== undefined && isSame(key, given));
}

/** Digests are of one length and tell nothing of what they are of, so the time to compare them does neither. */
function isSame(key: string, given: string): boolean {
  return key.length >= KEY_CHARACTERS_MIN && timingSafeEqual(digest(key), digest(given));
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}

import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { KeyedHash } from "../core/ports/keyed-hash.ts";
import type { Secret, SecretVersions } from "../core/ports/secrets.ts";

/** How late a process learns that the secret was rotated. */
const SECRET_AGE_MAX_MS = 5 * 60_000;
/** At this length even hexadecimal digits hold the 128 bits that a key needs. */
const SECRET_CHARACTERS_MIN = 32;

interface HashKey {
  /** A digest of the key, so that every process gives it the same name. */
  readonly id: string;
  readonly key: Uint8Array;
}

/** HMAC-SHA256, written as the id of its key and the hash. The first key hashes, every key is tried. */
export function keyedHash(secrets: readonly [string, ...string[]]): KeyedHash {
  const keys = secrets.map(keyOf);
  const [newest = keyOf(secrets[0])] = keys;
  return {
    of: (text) => `${newest.id}.${hashed(newest, text).toString("base64url")}`,
    matches(text, hash) {
      const [id, digest = ""] = hash.split(".");
      const key = keys.find((candidate) => candidate.id === id) ?? newest;
      const right = hashed(key, text);
      const given = Buffer.alloc(right.byteLength);
      given.write(digest, "base64url");
      // A hash of another key is compared all the same, so that the time tells nothing.
      if (!timingSafeEqual(right, given) || key.id !== id) return "no";
      return key === newest ? "yes" : "old";
    },
  };
}

function keyOf(secret: string): HashKey {
  if (secret.length < SECRET_CHARACTERS_MIN) throw new HashSecretTooShort();
  const key = createHash("sha256").update(secret).digest();
  return { id: createHash("sha256").update(key).digest("hex").slice(0, 8), key };
}

function hashed({ key }: HashKey, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

/** A {@link KeyedHash} with what a secret holds now, and what it held before it was last rotated. */
export interface SecretKeyedHash extends KeyedHash {
  /**
   * Takes up a rotation. To be awaited before the hash is used in a call; at once as long as the secret is known.
   *
   * @throws {StoreFault} when the secret was never read.
   * @throws {HashSecretTooShort} when it is no secret.
   */
  refresh(): Promise<void>;
}

export function secretKeyedHash(secret: Secret): SecretKeyedHash {
  let held: { readonly versions: SecretVersions; readonly hash: KeyedHash } | undefined;
  const current = (): KeyedHash => {
    if (held === undefined) throw new TypeError("the hash is used before its secret was read");
    return held.hash;
  };
  return {
    of: (text) => current().of(text),
    matches: (text, hash) => current().matches(text, hash),
    async refresh() {
      const versions = await secret.read(SECRET_AGE_MAX_MS);
      if (held?.versions === versions) return;
      const { current: newest, previous } = versions;
      held = { versions, hash: keyedHash(previous === undefined ? [newest] : [newest, previous]) };
    },
  };
}

export class HashSecretTooShort extends Error {
  readonly code = "hash_secret_too_short";
  constructor() {
    super(`the secret for hashes has fewer than ${SECRET_CHARACTERS_MIN} characters`);
    this.name = "HashSecretTooShort";
  }
}

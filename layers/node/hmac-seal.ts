import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Seal } from "../core/ports/seal.ts";

export interface SealKey {
  /** Names the key inside each sealed text, so that keys can be rotated. No dots. */
  readonly id: string;
  /** At least 32 bytes (RFC 2104, section 3: no shorter than the hash). */
  readonly secret: Uint8Array;
}

const SECRET_BYTES_MIN = 32;

/** HMAC-SHA256. The first key signs, every key opens: put a new one first, drop the old one when its texts have expired. */
export function hmacSeal(keys: readonly [SealKey, ...SealKey[]]): Seal {
  for (const key of keys) if (key.secret.byteLength < SECRET_BYTES_MIN) throw new SealKeyTooShort(key.id);
  const tagOf = (key: SealKey, purpose: string, body: string): string =>
    createHmac("sha256", key.secret).update(`${key.id}.${purpose}.${body}`).digest("base64url");
  return {
    seal(purpose, text) {
      const [key] = keys;
      const body = Buffer.from(text).toString("base64url");
      return `${key.id}.${body}.${tagOf(key, purpose, body)}`;
    },
    open(purpose, sealed) {
      const [id, body, tag, ...rest] = sealed.split(".");
      const key = keys.find((candidate) => candidate.id === id);
      if (key === undefined || body === undefined || tag === undefined || rest.length > 0) return undefined;
      // Compared as written: several texts decode to the same bytes.
      const given = Buffer.from(tag);
      const right = Buffer.from(tagOf(key, purpose, body));
      if (given.byteLength !== right.byteLength || !timingSafeEqual(given, right)) return undefined;
      return Buffer.from(body, "base64url").toString();
    },
    digest: (text) => createHash("sha256").update(text).digest("base64url"),
  };
}

export class SealKeyTooShort extends Error {
  readonly code = "seal_key_too_short";
  constructor(id: string) {
    super(`seal key ${id} is shorter than ${SECRET_BYTES_MIN} bytes`);
    this.name = "SealKeyTooShort";
  }
}

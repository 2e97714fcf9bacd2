import { hkdfSync } from "node:crypto";
import type { KeyedHash } from "../core/ports/keyed-hash.ts";
import type { Seal } from "../core/ports/seal.ts";
import { SelfIssuer } from "../identity/self-issuer.ts";
import { hmacSeal } from "../node/hmac-seal.ts";
import { keyedHash } from "../node/keyed-hash.ts";
import { sealKey } from "./seal-key.ts";

/** What a data folder's cells keep secret, all of it from the one key in the folder. */
export interface CellSecrets {
  readonly seal: Seal;
  /** Of API keys. */
  readonly hash: KeyedHash;
  readonly issuer: SelfIssuer;
  /** What the folder's processes know each other by. */
  readonly push: string;
}

/**
 * Reads the folder's key, and makes it where there is none.
 *
 * @throws {SealKeyUnreadable} when the file holds no key.
 */
export function cellSecrets(file: string): CellSecrets {
  const key = sealKey(file);
  return {
    seal: hmacSeal([key]),
    hash: keyedHash([derived(key.secret, "hashes of API keys").toString("base64url")]),
    issuer: new SelfIssuer(derived(key.secret, "key of the issuer")),
    push: derived(key.secret, "pushes between processes").toString("base64url"),
  };
}

/** RFC 5869: one secret for each use, none of which tells anything of another. */
function derived(secret: Uint8Array, use: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "", `skein: ${use}`, 32));
}

import { createHash } from "node:crypto";
import type { Seal } from "../core/ports/seal.ts";
import type { Secret, SecretVersions } from "../core/ports/secrets.ts";
import { hmacSeal, type SealKey } from "./hmac-seal.ts";

/** How late a process learns that the secret was rotated. Texts sealed before are opened by both versions' keys. */
const SEAL_AGE_MAX_MS = 5 * 60_000;
/** Of the secret: at this length even hexadecimal digits hold the 128 bits that a key needs. */
const SECRET_CHARACTERS_MIN = 32;

/** Signs with what a secret holds now, and still opens what was signed with what it held before. */
export interface SecretSeal {
  readonly seal: Seal;
  /**
   * Takes up a rotation. To be awaited before `seal` is used in a call.
   *
   * @throws {StoreFault} when the secret was never read.
   * @throws {SealSecretTooShort} when it is no secret.
   */
  refresh(): Promise<void>;
}

export function secretSeal(secret: Secret): SecretSeal {
  let held: { readonly versions: SecretVersions; readonly seal: Seal } | undefined;
  const current = (): Seal => {
    if (held === undefined) throw new TypeError("the seal is used before its secret was read");
    return held.seal;
  };
  return {
    seal: {
      seal: (purpose, text) => current().seal(purpose, text),
      open: (purpose, sealed) => current().open(purpose, sealed),
      digest: (text) => createHash("sha256").update(text).digest("base64url"),
    },
    async refresh() {
      const versions = await secret.read(SEAL_AGE_MAX_MS);
      if (held?.versions !== versions) held = { versions, seal: sealOf(versions) };
    },
  };
}

function sealOf({ current, previous }: SecretVersions): Seal {
  return previous === undefined ? hmacSeal([keyOf(current)]) : hmacSeal([keyOf(current), keyOf(previous)]);
}

/** Named by a digest of the key, so that every process gives a key the same name, whatever comes before or after it. */
function keyOf(secretText: string): SealKey {
  if (secretText.length < SECRET_CHARACTERS_MIN) throw new SealSecretTooShort();
  const secret = createHash("sha256").update(secretText).digest();
  return { id: createHash("sha256").update(secret).digest("hex").slice(0, 8), secret };
}

export class SealSecretTooShort extends Error {
  readonly code = "seal_secret_too_short";
  constructor() {
    super(`the secret for seals has fewer than ${SECRET_CHARACTERS_MIN} characters`);
    this.name = "SealSecretTooShort";
  }
}

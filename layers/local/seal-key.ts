import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { faultCode } from "../http/fault-reply.ts";
import type { SealKey } from "../node/hmac-seal.ts";
import { makeOwnFile } from "./own-file.ts";

const SECRET_BYTES = 32;

/**
 * The key that a data folder's cells sign with, made by whichever of them comes first. It is written whole beside its
 * place and then linked there, which fails when another process was faster: that one's key is taken then.
 *
 * @throws {SealKeyUnreadable} when the file holds no key.
 */
export function sealKey(file: string): SealKey {
  const secret = storedSecret(file) ?? createdSecret(file) ?? storedSecret(file);
  if (secret === undefined) throw new SealKeyUnreadable(file);
  return { id: "local", secret };
}

function storedSecret(file: string): Uint8Array | undefined {
  try {
    const secret = Buffer.from(readFileSync(file, "utf8").trim(), "base64url");
    if (secret.byteLength !== SECRET_BYTES) throw new SealKeyUnreadable(file);
    return secret;
  } catch (error) {
    if (faultCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Undefined when another process made one meanwhile. */
function createdSecret(file: string): Uint8Array | undefined {
  const secret = randomBytes(SECRET_BYTES);
  return makeOwnFile(file, `${secret.toString("base64url")}\n`) ? secret : undefined;
}

export class SealKeyUnreadable extends Error {
  readonly code = "seal_key_unreadable";
  constructor(file: string) {
    super(`${file} holds no key; put back what it held, or remove it and let open questions of clients be lost`);
    this.name = "SealKeyUnreadable";
  }
}

import { createHash, createHmac } from "node:crypto";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** For whom, what for, and when something is signed. */
export interface Signing {
  readonly credentials: Credentials;
  readonly region: string;
  /** As it stands in the credential scope. */
  readonly service: string;
  readonly nowMs: number;
}

/** As the scope writes it: `YYYYMMDDTHHMMSSZ`. */
export function signingTime(nowMs: number): string {
  return new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

export function credentialScope({ region, service, nowMs }: Signing): string {
  return `${signingTime(nowMs).slice(0, 8)}/${region}/${service}/aws4_request`;
}

/** Signature Version 4 of a canonical request (IAM user guide, "Create a signed AWS API request", read 2026-11-21). */
export function signatureOf(canonicalRequest: string, signing: Signing): string {
  const scope = credentialScope(signing);
  const key = scope
    .split("/")
    .reduce<string | Buffer>(
      (secret, part) => createHmac("sha256", secret).update(part).digest(),
      `AWS4${signing.credentials.secretAccessKey}`,
    );
  const toSign = ["AWS4-HMAC-SHA256", signingTime(signing.nowMs), scope, sha256(canonicalRequest)].join("\n");
  return createHmac("sha256", key).update(toSign).digest("hex");
}

export function sha256(content: string): string {
  return createHash("sha256").update(content).digest("hex");
}

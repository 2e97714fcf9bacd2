import type { AwsSettings } from "./client.ts";
import { serviceEndpoint } from "./endpoint.ts";
import { type Credentials, credentialScope, signatureOf, signingTime } from "./signature.ts";

export interface LinkedObject {
  readonly bucket: string;
  readonly key: string;
  readonly method: "GET" | "PUT";
  /** Those that whoever uses the link has to send just so: names in small letters. @default - none but its host */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface LinkSigning extends AwsSettings {
  readonly credentials: Credentials;
  readonly nowMs: number;
  /** 1 to {@link LINK_SECONDS_MAX}. It ends sooner where the credentials do. */
  readonly expiresInSeconds: number;
}

/** Source: S3 user guide, "Download and upload objects with presigned URLs" (read 2026-11-21). */
export const LINK_SECONDS_MAX: number = 7 * 24 * 60 * 60;

/**
 * A link by which whoever has it may read or write one object for a while, with no credentials of their own: signed in the
 * query, for a body that the signature says nothing of but by its headers. Another service than AWS's own has the bucket in the path.
 *
 * Source: S3 API reference, "Authenticating Requests: Using Query Parameters" (read 2026-11-21).
 */
export function presignedLink({ bucket, key, method, headers = {} }: LinkedObject, signing: LinkSigning): string {
  const { credentials, region, nowMs, expiresInSeconds, endpoint } = signing;
  const scope = { credentials, region, nowMs, service: "s3" };
  const service = serviceEndpoint("s3", signing);
  const isOwn = endpoint === undefined;
  const host = isOwn ? `${bucket}.${service.host}` : service.host;
  const path = `/${[...(isOwn ? [] : [bucket]), ...key.split("/")].map(encoded).join("/")}`;
  const sent: Readonly<Record<string, string>> = { ...headers, host };
  const names = Object.keys(sent).sort();
  const query = queryOf({
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${credentials.accessKeyId}/${credentialScope(scope)}`,
    "X-Amz-Date": signingTime(nowMs),
    "X-Amz-Expires": String(expiresInSeconds),
    ...(credentials.sessionToken !== undefined && { "X-Amz-Security-Token": credentials.sessionToken }),
    "X-Amz-SignedHeaders": names.join(";"),
  });
  const lines = names.map((name) => `${name}:${sent[name] ?? ""}\n`).join("");
  const canonicalRequest = [method, path, query, lines, names.join(";"), "UNSIGNED-PAYLOAD"].join("\n");
  return `${service.protocol}//${host}${path}?${query}&X-Amz-Signature=${signatureOf(canonicalRequest, scope)}`;
}

/** In the order of the names, which is what is signed. */
function queryOf(parameters: Readonly<Record<string, string>>): string {
  const names = Object.keys(parameters).sort();
  return names.map((name) => `${encoded(name)}=${encoded(parameters[name] ?? "")}`).join("&");
}

/** As signatures write it: all but letters, digits and `-._~` in percent signs. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

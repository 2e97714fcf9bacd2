import { SOCKET_STAGE } from "../../core/deployment/socket-stage.ts";
import { type Credentials, credentialScope, sha256, signatureOf, signingTime } from "../signature.ts";

/** `POST` sends a text to a connection, and `DELETE` ends it. */
export interface ConnectionCall {
  readonly method: "POST" | "DELETE";
  readonly endpoint: URL;
  readonly region: string;
  readonly credentials: Credentials;
  readonly connectionId: string;
  /** Empty where it ends. */
  readonly text: string;
  readonly nowMs: number;
}

export interface SignedCall {
  readonly path: string;
  /** Each of them signed. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A command of `@connections` (API Gateway developer guide, "Use @connections commands in your backend service", read
 * 2026-11-21). What a path holds encoded is encoded once more to be signed, as for every service but S3.
 */
export function signedCall(call: ConnectionCall): SignedCall {
  const { method, endpoint, connectionId, text, credentials } = call;
  const path = `/${SOCKET_STAGE}/@connections/${encodeURIComponent(connectionId)}`;
  const headers: Record<string, string> = {
    ...(text !== "" && { "content-type": "text/plain; charset=utf-8" }),
    host: endpoint.host,
    "x-amz-date": signingTime(call.nowMs),
    ...(credentials.sessionToken !== undefined && { "x-amz-security-token": credentials.sessionToken }),
  };
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const signedPath = path.split("/").map(encodeURIComponent).join("/");
  const canonicalRequest = [method, signedPath, "", lines.join(""), names, sha256(text)].join("\n");
  const signing = { ...call, service: "execute-api" };
  const credential = `Credential=${credentials.accessKeyId}/${credentialScope(signing)}`;
  const signature = signatureOf(canonicalRequest, signing);
  return {
    path,
    headers: {
      ...headers,
      authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}`,
    },
  };
}

import { type Credentials, credentialScope, sha256, signatureOf, signingTime } from "../signature.ts";

export interface Invocation {
  /** Of Lambda in its region. */
  readonly endpoint: URL;
  readonly region: string;
  readonly credentials: Credentials;
  readonly functionName: string;
  /** A version or an alias. */
  readonly qualifier: string;
  /** JSON. */
  readonly event: string;
  readonly nowMs: number;
}

export interface SignedInvocation {
  readonly path: string;
  /** Each of them signed. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A call of `InvokeWithResponseStream` (Lambda API reference, read 2026-11-21). Neither name needs to be encoded: Lambda has
 * letters, digits, `-` and `_` in both.
 */
export function signedInvocation(invocation: Invocation): SignedInvocation {
  const { endpoint, functionName, qualifier, event, credentials } = invocation;
  const path = `/2021-11-15/functions/${functionName}/response-streaming-invocations`;
  const query = `Qualifier=${qualifier}`;
  const headers: Record<string, string> = {
    "content-type": "application/json",
    host: endpoint.host,
    "x-amz-date": signingTime(invocation.nowMs),
    ...(credentials.sessionToken !== undefined && { "x-amz-security-token": credentials.sessionToken }),
  };
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonicalRequest = ["POST", path, query, lines.join(""), names, sha256(event)].join("\n");
  const signing = { ...invocation, service: "lambda" };
  const credential = `Credential=${credentials.accessKeyId}/${credentialScope(signing)}`;
  const signature = signatureOf(canonicalRequest, signing);
  return {
    path: `${path}?${query}`,
    headers: {
      ...headers,
      authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}`,
    },
  };
}

import * as http from "node:http";
import * as https from "node:https";
import { credentialScope, type Signing, sha256, signatureOf, signingTime } from "./signature.ts";

export interface SignedPost extends Signing {
  readonly endpoint: URL;
  /** What the `x-amz-target` header names. */
  readonly target: string;
  readonly body: string;
}

export interface PostAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * One call of an AWS API that speaks JSON 1.1, without the SDK, which takes a cold function longer to load than all of its
 * own code. No retries. Rejects with Node's own error, or with the signal's reason.
 */
export function signedPost(post: SignedPost, signal: AbortSignal): Promise<PostAnswer> {
  const { endpoint, body } = post;
  const { request } = endpoint.protocol === "https:" ? https : http;
  return new Promise((resolve, reject) => {
    const outgoing = request(endpoint, { method: "POST", headers: signedHeaders(post), agent: false, signal });
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => {
      let answer = "";
      incoming.setEncoding("utf8").on("data", (chunk: string) => {
        answer += chunk;
      });
      incoming.on("error", reject);
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, body: answer }));
    });
    outgoing.end(body);
  });
}

/** Those that are sent, each of them signed. For the path `/` alone. */
export function signedHeaders(post: SignedPost): Readonly<Record<string, string>> {
  const { endpoint, target, body, credentials, nowMs } = post;
  const headers: Record<string, string> = {
    "content-type": "application/x-amz-json-1.1",
    host: endpoint.host,
    "x-amz-date": signingTime(nowMs),
    ...(credentials.sessionToken !== undefined && { "x-amz-security-token": credentials.sessionToken }),
    "x-amz-target": target,
  };
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonicalRequest = ["POST", "/", "", lines.join(""), names, sha256(body)].join("\n");
  const credential = `Credential=${credentials.accessKeyId}/${credentialScope(post)}`;
  const signature = signatureOf(canonicalRequest, post);
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

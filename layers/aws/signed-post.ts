import { createHash, createHmac } from "node:crypto";
import * as http from "node:http";
import * as https from "node:https";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface SignedPost {
  readonly endpoint: URL;
  readonly region: string;
  /** As it stands in the credential scope. */
  readonly service: string;
  /** What the `x-amz-target` header names. */
  readonly target: string;
  readonly body: string;
  readonly credentials: Credentials;
  readonly nowMs: number;
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

/** Signature Version 4 (IAM user guide, "Create a signed AWS API request", read 2026-11-21), for the path `/` alone. */
export function signedHeaders(post: SignedPost): Readonly<Record<string, string>> {
  const { endpoint, region, service, target, body, credentials, nowMs } = post;
  const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const day = time.slice(0, 8);
  const headers: Record<string, string> = {
    "content-type": "application/x-amz-json-1.1",
    host: endpoint.host,
    "x-amz-date": time,
    ...(credentials.sessionToken !== undefined && { "x-amz-security-token": credentials.sessionToken }),
    "x-amz-target": target,
  };
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = ["POST", "/", "", lines.join(""), names, sha256(body)].join("\n");
  const scope = `${day}/${region}/${service}/aws4_request`;
  const key = [day, region, service, "aws4_request"].reduce<string | Buffer>(
    (secret, part) => createHmac("sha256", secret).update(part).digest(),
    `AWS4${credentials.secretAccessKey}`,
  );
  const toSign = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
  const signature = createHmac("sha256", key).update(toSign).digest("hex");
  const credential = `Credential=${credentials.accessKeyId}/${scope}`;
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

function sha256(content: string): string {
  return createHash("sha256").update(content).digest("hex");
}

import * as http from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";
import { credentialScope, type Signing, sha256, signatureOf, signingTime } from "./signature.ts";

export interface SignedPost extends Signing {
  readonly endpoint: URL;
  /** What the `x-amz-target` header names. */
  readonly target: string;
  readonly body: string;
  readonly jsonVersion: "1.0" | "1.1";
  /** Keeps the connections. */
  readonly agent: http.Agent;
}

export interface PostAnswer {
  readonly status: number;
  readonly body: string;
  /** The time by the service's clock, where it told. */
  readonly atEpochMs?: number;
}

/**
 * One call of an AWS API that speaks JSON, without the SDK, which takes a cold function longer to load than all of its own
 * code. No retries. Rejects with Node's own error: an `AbortError` whose cause is the signal's reason, where that came.
 *
 * @param connectTimeoutMs for a new connection; left out, as long as the signal lets it.
 */
export function signedPost(post: SignedPost, signal: AbortSignal, connectTimeoutMs?: number): Promise<PostAnswer> {
  const { endpoint, body } = post;
  const { request } = endpoint.protocol === "https:" ? https : http;
  return new Promise((resolve, reject) => {
    const outgoing = request(endpoint, {
      method: "POST",
      headers: signedHeaders(post),
      agent: post.agent,
      signal,
    });
    if (connectTimeoutMs !== undefined)
      outgoing.on("socket", (socket) => endWhereUnconnected(socket, connectTimeoutMs));
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => {
      let answer = "";
      incoming.setEncoding("utf8").on("data", (chunk: string) => {
        answer += chunk;
      });
      incoming.on("error", reject);
      incoming.on("end", () => {
        const atEpochMs = Date.parse(incoming.headers.date ?? "");
        resolve({ status: incoming.statusCode ?? 0, body: answer, ...(!Number.isNaN(atEpochMs) && { atEpochMs }) });
      });
    });
    outgoing.end(body);
  });
}

function endWhereUnconnected(socket: Socket, timeoutMs: number): void {
  if (!socket.connecting) return;
  const timer = setTimeout(() => socket.destroy(new ConnectionLate(timeoutMs)), timeoutMs);
  for (const event of ["connect", "close"]) socket.once(event, () => clearTimeout(timer));
}

/** Nobody took the connection in time. */
export class ConnectionLate extends Error {
  readonly code = "connection_late";
  constructor(timeoutMs: number) {
    super(`no connection within ${timeoutMs} ms`);
    this.name = "ConnectionLate";
  }
}

/** Those that are sent, each of them signed. For the path `/` alone. */
export function signedHeaders(post: SignedPost): Readonly<Record<string, string>> {
  const { endpoint, target, body, credentials, nowMs, jsonVersion } = post;
  const headers: Record<string, string> = {
    "content-type": `application/x-amz-json-${jsonVersion}`,
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

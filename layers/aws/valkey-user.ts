import type { Clock } from "../core/ports/clock.ts";
import { type Credentials, credentialScope, sha256, signatureOf, signingTime } from "./signature.ts";
import type { ValkeyUser } from "./valkey-connection.ts";

export interface IamCacheUser {
  readonly credentials: Credentials;
  readonly region: string;
  /** Of the serverless cache, in lower case. */
  readonly cacheName: string;
  /** Id and name of the cache's user, which IAM wants to be the same. */
  readonly userName: string;
  readonly clock: Clock;
}

/** Source: ElastiCache user guide, "Authenticating with IAM" (read 2026-11-20): a token is good for 15 minutes. */
export const TOKEN_LIFE_SECONDS = 900;

/**
 * Signs a cache's user in by the role of this process: the password is a presigned request to connect, without its
 * scheme. One is made for each connection, so none is ever old.
 */
export function iamCacheUser(user: IamCacheUser): () => Promise<ValkeyUser> {
  return async () => ({ name: user.userName, password: connectToken(user, user.clock.nowMs()) });
}

function connectToken({ credentials, region, cacheName, userName }: IamCacheUser, nowMs: number): string {
  const signing = { credentials, region, service: "elasticache", nowMs };
  const { sessionToken } = credentials;
  const query = queryText({
    Action: "connect",
    ResourceType: "ServerlessCache",
    User: userName,
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${credentials.accessKeyId}/${credentialScope(signing)}`,
    "X-Amz-Date": signingTime(nowMs),
    "X-Amz-Expires": String(TOKEN_LIFE_SECONDS),
    ...(sessionToken !== undefined && { "X-Amz-Security-Token": sessionToken }),
    "X-Amz-SignedHeaders": "host",
  });
  const canonicalRequest = ["GET", "/", query, `host:${cacheName}`, "", "host", sha256("")].join("\n");
  return `${cacheName}/?${query}&X-Amz-Signature=${signatureOf(canonicalRequest, signing)}`;
}

/** The names are given in the order in which they are signed. */
function queryText(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&");
}

import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Chance } from "../core/ports/chance.ts";
import { randomShare } from "../core/ports/chance.ts";
import type { Clock } from "../core/ports/clock.ts";
import { ATTEMPTS_MAX, type AwsSettings, CONNECT_TIMEOUT_MS, TABLE_TIMEOUT_MS } from "./client.ts";
import type { Credentials } from "./signature.ts";
import { type PostAnswer, signedPost } from "./signed-post.ts";

export type DynamoOperation = "GetItem" | "PutItem" | "UpdateItem" | "DeleteItem" | "Query";

/** What the API takes and answers, as its reference names it. */
export type DynamoMessage = Readonly<Record<string, unknown>>;

/** DynamoDB as a table uses it. */
export interface DynamoClient {
  /** @throws {DynamoRefused} for what the service refuses, and Node's own errors. */
  call(operation: DynamoOperation, input: DynamoMessage): Promise<DynamoMessage>;
  /** Lets go of the connections. */
  close(): void;
}

/** An error that the service sent, under its own name for it. */
export class DynamoRefused extends Error {
  readonly code = "dynamo_refused";
  /** Of a condition that failed: what was stored, where that was asked for. */
  readonly item: DynamoMessage | undefined;
  constructor(name: string, message: string, item: DynamoMessage | undefined) {
    super(message);
    this.name = name;
    this.item = item;
  }
}

export interface DynamoClientParts extends AwsSettings {
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly chance: Chance;
}

/** Refusals that pass by themselves. Source: DynamoDB developer guide, "Error handling" (read 2026-11-21). */
const PASSING: ReadonlySet<string> = new Set([
  "InternalServerError",
  "LimitExceededException",
  "ProvisionedThroughputExceededException",
  "ReplicatedWriteConflictException",
  "RequestLimitExceeded",
  "ServiceUnavailable",
  "ThrottlingException",
]);

/** Before the second attempt at most, and twice that before the third. Source: as above, "Error retries". */
const RETRY_WAIT_MS = 50;
const CONNECTIONS_MAX = 64;

/**
 * DynamoDB's own protocol, JSON 1.0 over kept connections. The SDK takes a cold function some seventy milliseconds to load,
 * which is more than all else that it does before its first answer.
 */
export function dynamoClient(parts: DynamoClientParts): DynamoClient {
  const { region, clock, chance } = parts;
  const endpoint = new URL(parts.endpoint ?? `https://dynamodb.${region}.${domainOf(region)}`);
  const options = { keepAlive: true, maxSockets: CONNECTIONS_MAX };
  const agent = endpoint.protocol === "https:" ? new HttpsAgent(options) : new HttpAgent(options);
  const sent = {
    endpoint,
    agent,
    region,
    service: "dynamodb",
    jsonVersion: "1.0",
    credentials: parts.credentials,
  } as const;

  async function attempt(operation: DynamoOperation, body: string): Promise<DynamoMessage> {
    const post = { ...sent, target: `DynamoDB_20120810.${operation}`, body, nowMs: clock.nowMs() };
    const answer = await signedPost(post, AbortSignal.timeout(TABLE_TIMEOUT_MS), CONNECT_TIMEOUT_MS);
    return messageOf(answer);
  }

  return {
    async call(operation, input) {
      const body = JSON.stringify(input);
      for (let attempts = 1; ; attempts++) {
        try {
          return await attempt(operation, body);
        } catch (error) {
          if (attempts === ATTEMPTS_MAX || !mayPass(error)) throw error;
          await clock.sleep(randomShare(chance) * RETRY_WAIT_MS * 2 ** (attempts - 1));
        }
      }
    },
    close: () => agent.destroy(),
  };
}

function domainOf(region: string): string {
  return region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
}

/** What was not answered at all may be asked again: a conditional write then finds itself. */
function mayPass(error: unknown): boolean {
  return !(error instanceof DynamoRefused) || PASSING.has(error.name);
}

function messageOf({ status, body }: PostAnswer): DynamoMessage {
  const told = readObject(body);
  if (status === 200 && told !== undefined) return told;
  const type = String(told?.__type ?? (status >= 500 ? "InternalServerError" : `HTTP ${status}`));
  const message = String(told?.message ?? told?.Message ?? "");
  const item = typeof told?.Item === "object" && told.Item !== null ? { ...told.Item } : undefined;
  throw new DynamoRefused(type.slice(type.indexOf("#") + 1), message, item);
}

function readObject(body: string): DynamoMessage | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : undefined;
  } catch {
    return undefined; // what stands between us and the service answers in HTML
  }
}

import { TABLE_TIMEOUT_MS } from "./client.ts";
import { type JsonClient, type JsonClientParts, type JsonService, jsonClient } from "./json-client.ts";

export type DynamoOperation = "GetItem" | "PutItem" | "UpdateItem" | "DeleteItem" | "Query";

/** DynamoDB as a table uses it. */
export type DynamoClient = JsonClient<DynamoOperation>;

/** Source: DynamoDB developer guide, "Error handling" (read 2026-11-21). */
const PASSING: ReadonlySet<string> = new Set([
  "LimitExceededException",
  "ProvisionedThroughputExceededException",
  "ReplicatedWriteConflictException",
  "RequestLimitExceeded",
  "ThrottlingException",
]);

const DYNAMODB: JsonService = {
  service: "dynamodb",
  target: "DynamoDB_20120810",
  jsonVersion: "1.0",
  connectionsMax: 64,
  timeoutMs: TABLE_TIMEOUT_MS,
  passing: PASSING,
};

export function dynamoClient(parts: JsonClientParts): DynamoClient {
  return jsonClient(DYNAMODB, parts);
}

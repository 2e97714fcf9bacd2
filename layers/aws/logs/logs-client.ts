import { type JsonClient, type JsonClientParts, type JsonService, jsonClient } from "../json-client.ts";

/** CloudWatch Logs as far as projects' logs need it. */
export type LogsClient = JsonClient<"GetLogEvents" | "DeleteLogStream">;

/** A page of a megabyte comes in some hundred milliseconds. */
const TIMEOUT_MS = 5_000;
/** Source: CloudWatch Logs quotas: GetLogEvents 25 times a second, in some regions 10 (read 2026-11-21). */
const CONNECTIONS_MAX = 8;

const LOGS: JsonService = {
  service: "logs",
  target: "Logs_20140328",
  jsonVersion: "1.1",
  connectionsMax: CONNECTIONS_MAX,
  timeoutMs: TIMEOUT_MS,
  passing: new Set(["ThrottlingException", "ServiceUnavailableException"]),
};

export function logsClient(parts: JsonClientParts): LogsClient {
  return jsonClient(LOGS, parts);
}

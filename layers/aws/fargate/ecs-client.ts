import { type JsonClient, type JsonClientParts, type JsonService, jsonClient } from "../json-client.ts";

/** ECS as a runner uses it. */
export type EcsClient = JsonClient<"RunTask" | "StopTask" | "DescribeTasks" | "ListTasks">;

/** It takes a task in some hundred milliseconds. */
const TIMEOUT_MS = 5_000;
/** Source: ECS developer guide, "Request throttling for the Amazon ECS API": 20 calls of RunTask a second (read 2026-11-21). */
const CONNECTIONS_MAX = 20;

const ECS: JsonService = {
  service: "ecs",
  target: "AmazonEC2ContainerServiceV20141113",
  jsonVersion: "1.1",
  connectionsMax: CONNECTIONS_MAX,
  timeoutMs: TIMEOUT_MS,
  passing: new Set(["ThrottlingException"]),
};

export function ecsClient(parts: JsonClientParts): EcsClient {
  return jsonClient(ECS, parts);
}

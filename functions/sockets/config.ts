import * as z from "zod";
import { secretId } from "../../layers/core/deployment/settings.ts";
import type { WorkerShape } from "../../layers/core/deployment/worker-shape.ts";
import { GATE_SETTINGS } from "../gate-settings.ts";
import { JOB_QUEUE_SETTINGS } from "../job-queue-settings.ts";
import { PEOPLE_SETTINGS } from "../people-settings.ts";

/** Of web pages, between commas; `none` where only those of the machine itself may connect. */
const origins = z.string().transform((text, context): readonly string[] => {
  const given = text === "none" ? [] : text.split(",");
  if (given.every((origin) => /^https:\/\/[a-z0-9.-]+(?::\d{1,5})?$/.test(origin))) return given;
  context.addIssue("expected none, or origins of https between commas");
  return z.NEVER;
});

/** What the function behind the WebSocket API is told by its surroundings. */
export const SocketsConfig = z.strictObject({
  ...GATE_SETTINGS,
  ...JOB_QUEUE_SETTINGS,
  ...PEOPLE_SETTINGS,
  /** What tickets are signed with. */
  SEAL_SECRET_ID: secretId,
  /** Pages that may connect beside those of loopback addresses. */
  PAGE_ORIGINS: origins,
});

export const SOCKETS_SHAPE: WorkerShape = {
  name: "sockets",
  memoryMb: 1024,
  // As long as a WebSocket API waits for an integration (API Gateway quotas, read 2026-11-20).
  timeoutMs: 29_000,
  layers: [],
  tables: { state: "write", control: "write" },
  bucket: "none",
  secrets: ["access", "apiKey", "seal"],
  queues: ["usage", "messages", "jobs", "jobs-high"],
  cache: "none",
  connections: "push",
  works: { by: "sockets" },
};

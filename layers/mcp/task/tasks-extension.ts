import type { Capabilities } from "../call/caller.ts";
import { isRecord, missingCapability, type RpcError } from "../protocol/json-rpc.ts";

/** The extension that gives a handle for work that goes on (SEP-2663, specification of 2026-07-28). */
export const TASKS_EXTENSION = "io.modelcontextprotocol/tasks";

export type TaskMethod = "tasks/get" | "tasks/update" | "tasks/cancel";

export function isTaskMethod(method: string): method is TaskMethod {
  return method === "tasks/get" || method === "tasks/update" || method === "tasks/cancel";
}

/** Whether a client said on this very request that it can handle tasks; what it said before counts for nothing. */
export function declaresTasks({ extensions }: Capabilities): boolean {
  return isRecord(extensions) && isRecord(extensions[TASKS_EXTENSION]);
}

/** For a client that did not. */
export function tasksUndeclared(): RpcError {
  const missing = missingCapability({ extensions: { [TASKS_EXTENSION]: {} } });
  return { ...missing, message: `This is for clients that handle tasks: declare the extension ${TASKS_EXTENSION}` };
}

import type { Action } from "../../layers/core/tenant/action.ts";
import { calledTool } from "../../layers/mcp/catalogue/called-tool.ts";
import type { Catalogue } from "../../layers/mcp/catalogue/catalogue.ts";
import { isRecord } from "../../layers/mcp/protocol/json-rpc.ts";

/** What a JSON-RPC message does, in the words of the table of actions. Of a batch, the most that any of it does. */
export function actionOf(catalogue: Catalogue, body: unknown): Action {
  const messages: readonly unknown[] = Array.isArray(body) ? body : [body];
  return messages.some((message) => changesSomething(catalogue, message)) ? "mcp.call" : "mcp.read";
}

/** Only a tool does, and not one that says it just reads. */
function changesSomething(catalogue: Catalogue, message: unknown): boolean {
  if (!isRecord(message) || !isRecord(message.params)) return false;
  const entry = calledTool(catalogue, { method: message.method, params: message.params });
  return entry !== undefined && entry.tool.annotations?.readOnlyHint !== true;
}

import { ok } from "../../core/result.ts";
import type { Answer } from "./chef-tool.ts";

/** JSON as clients of CyberChef-MCP get it: indented by two. */
export function json(value: unknown): Answer {
  return ok(JSON.stringify(value, null, 2));
}

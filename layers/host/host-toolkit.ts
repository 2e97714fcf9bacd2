import type { Toolkit } from "../mcp/toolkit/tool.ts";
import type { HostParts } from "./host-parts.ts";
import type { HostTool } from "./host-tool.ts";
import { logTools } from "./log-tools.ts";
import { portTools } from "./port-tools.ts";
import { registrationTools } from "./registration-tools.ts";
import { runTools } from "./run-tools.ts";

/** By which tenants have it on or off. */
export const HOST_TOOLKIT = "host";

/** The tools of the MCP Debug Host, under the names and with the answers that its clients know. */
export function hostTools(parts: HostParts): readonly HostTool[] {
  return [...registrationTools(parts), ...runTools(parts), ...portTools(parts), ...logTools(parts)];
}

export function hostToolkit(tools: readonly HostTool[]): Toolkit {
  return tools.map(({ tool }) => tool);
}

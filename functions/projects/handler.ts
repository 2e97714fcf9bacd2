import type { HttpHandler } from "../../layers/core/http/http-message.ts";
import { LogListeners } from "../../layers/core/log/log-listeners.ts";
import type { TenantPolicy } from "../../layers/core/tenant/tenant-policy.ts";
import type { HostParts } from "../../layers/host/host-parts.ts";
import type { HostTool } from "../../layers/host/host-tool.ts";
import { HOST_TOOLKIT } from "../../layers/host/host-toolkit.ts";
import { TOOL_TIMEOUT_MS } from "./limits.ts";
import { exportedLog, exportedProject, streamedProject, streamLog } from "./log-route.ts";
import { mcpSurface, routeUnknown } from "./mcp-surface.ts";
import { projectApi } from "./project-api.ts";
import { ToolCalls } from "./tool-calls.ts";

export interface ProjectsHandlerParts extends Pick<HostParts, "projects" | "runs" | "clock" | "logs" | "store"> {
  /** Aborted when the process is about to end: who listens to a log comes back to another one then. */
  readonly closing: AbortSignal;
  readonly tools: readonly HostTool[];
  /** @default - {@link TOOL_TIMEOUT_MS} */
  readonly timeoutMs?: number;
}

/** The plain HTTP surface of plan 2's product, over the tools that clients of MCP have. */
export function projectsHandler({ tools, timeoutMs = TOOL_TIMEOUT_MS, ...parts }: ProjectsHandlerParts): HttpHandler {
  const calls = new ToolCalls({ tools, clock: parts.clock, timeoutMs });
  const mcp = mcpSurface({ tools, calls });
  const api = projectApi({ ...parts, calls });
  const streaming = { ...parts, listeners: new LogListeners() };
  return async (request, context) => {
    if (!hasToolkit(context.policy)) return routeUnknown(request);
    const streamed = request.method === "GET" ? streamedProject(request.path) : undefined;
    if (streamed !== undefined) {
      return calls.forbidden("host.logs", context) ?? streamLog(streaming, streamed, { request, context });
    }
    const exported = request.method === "GET" ? exportedProject(request.path) : undefined;
    if (exported !== undefined) {
      return calls.forbidden("host.exportLogs", context) ?? exportedLog(parts, exported, { request, context });
    }
    return request.path.startsWith("/mcp/") ? mcp(request, context) : api(request, context);
  };
}

/** What is off for a tenant can't be told from what does not exist. */
function hasToolkit({ toolkits }: TenantPolicy): boolean {
  return toolkits === "all" || toolkits.includes(HOST_TOOLKIT);
}

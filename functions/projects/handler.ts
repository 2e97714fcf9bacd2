import type { CallContext, HttpHandler, HttpReply, HttpRequest } from "../../layers/core/http/http-message.ts";
import { LogListeners } from "../../layers/core/log/log-listeners.ts";
import { refused } from "../../layers/core/result.ts";
import type { TenantPolicy } from "../../layers/core/tenant/tenant-policy.ts";
import type { WorkspaceUploads } from "../../layers/core/workspace/workspace-uploads.ts";
import type { HostParts } from "../../layers/host/host-parts.ts";
import type { HostTool } from "../../layers/host/host-tool.ts";
import { HOST_TOOLKIT } from "../../layers/host/host-toolkit.ts";
import { type FaultReport, faultCode } from "../../layers/http/fault-reply.ts";
import { RETRY_AFTER_SECONDS } from "../../layers/http/limits.ts";
import { apiReply, resultReply } from "./host-reply.ts";
import { TOOL_TIMEOUT_MS } from "./limits.ts";
import { exportedLog, exportedProject, streamedProject, streamLog } from "./log-route.ts";
import { mcpSurface, routeUnknown } from "./mcp-surface.ts";
import { projectApi } from "./project-api.ts";
import { ToolCalls } from "./tool-calls.ts";

export interface ProjectsHandlerParts
  extends Pick<HostParts, "projects" | "ports" | "runs" | "clock" | "logs" | "store" | "audit"> {
  /** Aborted when the process is about to end: who listens to a log comes back to another one then. */
  readonly closing: AbortSignal;
  readonly tools: readonly HostTool[];
  readonly uploads: WorkspaceUploads;
  /** Told of what goes wrong inside. */
  readonly report: FaultReport;
  /** @default - {@link TOOL_TIMEOUT_MS} */
  readonly timeoutMs?: number;
}

/** The plain HTTP surface of the MCP Debug Host, over the tools that clients of MCP have. */
export function projectsHandler({ tools, timeoutMs = TOOL_TIMEOUT_MS, ...parts }: ProjectsHandlerParts): HttpHandler {
  const calls = new ToolCalls({ tools, clock: parts.clock, timeoutMs });
  const mcp = mcpSurface({ tools, calls });
  const api = projectApi({ ...parts, calls });
  const streaming = { ...parts, listeners: new LogListeners() };

  async function answer(request: HttpRequest, context: CallContext): Promise<HttpReply> {
    if (!hasToolkit(context.policy)) return routeUnknown(request);
    if (request.method === "GET") {
      const streamed = streamedProject(request.path);
      const exported = exportedProject(request.path);
      const right = streamed === undefined ? "host.exportLogs" : "host.logs";
      const forbidden = streamed === undefined && exported === undefined ? undefined : calls.forbidden(right, context);
      if (forbidden !== undefined) return forbidden;
      if (streamed !== undefined) return streamLog(streaming, streamed, { request, context });
      if (exported !== undefined) return exportedLog(parts, exported, { request, context });
    }
    return request.path.startsWith("/mcp/") ? mcp(request, context) : api(request, context);
  }

  return async (request, context) => {
    try {
      return await answer(request, context);
    } catch (fault) {
      parts.report(fault, context.requestId);
      return faultOf(fault, { request, requestId: context.requestId });
    }
  };
}

/** A store or a runner that does not answer now may do so soon; what else went wrong the operator finds under the id. */
function faultOf(
  fault: unknown,
  { request, requestId }: { readonly request: HttpRequest; readonly requestId: string },
): HttpReply {
  const isUnavailable = UNAVAILABLE.includes(faultCode(fault) ?? "");
  const message = isUnavailable
    ? "What keeps or runs projects does not answer; whether the call took effect is unknown"
    : "The server failed; whoever runs it finds the reason under this requestId";
  const failure = refused({ code: "INTERNAL_ERROR", message, details: { requestId } } as const);
  const reply = request.path.startsWith("/mcp/") ? resultReply(failure) : apiReply(failure);
  if (!isUnavailable) return reply;
  return { ...reply, status: 503, headers: { ...reply.headers, "retry-after": String(RETRY_AFTER_SECONDS) } };
}

const UNAVAILABLE = ["store_unavailable", "runner_unavailable"];

/** It was deployed though the plan has no projects. */
export class ProjectsUnplanned extends Error {
  readonly code = "projects_unplanned";
  constructor() {
    super("RUNNER_CAPACITY is none: this function runs where the plan has projects");
    this.name = "ProjectsUnplanned";
  }
}

/** What is off for a tenant can't be told from what does not exist. */
function hasToolkit({ toolkits }: TenantPolicy): boolean {
  return toolkits === "all" || toolkits.includes(HOST_TOOLKIT);
}

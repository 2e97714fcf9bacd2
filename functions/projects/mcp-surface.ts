import * as z from "zod";
import type { CallContext, HttpHandler, HttpReply, HttpRequest } from "../../layers/core/http/http-message.ts";
import { refused } from "../../layers/core/result.ts";
import { invalidParams } from "../../layers/host/host-failure.ts";
import type { HostTool } from "../../layers/host/host-tool.ts";
import { compileSchema } from "../../layers/mcp/catalogue/compiled-schema.ts";
import { bodyOf, jsonReply, resultReply } from "./host-reply.ts";
import type { ToolCalls } from "./tool-calls.ts";

/** The protocol of the MCP Debug Host, which is plain HTTP and older than any revision of MCP: its clients know it so. */
const INITIALIZED = {
  protocol: "mcp",
  version: "1.0",
  capabilities: { tools: true, streaming: true },
  serverInfo: {
    name: "MCP Debug Host",
    version: "1.0.0",
    description: "Runs projects, and tells of their ports and logs",
  },
};

/** `/mcp/initialize`, `/mcp/tools/list` and `/mcp/tools/call`. */
export function mcpSurface({
  tools,
  calls,
}: {
  readonly tools: readonly HostTool[];
  readonly calls: ToolCalls;
}): HttpHandler {
  const listed = tools.map(({ tool }) => {
    const input = compileSchema(tool.input, "input");
    return { name: tool.name, description: tool.description, schema: () => input.json };
  });
  return async (request, context) => {
    if (request.method !== "POST") return routeUnknown(request);
    switch (request.path) {
      case "/mcp/initialize":
        return jsonReply(200, INITIALIZED);
      case "/mcp/tools/list":
        return jsonReply(200, {
          tools: listed.map(({ schema, ...tool }) => ({ ...tool, inputSchema: schema() })),
        });
      case "/mcp/tools/call":
        return toolCall(calls, request, context);
      default:
        return routeUnknown(request);
    }
  };
}

const ToolCall = z.object({
  name: z.string().min(1),
  arguments: z.unknown().optional(),
});

async function toolCall(calls: ToolCalls, request: HttpRequest, context: CallContext): Promise<HttpReply> {
  const body = bodyOf(request.body);
  if (!body.ok) return resultReply(body);
  const call = ToolCall.safeParse(body.value);
  if (!call.success)
    return resultReply(refused(invalidParams("A call has the name of a tool, and its arguments: {name, arguments}")));
  const { name, arguments: args = {} } = call.data;
  const reply = calls.forbidden(name, context) ?? resultReply(await calls.call(name, args, { request, context }));
  // A name that somebody made up would be a series of its own among the metrics.
  const tool = calls.has(name) ? { tool: name } : {};
  return { ...reply, log: { ...reply.log, operation: "POST /mcp/tools/call", ...tool } };
}

export function routeUnknown({ method, path }: Pick<HttpRequest, "method" | "path">): HttpReply {
  return resultReply(refused({ code: "METHOD_NOT_FOUND", message: `There is no ${method} ${path}` }));
}

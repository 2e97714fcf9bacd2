import { ZodJsonSchemaAdapter } from "@tmcp/adapter-zod";
import { HttpTransport } from "@tmcp/transport-http";
import { McpServer } from "tmcp";
import { z } from "zod";
import { echoToolName } from "../echo/echo-tool-name.js";

/** tmcp as its documentation shows it: one server and one transport for all requests. */
export function tmcp(toolCount: number): (request: Request) => Promise<Response> {
  const server = new McpServer(
    { name: "tmcp", version: "1.0.0" },
    { adapter: new ZodJsonSchemaAdapter(), capabilities: { tools: { listChanged: true } } },
  );
  for (let index = 0; index < toolCount; index++) {
    const schema = z.object({ message: z.string() });
    server.tool(
      { name: echoToolName(index), description: "Answers with the message", schema },
      async ({ message }) => ({ content: [{ type: "text", text: message }] }),
    );
  }
  const transport = new HttpTransport(server, { path: "/mcp" });
  return async (request) => (await transport.respond(request)) ?? new Response(null, { status: 404 });
}

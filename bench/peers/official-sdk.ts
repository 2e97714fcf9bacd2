import { createMcpHandler, type McpHandler, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { echoToolName } from "../echo/echo-tool-name.js";

/**
 * The official SDK's handler. It makes a server for each request; the schemas are made once outside of it, which is
 * many times faster than where the SDK's documentation makes them.
 */
export function officialSdk(toolCount: number): McpHandler {
  const tools = Array.from({ length: toolCount }, (_, index) => ({
    name: echoToolName(index),
    about: { description: "Answers with the message", inputSchema: z.object({ message: z.string() }) },
  }));
  return createMcpHandler(() => {
    const server = new McpServer({ name: "sdk", version: "1.0.0" });
    for (const { name, about } of tools) {
      server.registerTool(name, about, async ({ message }) => ({ content: [{ type: "text", text: message }] }));
    }
    return server;
  });
}

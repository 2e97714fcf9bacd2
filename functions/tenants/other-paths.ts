import type { DescribedPaths } from "../../layers/http/operation/openapi.ts";

const PROBLEM = { $ref: "#/components/responses/Problem" };
const JSON_OBJECT = { "application/json": { schema: { type: "object" } } };

function described(operationId: string, summary: string, more: object = {}): object {
  return {
    operationId,
    summary,
    responses: { "200": { description: "The answer", content: JSON_OBJECT }, default: PROBLEM },
    ...more,
  };
}

const open = { security: [] };
const jsonBody = { requestBody: { required: true, content: JSON_OBJECT } };

/** The paths whose shapes are others' to say: MCP, Hyperpage's user sessions, probes, and metadata of OAuth. */
export const OTHER_PATHS: DescribedPaths = {
  "/mcp": {
    post: described("sendMcpMessage", "A JSON-RPC message of the Model Context Protocol", jsonBody),
    get: described("listenToMcpSession", "The stream of a session, of revisions before 2026-07-28"),
    delete: described("endMcpSession", "Ends a session, of revisions before 2026-07-28"),
  },
  "/api/sessions": {
    get: described("getUserSession", "Reads a user session, or makes one"),
    post: described("saveUserSession", "Saves a user session", jsonBody),
    patch: described("mergeUserSession", "Merges into a user session (RFC 7396)", jsonBody),
    delete: described("deleteUserSession", "Deletes a user session"),
  },
  "/api/openapi.json": { get: described("getOpenApi", "This document", open) },
  "/health/live": { get: described("getLiveness", "Whether the process lives", open) },
  "/health/ready": { get: described("getReadiness", "Whether it takes calls", open) },
  "/health/startup": { get: described("getStartup", "Whether it has started", open) },
  "/.well-known/oauth-protected-resource": { get: described("getResourceMetadata", "RFC 9728", open) },
  "/.well-known/oauth-protected-resource/mcp": { get: described("getMcpResourceMetadata", "RFC 9728", open) },
};

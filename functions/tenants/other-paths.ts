import type { DescribedPaths, DocumentTag } from "../../layers/http/operation/openapi.ts";
import { FORM_TYPE, gated, JSON_TYPE, open } from "../../layers/http/operation/other-call.ts";

/** In the order in which the document is read best. */
export const TAGS: readonly DocumentTag[] = [
  { name: "MCP", description: "The Model Context Protocol: what it says is said in its specification" },
  { name: "user sessions", description: "What pages remember of their users" },
  { name: "jobs", description: "Work that outlives the call that asks for it, also by the clock" },
  { name: "people", description: "Messages and questions, whom they are for, and who is connected" },
  { name: "projects", description: "Programs that run, their ports and their logs, as the MCP Debug Host has them" },
  { name: "tenants", description: "Customers: what they are, what they may have, how they begin and end" },
  { name: "members", description: "The people of a tenant, and their roles" },
  { name: "API keys", description: "The credentials of a tenant's programs" },
  { name: "usage", description: "What a tenant has used, and may use" },
  { name: "billing", description: "What a tenant owes" },
  { name: "audit", description: "Who did what to a tenant, and what was refused" },
  { name: "sign-in", description: "How clients come to a token: OAuth 2.1 and its metadata" },
  { name: "server", description: "What describes and watches the server" },
];

const OF_USER_SESSION = {
  sessionId: { in: "query", description: "Left out, the one of the browser's cookie" },
} as const;
const OF_MCP_SESSION = {
  "mcp-session-id": { in: "header", description: "Of revisions before 2026-07-28, as initialize has answered it" },
} as const;

const MCP_ANSWERS = [JSON_TYPE, "text/event-stream"];

/** The paths of every server whose shapes are others' to say. */
export const OTHER_PATHS: DescribedPaths = {
  "/mcp": {
    post: gated("MCP", {
      id: "sendMcpMessage",
      summary: "Send a JSON-RPC message",
      takes: OF_MCP_SESSION,
      sends: JSON_TYPE,
      answers: MCP_ANSWERS,
      statuses: [200, 202],
    }),
    get: gated("MCP", {
      id: "listenToMcpSession",
      summary: "Listen to a session, of revisions before 2026-07-28",
      takes: {
        ...OF_MCP_SESSION,
        "last-event-id": { in: "header", description: "The last event that the client has seen" },
      },
      answers: MCP_ANSWERS,
    }),
    delete: gated("MCP", {
      id: "endMcpSession",
      summary: "End a session, of revisions before 2026-07-28",
      takes: OF_MCP_SESSION,
      answers: [],
      statuses: [204],
    }),
  },
  "/api/sessions": {
    get: gated("user sessions", {
      id: "getUserSession",
      summary: "Read a user session, or make one",
      takes: OF_USER_SESSION,
    }),
    post: gated("user sessions", {
      id: "saveUserSession",
      summary: "Save a user session",
      takes: OF_USER_SESSION,
      sends: JSON_TYPE,
    }),
    patch: gated("user sessions", {
      id: "mergeUserSession",
      summary: "Merge into a user session: RFC 7396",
      takes: OF_USER_SESSION,
      sends: "application/merge-patch+json",
    }),
    delete: gated("user sessions", {
      id: "deleteUserSession",
      summary: "Delete a user session",
      takes: OF_USER_SESSION,
    }),
  },
  "/people": {
    get: open("people", {
      id: "getPeoplePage",
      summary: "The page on which people answer and write",
      answers: ["text/html"],
    }),
  },
  "/api/openapi.json": { get: open("server", { id: "getOpenApi", summary: "This document" }) },
  "/health/live": { get: open("server", { id: "getLiveness", summary: "Whether the process lives" }) },
  "/health/ready": { get: open("server", { id: "getReadiness", summary: "Whether it takes calls" }) },
  "/health/startup": { get: open("server", { id: "getStartup", summary: "Whether it has started" }) },
  "/.well-known/oauth-protected-resource": {
    get: open("sign-in", { id: "getResourceMetadata", summary: "Whose tokens the server takes: RFC 9728" }),
  },
  "/.well-known/oauth-protected-resource/mcp": {
    get: open("sign-in", { id: "getMcpResourceMetadata", summary: "Whose tokens `/mcp` takes: RFC 9728" }),
  },
};

/** Where a server describes the provider that signs its people in. */
export const PROVIDER_PATHS: DescribedPaths = {
  "/.well-known/oauth-authorization-server": {
    get: open("sign-in", { id: "getServerMetadata", summary: "Who gives tokens, and how: RFC 8414" }),
  },
};

/** Where a server signs its people in itself. */
export const SIGN_IN_PATHS: DescribedPaths = {
  ...PROVIDER_PATHS,
  "/oauth/register": {
    post: open("sign-in", {
      id: "registerClient",
      summary: "Make a client known: RFC 7591",
      sends: JSON_TYPE,
      statuses: [201],
    }),
  },
  "/oauth/authorize": {
    get: open("sign-in", {
      id: "askForConsent",
      summary: "Ask the person: RFC 6749, section 4.1.1",
      answers: ["text/html"],
    }),
    post: open("sign-in", {
      id: "takeConsent",
      summary: "Take the person's answer, and lead them back to the client",
      sends: FORM_TYPE,
      answers: ["text/html"],
      statuses: [200, 303],
    }),
  },
  "/oauth/token": {
    post: open("sign-in", { id: "getToken", summary: "Get a token: RFC 6749, section 3.2", sends: FORM_TYPE }),
  },
  "/oauth/revoke": {
    post: open("sign-in", { id: "revokeToken", summary: "Give a token back: RFC 7009", sends: FORM_TYPE }),
  },
};

/** Where a cell on one machine says what it is, and what it has counted. */
export const LANDING_PATHS: DescribedPaths = {
  "/": { get: open("server", { id: "getLanding", summary: "Where everything is" }) },
  "/ws": {
    get: open("people", {
      id: "openWebSocket",
      summary: "Open a WebSocket, for messages and questions: the first frame says who is there",
      takes: {
        upgrade: { in: "header", description: "`websocket`" },
        "sec-websocket-protocol": {
          in: "header",
          description: "`skein.v1`; left out or `mcp-websocket`, the Frontend Router's words are spoken",
        },
      },
      answers: [],
      statuses: [101],
    }),
  },
  "/metrics": {
    get: gated("server", {
      id: "getMetrics",
      summary: "What this process has counted, for those who run the fleet: Prometheus' text format 0.0.4",
      answers: ["text/plain"],
    }),
  },
};

import type { Call, HttpHandler } from "../core/http/http-message.ts";
import { VERSION } from "../core/version.ts";

/** `GET /`: where everything is, for whoever opens the address in a browser. */
export const landing: HttpHandler<Call> = async () => ({
  status: 200,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(
    {
      name: "skein",
      version: VERSION,
      mcp: "/mcp",
      userSessions: "/api/sessions",
      jobs: "/api/jobs",
      people: "/people",
      tenants: "/api/tenants",
      openapi: "/api/openapi.json",
      health: ["/health/live", "/health/ready", "/health/startup"],
    },
    undefined,
    2,
  ),
});

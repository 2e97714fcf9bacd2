import type { Call, HttpHandler, HttpReply } from "../core/http/http-message.ts";
import { problemReply } from "./problem-reply.ts";

export type Readiness = "starting" | "ready" | "draining";

/**
 * `/health/live`, `/health/ready`, `/health/startup` for probes: the status and no more, since anyone may ask.
 * A draining process stays live, or it would be killed in the middle of the calls that it finishes.
 */
export function health(readiness: () => Readiness): HttpHandler<Call> {
  return async (request, context) => {
    const now = readiness();
    switch (request.path) {
      case "/health/live":
        return probe(200, "ok");
      case "/health/ready":
        return probe(now === "ready" ? 200 : 503, now);
      case "/health/startup":
        return now === "starting" ? probe(503, "starting") : probe(200, "started");
      default:
        return problemReply(
          { status: 404, code: "path_unknown", detail: "here is /health/live, /health/ready, /health/startup" },
          context.requestId,
        );
    }
  };
}

function probe(status: number, word: string): HttpReply {
  return {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: `{"status":"${word}"}`,
  };
}

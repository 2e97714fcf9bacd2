import type { DoorCall, HttpHandler, HttpReply } from "../../core/http/http-message.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { type Integration, integrationFor, invoked } from "./integration.ts";
import type { InvocationOutcome } from "./invocation.ts";
import { STREAM_IDLE_TIMEOUT_MS, STREAM_TIMEOUT_MS, WHOLE_REPLY_TIMEOUT_MS } from "./limits.ts";
import { Patience, PatienceOver } from "./patience.ts";
import { restEvent } from "./rest-event.ts";
import { gatewayReply, streamedReply, wholeReply } from "./rest-reply.ts";

/**
 * A regional REST API before functions: each route is a proxy integration for every method. What no route takes is
 * refused as API Gateway does it, which names no path.
 */
export function restApi(integrations: readonly Integration[], clock: Clock): HttpHandler<DoorCall> {
  return async (request, { requestId }) => {
    const found = integrationFor(integrations, (routePath) => takes(routePath, request.path));
    if (found === undefined) return gatewayReply(403, "Missing Authentication Token");
    const { integration, routePath } = found;
    const resource = routePath.endsWith("/") ? `${routePath}{proxy+}` : routePath;
    const event = restEvent(request, { resource, requestId, atEpochMs: clock.nowMs() });
    return inTime(integration, invoked(integration, { requestId, event }), clock);
  };
}

/** A greedy path variable takes what is below a path, and not nothing. */
function takes(routePath: string, path: string): boolean {
  return routePath.endsWith("/") ? path.startsWith(routePath) && path.length > routePath.length : path === routePath;
}

/** API Gateway answers for a function that is late; the function goes on. */
async function inTime(
  { replyMode, timeoutMs }: Integration,
  answering: Promise<InvocationOutcome>,
  clock: Clock,
): Promise<HttpReply> {
  try {
    if (replyMode === "stream") {
      const inAllMs = Math.min(timeoutMs, STREAM_TIMEOUT_MS);
      return await streamedReply(answering, new Patience(clock, { inAllMs, eachMs: STREAM_IDLE_TIMEOUT_MS }));
    }
    const patience = new Patience(clock, { inAllMs: Math.min(timeoutMs, WHOLE_REPLY_TIMEOUT_MS) });
    return wholeReply(await patience.waitFor(answering));
  } catch (error) {
    if (error instanceof PatienceOver) return gatewayReply(504, "Endpoint request timed out");
    throw error;
  }
}

import type { FunctionRoute, ReplyMode } from "../../core/deployment/function-shape.ts";
import type { DoorCall, HttpHandler, HttpReply, HttpRequest } from "../../core/http/http-message.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { EnvironmentPool } from "./environment-pool.ts";
import type { InvocationOutcome } from "./invocation.ts";
import { WHOLE_REPLY_TIMEOUT_MS } from "./limits.ts";
import { restEvent } from "./rest-event.ts";
import { gatewayReply, streamedReply, wholeReply } from "./rest-reply.ts";

export interface Integration {
  readonly routes: readonly FunctionRoute[];
  readonly replyMode: ReplyMode;
  /** Where the function fails, the caller is told nothing but a status: this is told what it was. */
  readonly reportError: (
    error: { readonly errorType: string; readonly errorMessage: string },
    requestId: string,
  ) => void;
  readonly pool: Pick<EnvironmentPool, "invoke">;
}

/**
 * A regional REST API before functions: each route is a proxy integration for every method. What no route takes is
 * refused as API Gateway does it, which names no path.
 */
export function restApi(integrations: readonly Integration[], clock: Clock): HttpHandler<DoorCall> {
  return async (request, { requestId }) => {
    const found = matching(integrations, request.path);
    if (found === undefined) return gatewayReply(403, "Missing Authentication Token");
    const { integration, resource } = found;
    const event = JSON.stringify(restEvent(request, { resource, requestId, atEpochMs: clock.nowMs() }));
    const answering = integration.pool.invoke({ requestId, event });
    void answering.then((outcome) => {
      if (outcome.kind === "error") integration.reportError(outcome.error, requestId);
    });
    return integration.replyMode === "stream" ? streamedReply(await answering) : inTime(answering, clock);
  };
}

/** API Gateway answers for a function that is late; the function goes on. */
async function inTime(answering: Promise<InvocationOutcome>, clock: Clock): Promise<HttpReply> {
  const answered = new AbortController();
  const late = clock.sleep(WHOLE_REPLY_TIMEOUT_MS, answered.signal).then(() => undefined);
  const outcome = await Promise.race([answering, late]);
  answered.abort();
  return outcome === undefined ? gatewayReply(504, "Endpoint request timed out") : wholeReply(outcome);
}

function matching(
  integrations: readonly Integration[],
  path: HttpRequest["path"],
): { readonly integration: Integration; readonly resource: string } | undefined {
  for (const integration of integrations) {
    for (const route of integration.routes) {
      const takesBelow = route.path.endsWith("/");
      if (takesBelow ? path.startsWith(route.path) && path.length > route.path.length : path === route.path) {
        return { integration, resource: takesBelow ? `${route.path}{proxy+}` : route.path };
      }
    }
  }
  return undefined;
}

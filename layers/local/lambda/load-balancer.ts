import type { DoorCall, HttpHandler, HttpReply, HttpRequest } from "../../core/http/http-message.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { albEvent } from "./alb-event.ts";
import { albReply, balancerReply } from "./alb-reply.ts";
import { type Integration, integrationFor, invoked } from "./integration.ts";
import { BALANCED_BODY_BYTES_MAX } from "./limits.ts";
import { Patience, PatienceOver } from "./patience.ts";

/** What the deployment tells a load balancer beside its routes. */
export interface BalancerSettings {
  /** How long a connection may be quiet. */
  readonly idleTimeoutMs: number;
  /** To what no route takes. */
  readonly unrouted: HttpReply;
  /** Of the target group that a function is alone in. */
  readonly targetGroupArn: (functionName: string) => string;
}

/**
 * An application load balancer before functions, whose replies all come whole. Each route is a rule with a path pattern and
 * a target group of its own, for every method; its health is left to who asks the functions themselves.
 */
export function loadBalancer(
  integrations: readonly Integration[],
  { clock, settings }: { readonly clock: Clock; readonly settings: BalancerSettings },
): HttpHandler<DoorCall> {
  return async (request, { requestId }) => {
    // A load balancer does not change protocols for functions.
    if (request.headers.upgrade !== undefined) return balancerReply(400);
    const integration = integrationFor(integrations, (routePath) => takes(routePath, request))?.integration;
    if (integration === undefined) return settings.unrouted;
    if (request.body.byteLength > BALANCED_BODY_BYTES_MAX) return balancerReply(413);
    const targetGroupArn = settings.targetGroupArn(integration.functionName);
    const event = albEvent(request, { targetGroupArn, requestId, atEpochMs: clock.nowMs() });
    const patience = new Patience(clock, { inAllMs: settings.idleTimeoutMs });
    try {
      return albReply(await patience.waitFor(invoked(integration, { requestId, event })));
    } catch (error) {
      if (error instanceof PatienceOver) return balancerReply(504);
      throw error;
    }
  };
}

/** The `*` at the end of a path pattern stands for nothing too. */
function takes(routePath: string, { path }: HttpRequest): boolean {
  return routePath.endsWith("/") ? path.startsWith(routePath) : path === routePath;
}

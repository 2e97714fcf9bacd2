import type { Result } from "../../core/result.ts";
import { readAlbEvent } from "./alb-event.ts";
import type { EventUnreadable, HttpEvent } from "./event-message.ts";
import { readRestEvent } from "./rest-event.ts";

/** The request in an event of either front door. */
export function readHttpEvent(event: unknown): Result<HttpEvent, EventUnreadable> {
  return isOfLoadBalancer(event) ? readAlbEvent(event) : readRestEvent(event);
}

function isOfLoadBalancer(event: unknown): boolean {
  if (typeof event !== "object" || event === null || !("requestContext" in event)) return false;
  const { requestContext } = event;
  return typeof requestContext === "object" && requestContext !== null && "elb" in requestContext;
}

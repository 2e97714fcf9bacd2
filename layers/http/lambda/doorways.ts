import type { FrontDoor } from "../../core/deployment/function-shape.ts";
import type { DoorCall, HttpHandler } from "../../core/http/http-message.ts";
import { admission } from "../admission.ts";
import { compression } from "../compression.ts";
import { cors } from "../cors.ts";
import { type FaultReport, faultReplies } from "../fault-reply.ts";
import { BODY_BYTES_MAX } from "../limits.ts";
import { problemReply } from "../problem-reply.ts";

/**
 * What every call passes on its way from a front door to a handler, and every reply on its way back. The front doors
 * have matched the host name themselves. Pages of other origins than the loopback's may not call.
 *
 * Only behind a load balancer replies are compressed here: API Gateway does so itself, and its streams stay as they are.
 */
export function doorways(
  handler: HttpHandler<DoorCall>,
  { report }: { readonly report: FaultReport },
): Readonly<Record<FrontDoor, HttpHandler<DoorCall>>> {
  const passed = (inner: HttpHandler<DoorCall>): HttpHandler<DoorCall> =>
    admission({ hosts: "any", origins: [] }, cors(faultReplies(report, bodyLimit(inner))));
  return { rest: passed(handler), alb: passed(compression(handler)) };
}

function bodyLimit(handler: HttpHandler<DoorCall>): HttpHandler<DoorCall> {
  return async (request, context) => {
    if (request.body.byteLength <= BODY_BYTES_MAX) return handler(request, context);
    const detail = `a body may have ${BODY_BYTES_MAX} bytes`;
    return problemReply({ status: 413, code: "body_too_large", detail }, context.requestId);
  };
}

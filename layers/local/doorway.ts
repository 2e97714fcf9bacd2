import type { DoorCall, HttpHandler } from "../core/http/http-message.ts";
import { admission } from "../http/admission.ts";
import { compression } from "../http/compression.ts";
import { cors } from "../http/cors.ts";
import { type FaultReport, faultReplies } from "../http/fault-reply.ts";
import { BODY_BYTES_MAX, RETRY_AFTER_SECONDS } from "../http/limits.ts";
import { problemReply } from "../http/problem-reply.ts";
import type { Door } from "./http-exchange.ts";

const LOOPBACK_ADDRESS = /^(?:::ffff:)?127\.|^::1$/;

/**
 * What every call passes on its way to a handler, and every reply on its way back.
 *
 * @param host the address that the door listens on.
 */
export function doorway(
  handler: HttpHandler<DoorCall>,
  { host, report }: { readonly host: string; readonly report: FaultReport },
): Pick<Door, "handler" | "refusals"> {
  const passed = (inner: HttpHandler<DoorCall>): HttpHandler<DoorCall> =>
    loopbackOnly(admission({ hosts: [host], origins: [] }, cors(faultReplies(report, compression(inner)))));
  return {
    handler: passed(handler),
    refusals: { body_too_large: passed(bodyTooLarge), body_no_room: passed(bodyNoRoom) },
  };
}

/** The one tenant of a cell without authentication is whoever sits at the machine. */
function loopbackOnly(handler: HttpHandler<DoorCall>): HttpHandler<DoorCall> {
  return async (request, context) => {
    if (LOOPBACK_ADDRESS.test(request.remoteAddress)) return handler(request, context);
    const detail = "this server has no authentication and answers callers on its own machine alone";
    return problemReply({ status: 403, code: "caller_forbidden", detail }, context.requestId);
  };
}

const bodyTooLarge: HttpHandler<DoorCall> = async (_request, { requestId }) => {
  const detail = `a body may have ${BODY_BYTES_MAX} bytes`;
  return problemReply({ status: 413, code: "body_too_large", detail }, requestId);
};

const bodyNoRoom: HttpHandler<DoorCall> = async (_request, { requestId }) => {
  const detail = "other calls hold all the memory that bodies may take; try again";
  const headers = { "retry-after": String(RETRY_AFTER_SECONDS) };
  return problemReply({ status: 503, code: "server_busy", detail, headers }, requestId);
};

import type { DoorCall, HttpHandler } from "../core/http/http-message.ts";
import { admission } from "../http/admission.ts";
import { compression } from "../http/compression.ts";
import { cors } from "../http/cors.ts";
import { type FaultReport, faultReplies } from "../http/fault-reply.ts";
import { BODY_BYTES_MAX, RETRY_AFTER_SECONDS } from "../http/limits.ts";
import { problemReply } from "../http/problem-reply.ts";
import type { Door } from "./http-exchange.ts";

/**
 * What every call passes on its way to a handler, and every reply on its way back.
 *
 * @param hosts the names by which callers may reach the door, beside the loopback's own.
 * @param origins of pages that may call, beside those of the loopback.
 */
export function doorway(
  handler: HttpHandler<DoorCall>,
  {
    hosts,
    origins,
    report,
  }: { readonly hosts: readonly string[]; readonly origins: readonly string[]; readonly report: FaultReport },
): Pick<Door, "handler" | "refusals"> {
  const passed = (inner: HttpHandler<DoorCall>): HttpHandler<DoorCall> =>
    admission({ hosts, origins }, cors(faultReplies(report, compression(inner))));
  return {
    handler: passed(handler),
    refusals: { body_too_large: passed(bodyTooLarge), body_no_room: passed(bodyNoRoom) },
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

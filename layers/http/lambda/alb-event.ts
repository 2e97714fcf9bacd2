import type { Fields } from "../../core/fields.ts";
import { ok, type Result } from "../../core/result.ts";
import {
  type EventUnreadable,
  encodedPath,
  type HttpEvent,
  joinedHeaders,
  lastOf,
  messageIn,
  queryOf,
  readFields,
  valuesIn,
} from "./event-message.ts";

/**
 * A request from a load balancer, which decodes nothing. One without multi-value headers keeps only the last of repeated
 * headers and parameters, so its events are refused: that is a setting to correct, no request to answer.
 */
export function readAlbEvent(raw: unknown): Result<HttpEvent, EventUnreadable> {
  const kind = "a load balancer whose target group has multi-value headers on";
  const event = readFields(albEventIn, { raw, kind });
  if (!event.ok) return event;
  const { httpMethod, path, parameters, body } = event.value;
  const headers = joinedHeaders(event.value.headers);
  return ok({
    door: "alb",
    request: {
      method: httpMethod,
      path: encodedPath(path),
      query: queryOf(parameters, (text) => text),
      headers,
      body,
      remoteAddress: lastOf(headers["x-forwarded-for"]),
      tls: lastOf(headers["x-forwarded-proto"]) === "https",
    },
  });
}

/** Source: Elastic Load Balancing, "Lambda functions as targets", multi-value headers on (read 2026-11-20). */
function albEventIn(event: Fields) {
  return { ...messageIn(event), headers: valuesIn(event, "multiValueHeaders") };
}

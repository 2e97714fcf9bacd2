import * as z from "zod";
import { ok, type Result, refused } from "../../core/result.ts";
import {
  bodyBytes,
  type EventUnreadable,
  encodedPath,
  eventMessage,
  type HttpEvent,
  joinedHeaders,
  lastOf,
  queryOf,
  valuesByName,
} from "./event-message.ts";

/** Source: Elastic Load Balancing, "Lambda functions as targets", multi-value headers on (read 2026-11-20). */
const AlbEvent = z.object({ ...eventMessage, multiValueHeaders: valuesByName.unwrap().unwrap() });

/**
 * A request from a load balancer, which decodes nothing. One without multi-value headers keeps only the last of repeated
 * headers and parameters, so its events are refused: that is a setting to correct, no request to answer.
 */
export function readAlbEvent(raw: unknown): Result<HttpEvent, EventUnreadable> {
  const event = AlbEvent.safeParse(raw);
  if (!event.success) {
    const fields = event.error.issues.map(({ path }) => path.join(".")).join(", ");
    const detail = `no event of a load balancer whose target group has multi-value headers on: ${fields}`;
    return refused({ reason: "event_unreadable", detail });
  }
  const { httpMethod, path, multiValueHeaders, multiValueQueryStringParameters } = event.data;
  const headers = joinedHeaders(multiValueHeaders);
  return ok({
    door: "alb",
    request: {
      method: httpMethod,
      path: encodedPath(path),
      query: queryOf(multiValueQueryStringParameters, (text) => text),
      headers,
      body: bodyBytes(event.data),
      remoteAddress: lastOf(headers["x-forwarded-for"]),
      tls: lastOf(headers["x-forwarded-proto"]) === "https",
    },
  });
}
